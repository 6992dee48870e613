/**
 * Small values that the browser keeps for the page; where it keeps nothing, they last as long as the page.
 */

class Kept {
    constructor(storageName) {
        this.storageName = storageName;
        this.fallback = new Map();
    }

    /** The value of a name, or null. */
    get(name) {
        try {
            // Even to name the storage throws where it is blocked.
            return window[this.storageName].getItem(name);
        } catch {
            return this.fallback.get(name) ?? null;
        }
    }

    /** Keeps a value; null forgets it. */
    set(name, value) {
        try {
            const storage = window[this.storageName];
            value === null ? storage.removeItem(name) : storage.setItem(name, value);
        } catch {
            this.fallback.set(name, value);
        }
    }
}

/** Kept until it is deleted, for all tabs. */
export const keptForever = new Kept("localStorage");

/** Kept for this tab, until it closes. */
export const keptForTab = new Kept("sessionStorage");
