import assert from "node:assert/strict";
import { test } from "node:test";
import { addMessage, newConversation, shownMessages } from "../../../Sources/Serving/Page/conversation/conversation.js";
import { MemoryDatabase } from "../../../Sources/Serving/Page/conversation/memory.js";
import { defaultSettings } from "../../../Sources/Serving/Page/conversation/settings.js";
import { limit, Store } from "../../../Sources/Serving/Page/conversation/store.js";

function conversationAbout(content, now) {
    const conversation = newConversation("m", defaultSettings(), now);
    addMessage(conversation, null, { content }, now);
    return conversation;
}

/** Two tabs over one database, and what each hears. */
function tabs() {
    const database = new MemoryDatabase();
    const heard = [[], []];
    const stores = [0, 1].map((index) => new Store(database, { postMessage: (message) =>
        heard[1 - index].push(message) }));
    return { stores, heard };
}

test("saved, listed newest first, loaded, found", async () => {
    const { stores: [store] } = tabs();
    await store.save(conversationAbout("About whales", 1));
    await store.save(conversationAbout("About sharks", 2));
    const summaries = await store.summaries();
    assert.deepEqual(summaries.map(({ title }) => title), ["About sharks", "About whales"]);
    assert.equal(shownMessages(await store.load(summaries[1].id))[0].content, "About whales");
    assert.deepEqual(await store.search("whales ABOUT"), new Set([summaries[1].id]));
    assert.deepEqual(await store.search("about nothing"), new Set());
});

test("two tabs that save one conversation lose nothing", async () => {
    const { stores: [first, second], heard } = tabs();
    const here = conversationAbout("Q", 1);
    await first.save(here);
    const there = await second.load(here.id);
    addMessage(here, shownMessages(here)[0].id, { content: "here" }, 2);
    addMessage(there, shownMessages(there)[0].id, { content: "there" }, 3);
    await second.save(there);
    await first.save(here);
    const stored = await first.load(here.id);
    assert.deepEqual(Object.values(stored.messages).map(({ content }) => content).sort(), ["Q", "here", "there"]);
    assert.deepEqual(heard[1].map(({ kind }) => kind), ["saved", "saved"]);
});

test("what was deleted in one tab does not come back from another, unless it is wanted", async () => {
    const { stores: [first, second], heard } = tabs();
    const conversation = conversationAbout("Q", 1);
    await first.save(conversation);
    await second.remove(conversation.id);
    assert.deepEqual(heard[0], [{ kind: "removed", id: conversation.id }]);
    assert.equal(await first.save(conversation), null);
    assert.equal(await first.load(conversation.id), undefined);
    assert.notEqual(await first.save(conversation, true), null);
    assert.equal((await first.summaries()).length, 1);
    assert.notEqual(await first.save(conversation), null);
});

test("beyond the limit a sentence says what to do", async () => {
    const { stores: [store] } = tabs();
    store.database.stores.summaries.set("x", { id: "x", title: "", updated: 0, size: limit });
    await assert.rejects(store.save(conversationAbout("Q", 1)), /200 MB; delete some/);
});
