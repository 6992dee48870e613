/**
 * Conversations for as long as the tab is open: for browsers that keep nothing (private windows, blocked storage), and
 * for tests.
 */
export class MemoryDatabase {
    constructor() {
        this.isPersistent = false;
        this.stores = { conversations: new Map(), summaries: new Map(), removed: new Map() };
    }

    async all(storeName) {
        return [...this.stores[storeName].values()].map((value) => structuredClone(value));
    }

    async get(storeName, id) {
        return structuredClone(this.stores[storeName].get(id));
    }

    /** As `Database.change` in `store.js`. */
    async change(id, change) {
        const { conversations, summaries, removed } = this.stores;
        const result = change(structuredClone(conversations.get(id)), removed.has(id));
        if (result.conversation !== undefined) {
            conversations.set(id, structuredClone(result.conversation));
            summaries.set(id, structuredClone(result.summary));
            removed.delete(id);
        } else if (result.isRemoved) {
            conversations.delete(id);
            summaries.delete(id);
            removed.set(id, { id });
        }
        return result;
    }
}
