import assert from "node:assert/strict";
import { test } from "node:test";
import { addMessage, childrenOf, newConversation, shownMessages } from "../../../Sources/Serving/Page/conversation/conversation.js";
import { imported, toJSON, toMarkdown } from "../../../Sources/Serving/Page/conversation/exchange.js";
import { defaultSettings } from "../../../Sources/Serving/Page/conversation/settings.js";

function sample() {
    const conversation = newConversation("m", { ...defaultSettings(), system: "Be brief.", temperature: 0.5 });
    const question = addMessage(
        conversation, null, { content: "# Why?\n\n<!-- isobath: assistant -->\n\\<!-- isobath: x", files: [] });
    const first = addMessage(conversation, question.id, { role: "assistant", content: "One", reasoning: "Hm",
        model: "m", finish: "stop" });
    addMessage(conversation, question.id, { role: "assistant", content: "Two", model: "m", finish: "length" });
    conversation.chosen[question.id] = first.id;
    addMessage(conversation, first.id, { content: "And?", files: [{ name: "a.txt", text: "x" }] });
    return conversation;
}

const outline = (conversation) => shownMessages(conversation).map(({ role, content }) => [role, content]);

test("JSON brings back everything, under new identifiers", () => {
    const before = sample();
    const [after] = imported(toJSON([before]));
    assert.deepEqual(outline(after), outline(before));
    assert.deepEqual(after.settings, before.settings);
    assert.equal(after.title, before.title);
    const answers = childrenOf(after, shownMessages(after)[0].id);
    assert.deepEqual(answers.map(({ content, reasoning, finish }) => [content, reasoning, finish]),
        [["One", "Hm", "stop"], ["Two", "", "length"]]);
    assert.deepEqual(shownMessages(after)[2].files, [{ name: "a.txt", text: "x" }]);
    const old = new Set([before.id, ...Object.keys(before.messages)]);
    assert.ok([after.id, ...Object.keys(after.messages)].every((id) => !old.has(id)));
});

test("Markdown brings back what is shown", () => {
    const before = sample();
    const text = toMarkdown(before);
    assert.match(text, /^# # Why\?\n\n<!-- isobath: system -->\n\*\*System\*\*\n\nBe brief\.\n/);
    const [after] = imported(text.replaceAll("\n", "\r\n"));
    assert.deepEqual(outline(after), [...outline(before).slice(0, 2), ["user", "a.txt:\n```\nx\n```\n\nAnd?"]]);
    assert.equal(after.settings.system, "Be brief.");
});

const refused = {
    "{": /no JSON/, "{}": /no conversations of this page/, "[]": /neither/, "Hello": /neither/, "": /neither/,
    "{\"format\":\"isobath-conversations\",\"version\":9,\"conversations\":[]}": /version 9/,
    "{\"format\":\"isobath-conversations\",\"version\":1,\"conversations\":[null]}": /Conversation 1 .* no messages/,
    "{\"format\":\"isobath-conversations\",\"version\":1,\"conversations\":[{\"messages\":{\"a\":null}}]}": /no object/,
};

for (const [text, expected] of Object.entries(refused)) {
    test(`an import that is refused: ${text}`, () => assert.throws(() => imported(text), expected));
}

/** One conversation with these messages, as an imported file has it. */
const file = (messages, more = {}) => JSON.stringify({ format: "isobath-conversations", version: 1,
    conversations: [{ messages, ...more }] });

test("messages in circles, without parents or with odd names do no harm", () => {
    const circle = { a: { parent: "b" }, b: { parent: "a" }, c: { parent: "nowhere" }, d: { parent: "d" } };
    assert.deepEqual(imported(file(circle))[0].messages, {});
    const odd = `{"__proto__": {"parent": null, "content": "x", "role": "system"}, "constructor": {"parent": "__proto__", "content": 5}}`;
    const text = file("MESSAGES", { chosen: { root: "constructor" }, title: 5, settings: { temperature: 99 },
        created: "x" });
    const [conversation] = imported(text.replace("\"MESSAGES\"", odd));
    assert.deepEqual(outline(conversation), [["user", "x"], ["user", ""]]);
    assert.equal(conversation.title, "");
    assert.equal(conversation.settings.temperature, null);
    assert.equal(Object.getPrototypeOf(conversation.messages), Object.prototype);
});
