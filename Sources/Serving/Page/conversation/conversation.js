/**
 * A conversation: messages in a tree, so that every edit and every further try is kept.
 *
 * `{id, title, isNamed, created, updated, model, settings, messages, chosen}`. `messages` maps identifiers to messages
 * `{id, parent, role, content, reasoning, files, created, updated, …}`; `chosen` maps a message (or "root") to the
 * identifier of the one shown after it. Times are in milliseconds since 1970. Messages are only ever added or filled,
 * never taken away, which is what lets two tabs write into one conversation (`merged`).
 */

const longestTitle = 60;
const root = "root";

/** An identifier that no other tab or machine makes. */
export function newIdentifier() {
    // `crypto.randomUUID` exists in secure contexts only; a server on a home network may speak plain HTTP.
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A conversation without messages. */
export function newConversation(model, settings, now = Date.now()) {
    return {
        id: newIdentifier(), title: "", isNamed: false, created: now, updated: now, model,
        settings: { ...settings }, messages: {}, chosen: {},
    };
}

/** Adds a message behind `parent` (null: at the beginning) and shows it. */
export function addMessage(conversation, parent, fields, now = Date.now()) {
    const last = childrenOf(conversation, parent).pop();
    // Their times order those that stand beside each other.
    const created = last === undefined ? now : Math.max(now, last.created + 1);
    const message = {
        id: newIdentifier(), parent, role: "user", content: "", reasoning: "", files: [], created, updated: now,
        ...fields,
    };
    conversation.messages[message.id] = message;
    conversation.chosen[parent ?? root] = message.id;
    conversation.updated = now;
    if (!conversation.isNamed && conversation.title === "" && message.role === "user") {
        conversation.title = titleOf(message);
    }
    return message;
}

/** A title made of a message's first line. */
export function titleOf(message) {
    const text = message.content.trim() || message.files.map((file) => file.name).join(", ");
    const line = text.split("\n", 1)[0].replace(/\s+/g, " ").trim();
    const characters = Array.from(line);
    return characters.length <= longestTitle ? line : `${characters.slice(0, longestTitle - 1).join("").trimEnd()}…`;
}

/** The messages behind a parent (null: the first ones), oldest first. */
export function childrenOf(conversation, parent) {
    return Object.values(conversation.messages).filter((message) => message.parent === parent).sort(byAge);
}

function byAge(one, other) {
    return one.created - other.created || (one.id < other.id ? -1 : 1);
}

/** The messages behind each parent, by the parent's identifier. */
function groupedByParent(messages) {
    const groups = new Map();
    for (const message of messages) {
        const group = groups.get(message.parent);
        group === undefined ? groups.set(message.parent, [message]) : group.push(message);
    }
    return groups;
}

/** The messages that are shown, from the first to the last. */
export function shownMessages(conversation) {
    const groups = groupedByParent(Object.values(conversation.messages));
    const shown = [];
    for (let children = groups.get(null); children !== undefined;) {
        const parent = children[0].parent;
        const chosen = children.find((message) => message.id === conversation.chosen[parent ?? root]);
        shown.push(chosen ?? children.sort(byAge)[children.length - 1]);
        children = groups.get(shown[shown.length - 1].id);
    }
    return shown;
}

/** Shows another of the messages that stand beside one: `step` is 1 for the next and -1 for the one before. */
export function showSibling(conversation, message, step, now = Date.now()) {
    const all = childrenOf(conversation, message.parent);
    const index = all.findIndex((one) => one.id === message.id) + step;
    if (index >= 0 && index < all.length) {
        conversation.chosen[message.parent ?? root] = all[index].id;
        conversation.updated = now;
    }
}

/**
 * The messages from the first to `last`, as the server takes them. Thoughts are not sent back (as DeepSeek's models
 * want it).
 */
export function requestMessages(conversation, last) {
    const messages = [];
    for (let message = last; message !== undefined; message = conversation.messages[message.parent]) {
        messages.unshift({ role: message.role, content: contentWithFiles(message) });
    }
    const system = conversation.settings.system.trim();
    return system === "" ? messages : [{ role: "system", content: system }, ...messages];
}

/** A message's text with its files before it, each in a fence that is longer than any inside it. */
export function contentWithFiles(message) {
    const files = message.files.map(({ name, text }) => {
        const longest = Math.max(2, ...Array.from(text.matchAll(/`{3,}/g), (found) => found[0].length));
        const fence = "`".repeat(longest + 1);
        return `${name}:\n${fence}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}\n\n`;
    });
    return files.join("") + message.content;
}

/**
 * Two states of one conversation as one: every message of either, the newer state of each, and the rest of the newer
 * one.
 */
export function merged(one, other) {
    const [older, newer] = one.updated <= other.updated ? [one, other] : [other, one];
    const messages = { ...older.messages };
    for (const [id, message] of Object.entries(newer.messages)) {
        if (messages[id] === undefined || messages[id].updated <= message.updated) {
            messages[id] = message;
        }
    }
    const named = newer.isNamed || !older.isNamed ? newer : older;
    return {
        ...newer, title: named.title, isNamed: named.isNamed, messages, chosen: { ...older.chosen, ...newer.chosen },
    };
}

/**
 * Brings what another tab has saved into a conversation that is shown here; what is shown stays chosen.
 *
 * `isWritten` tells which messages are being written here, so that an older state never replaces them.
 */
export function adopt(conversation, stored, isWritten) {
    for (const [id, message] of Object.entries(stored.messages)) {
        const mine = conversation.messages[id];
        if (mine === undefined || mine.updated < message.updated && !isWritten(mine)) {
            conversation.messages[id] = message;
        }
    }
    conversation.chosen = { ...stored.chosen, ...conversation.chosen };
    if (stored.isNamed) {
        conversation.title = stored.title;
        conversation.isNamed = true;
    }
}
