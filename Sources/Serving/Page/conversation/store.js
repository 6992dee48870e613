/**
 * Conversations in the browser, in IndexedDB, shared by all tabs.
 *
 * A save merges with what another tab has saved meanwhile, in one transaction; a conversation that was deleted leaves
 * its identifier behind, so that a tab that still shows it does not bring it back. Tabs tell each other over a
 * broadcast channel.
 */
import { merged } from "./conversation.js";

/** All conversations together, in characters as JSON. */
export const limit = 200 * 1024 * 1024;

const version = 1;

/** The store, or one that forgets everything when the tab closes where the browser keeps nothing. */
export async function openStore(name = "isobath") {
    try {
        return new Store(new Database(await opened(name)), new BroadcastChannel(name));
    } catch {
        const { MemoryDatabase } = await import("./memory.js");
        return new Store(new MemoryDatabase(), null);
    }
}

function opened(name) {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(name, version);
        request.onupgradeneeded = () => {
            request.result.createObjectStore("conversations", { keyPath: "id" });
            request.result.createObjectStore("summaries", { keyPath: "id" });
            request.result.createObjectStore("removed", { keyPath: "id" });
        };
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
        request.onblocked = () => reject(new Error("Another tab holds an older version open."));
    });
}

/** IndexedDB, as far as the store uses it. */
class Database {
    constructor(connection) {
        this.connection = connection;
        this.isPersistent = true;
    }

    all(storeName) {
        return done(this.connection.transaction(storeName).objectStore(storeName).getAll());
    }

    get(storeName, id) {
        return done(this.connection.transaction(storeName).objectStore(storeName).get(id));
    }

    /**
     * Replaces a conversation by what `change` makes of the stored one (undefined: none) and whether it was removed.
     */
    async change(id, change) {
        const names = ["conversations", "summaries", "removed"];
        const transaction = this.connection.transaction(names, "readwrite");
        const [conversations, summaries, removed] = names.map((name) => transaction.objectStore(name));
        const before = await done(conversations.get(id));
        const result = change(before, await done(removed.get(id)) !== undefined);
        if (result.conversation !== undefined) {
            conversations.put(result.conversation);
            summaries.put(result.summary);
            removed.delete(id);
        } else if (result.isRemoved) {
            conversations.delete(id);
            summaries.delete(id);
            removed.put({ id });
        }
        await completed(transaction);
        return result;
    }
}

function done(request) {
    return new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

function completed(transaction) {
    return new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error("The browser stopped saving."));
    });
}

export class Store {
    constructor(database, channel) {
        this.database = database;
        this.channel = channel;
    }

    /** Whether conversations outlast the tab. */
    get isPersistent() {
        return this.database.isPersistent;
    }

    /** Calls `listener` with `{kind: "saved" | "removed", id}` for what other tabs do. */
    onChange(listener) {
        if (this.channel !== null) {
            this.channel.onmessage = (event) => listener(event.data);
        }
    }

    /** What the list shows of each conversation, newest first: `{id, title, updated, size}`. */
    async summaries() {
        const all = await this.database.all("summaries");
        return all.sort((one, other) => other.updated - one.updated);
    }

    load(id) {
        return this.database.get("conversations", id);
    }

    all() {
        return this.database.all("conversations");
    }

    /**
     * Saves a conversation.
     *
     * - `revives`: whether it may come back after it was deleted.
     * - Returns: the conversation with what other tabs added, or null if it was deleted.
     */
    async save(conversation, revives = false) {
        const size = JSON.stringify(conversation).length;
        const others = (await this.database.all("summaries")).filter((one) => one.id !== conversation.id);
        if (others.reduce((sum, one) => sum + one.size, size) > limit) {
            throw new Error("The conversations in this browser reach 200 MB; delete some, or export them first.");
        }
        const result = await this.database.change(conversation.id, (before, isRemoved) => {
            if (isRemoved && !revives) {
                return {};
            }
            const after = before === undefined ? conversation : merged(before, conversation);
            return { conversation: after, summary: summaryOf(after, size) };
        });
        if (result.conversation === undefined) {
            return null;
        }
        this.channel?.postMessage({ kind: "saved", id: conversation.id });
        return result.conversation;
    }

    async remove(id) {
        await this.database.change(id, () => ({ isRemoved: true }));
        this.channel?.postMessage({ kind: "removed", id });
    }

    /** The identifiers of the conversations in which every word of `query` occurs. */
    async search(query) {
        const words = query.toLowerCase().split(/\s+/).filter((word) => word !== "");
        const found = (await this.all()).filter((conversation) => {
            const messages = Object.values(conversation.messages);
            const text = [conversation.title, ...messages.map((message) => message.content)].join("\n").toLowerCase();
            return words.every((word) => text.includes(word));
        });
        return new Set(found.map((conversation) => conversation.id));
    }
}

function summaryOf({ id, title, updated }, size) {
    return { id, title, updated, size };
}
