import assert from "node:assert/strict";
import { test } from "node:test";
import * as conversations from "../../../Sources/Serving/Page/conversation/conversation.js";
import { readTextFile, shortName } from "../../../Sources/Serving/Page/conversation/files.js";
import { defaultSettings, fields, parsedField, requestFields, validSettings } from "../../../Sources/Serving/Page/conversation/settings.js";

const { addMessage, adopt, childrenOf, contentWithFiles, merged, newConversation, requestMessages, shownMessages,
    showSibling } = conversations;

/** A question with two answers, and a question behind each. */
function branched() {
    const conversation = newConversation("m", defaultSettings(), 1);
    const question = addMessage(conversation, null, { content: "Q" }, 2);
    const first = addMessage(conversation, question.id, { role: "assistant", content: "A1", reasoning: "secret" }, 3);
    addMessage(conversation, first.id, { content: "Q1" }, 4);
    const second = addMessage(conversation, question.id, { role: "assistant", content: "A2" }, 5);
    addMessage(conversation, second.id, { content: "Q2" }, 6);
    return { conversation, question, first, second };
}

const contents = (conversation) => shownMessages(conversation).map((message) => message.content).join(" ");

test("branches are kept, and one can go back to each", () => {
    const { conversation, first, second } = branched();
    assert.equal(contents(conversation), "Q A2 Q2");
    showSibling(conversation, second, -1);
    assert.equal(contents(conversation), "Q A1 Q1");
    showSibling(conversation, first, -1);
    assert.equal(contents(conversation), "Q A1 Q1");
    showSibling(conversation, first, 1);
    assert.equal(contents(conversation), "Q A2 Q2");
    assert.deepEqual(childrenOf(conversation, first.parent).map((message) => message.content), ["A1", "A2"]);
});

test("a request has the branch's messages, the system prompt, and no thoughts", () => {
    const { conversation, first } = branched();
    conversation.settings.system = " Be brief. ";
    assert.deepEqual(requestMessages(conversation, first), [
        { role: "system", content: "Be brief." }, { role: "user", content: "Q" },
        { role: "assistant", content: "A1" }]);
});

test("a title is the first line, in whole characters", () => {
    const title = (content, files = []) => conversations.titleOf({ content, files });
    assert.equal(title("  Hello\tthere \n more"), "Hello there");
    assert.equal(Array.from(title("𝒳".repeat(100))).length, 60);
    assert.equal(title("", [{ name: "a.txt" }, { name: "b.txt" }]), "a.txt, b.txt");
});

test("what two tabs write into one conversation is all kept", () => {
    const { conversation, second } = branched();
    const other = structuredClone(conversation);
    addMessage(conversation, second.id, { content: "here" }, 10);
    addMessage(other, second.id, { content: "there" }, 11);
    other.messages[second.id].content = "A2 longer";
    other.messages[second.id].updated = 12;
    for (const result of [merged(conversation, other), merged(other, conversation)]) {
        assert.deepEqual(childrenOf(result, second.id).map((message) => message.content), ["Q2", "here", "there"]);
        assert.equal(result.messages[second.id].content, "A2 longer");
        assert.equal(contents(result), "Q A2 longer there");
    }
    adopt(conversation, other, () => false);
    assert.equal(contents(conversation), "Q A2 longer here");
});

test("a message that is being written here is not replaced by an older tab's", () => {
    const { conversation, second } = branched();
    const other = structuredClone(conversation);
    other.messages[second.id].updated = 100;
    adopt(conversation, other, (message) => message === second);
    assert.equal(conversation.messages[second.id], second);
});

test("a title that a person gave wins", () => {
    const { conversation } = branched();
    const named = { ...structuredClone(conversation), title: "Mine", isNamed: true };
    const later = { ...structuredClone(conversation), updated: 99 };
    assert.equal(merged(named, later).title, "Mine");
    assert.equal(merged(later, named).title, "Mine");
});

test("a file's fence is longer than any fence in it", () => {
    const text = contentWithFiles({ content: "Why?", files: [{ name: "a.md", text: "```\nx\n`````" }] });
    assert.equal(text, "a.md:\n``````\n```\nx\n`````\n``````\n\nWhy?");
});

test("files are texts of a bounded size", async () => {
    const read = (content, name = "a.txt", used = 0) => readTextFile(new File([content], name), used);
    assert.deepEqual(await read("a\r\nb"), { name: "a.txt", text: "a\nb", size: 4 });
    await assert.rejects(read(new Uint8Array([0xff, 0xfe])), /no.*UTF-8/);
    await assert.rejects(read("a\0b"), /UTF-8/);
    await assert.rejects(read("x".repeat(512 * 1024 + 1)), /512 kB/);
    await assert.rejects(read("x".repeat(1000), "a", 2 * 1024 * 1024), /2048 kB/);
    assert.equal(shortName("a\nb\u202ec.txt"), "abc.txt");
    assert.equal(shortName("x".repeat(300)).length, 111);
});

test("settings from anywhere are within bounds", () => {
    assert.deepEqual(validSettings(null), defaultSettings());
    const odd = { system: 5, temperature: "1", topP: 2, maxTokens: 1.5, seed: -1, thinkingBudget: NaN, more: 1 };
    assert.deepEqual(validSettings(odd), defaultSettings());
    const good = { system: "s", temperature: 0.6, topP: 0.95, maxTokens: 100, seed: 7, thinkingBudget: 0 };
    assert.deepEqual(validSettings(good), good);
    assert.deepEqual(requestFields(good), { temperature: 0.6, top_p: 0.95, max_tokens: 100, thinking_budget: 0,
        seed: 7 });
    assert.deepEqual(requestFields(defaultSettings()), {});
});

test("what a person types is a number within bounds, or a sentence says what it should be", () => {
    const [temperature] = fields;
    const seed = fields.find((field) => field.name === "seed");
    assert.deepEqual(parsedField(temperature, " 0,7 "), { value: 0.7 });
    assert.deepEqual(parsedField(temperature, ""), { value: null });
    assert.match(parsedField(temperature, "3").problem, /number from 0 to 2/);
    assert.match(parsedField(seed, "1.5").problem, /whole number/);
    assert.match(parsedField(seed, "abc").problem, /whole number/);
});
