/**
 * Conversations as files: JSON with everything in it, and Markdown that reads well and can be read back.
 */
import { addMessage, contentWithFiles, newConversation, newIdentifier, shownMessages } from "./conversation.js";
import { defaultSettings, validSettings } from "./settings.js";

const format = "isobath-conversations";
const version = 1;

/** An imported file may have so many bytes. */
export const importLimit = 64 * 1024 * 1024;

/** Conversations as a JSON file's text. */
export function toJSON(conversations) {
    return `${JSON.stringify({ format, version, conversations }, null, 1)}\n`;
}

/**
 * The conversations in a file that `toJSON` or `toMarkdown` wrote.
 *
 * Every field is checked; identifiers are made anew, so that an import never changes a conversation that is there.
 *
 * - Throws: an `Error` with a sentence for the person.
 */
export function imported(text) {
    return text.trimStart().startsWith("{") ? fromJSON(text) : [fromMarkdown(text)];
}

function fromJSON(text) {
    let file;
    try {
        file = JSON.parse(text);
    } catch (error) {
        throw new Error(`The file is no JSON: ${error.message}.`);
    }
    if (file.format !== format || !Array.isArray(file.conversations)) {
        throw new Error(`The file has no conversations of this page; its "format" should be "${format}".`);
    }
    if (file.version !== version) {
        const found = String(file.version).slice(0, 20);
        throw new Error(`The file has version ${found}; this page reads version ${version}.`);
    }
    return file.conversations.map(checkedConversation);
}

function checkedConversation(value, index) {
    if (typeof value !== "object" || value === null || typeof value.messages !== "object" || value.messages === null) {
        throw new Error(`Conversation ${index + 1} of the file has no messages.`);
    }
    const conversation = newConversation(string(value.model, 200), validSettings(value.settings), time(value.created));
    conversation.title = string(value.title, 200);
    conversation.isNamed = value.isNamed === true;
    conversation.updated = time(value.updated);
    addMessages(conversation, value.messages);
    const names = Object.entries(value.chosen ?? {});
    for (const [parent, child] of names) {
        const [newParent, newChild] = [conversation.renamed.get(parent) ?? parent, conversation.renamed.get(child)];
        if (newChild !== undefined && (newParent === "root" || conversation.messages[newParent] !== undefined)) {
            conversation.chosen[newParent] = newChild;
        }
    }
    delete conversation.renamed;
    return conversation;
}

/** Adds the messages whose parents lead back to the beginning; what hangs in the air is left out. */
function addMessages(conversation, messages) {
    const renamed = new Map(Object.keys(messages).map((id) => [id, newIdentifier()]));
    conversation.renamed = renamed;
    const waiting = new Map();
    for (const [id, message] of Object.entries(messages)) {
        const parent = message?.parent ?? null;
        waiting.set(parent, [...waiting.get(parent) ?? [], id]);
    }
    const parents = [null];
    while (parents.length > 0) {
        const parent = parents.pop();
        const children = waiting.get(parent) ?? [];
        waiting.delete(parent);
        for (const id of children) {
            const made = checkedMessage(messages[id], renamed.get(id), parent === null ? null : renamed.get(parent));
            conversation.messages[made.id] = made;
            parents.push(id);
        }
    }
}

function checkedMessage(value, id, parent) {
    if (typeof value !== "object" || value === null) {
        throw new Error("A message of the file is no object.");
    }
    const files = Array.isArray(value.files) ? value.files : [];
    const timing = value.timing;
    return {
        id, parent,
        role: value.role === "assistant" ? "assistant" : "user",
        content: string(value.content), reasoning: string(value.reasoning),
        files: files.slice(0, 100).map(checkedFile),
        created: time(value.created), updated: time(value.updated), model: string(value.model, 200),
        finish: string(value.finish, 40) || "stop", error: string(value.error, 2000) || undefined,
        usage: numbers(value.usage, ["prompt", "completion", "reasoning", "cached"]),
        timing: numbers(timing, ["first", "thinking", "total", "pieces"]) ?? undefined,
    };
}

function checkedFile(value) {
    return { name: string(value?.name, 200) || "file", text: string(value?.text) };
}

function string(value, longest = Infinity) {
    return typeof value === "string" ? value.slice(0, longest) : "";
}

function time(value) {
    return Number.isFinite(value) && value >= 0 && value <= 8.64e15 ? value : Date.now();
}

function numbers(value, names) {
    if (typeof value !== "object" || value === null) {
        return null;
    }
    return Object.fromEntries(names.map((name) => [name, Number.isFinite(value[name]) ? value[name] : null]));
}

// MARK: Markdown

const marker = /^<!-- isobath: (user|assistant|system) -->$/;

/** The shown messages of a conversation as Markdown. Comments that a reader does not see mark where each begins. */
export function toMarkdown(conversation) {
    const parts = [`# ${conversation.title || "Conversation"}\n`];
    const system = conversation.settings.system.trim();
    if (system !== "") {
        parts.push(part("system", "System", system));
    }
    for (const message of shownMessages(conversation)) {
        const name = message.role === "user" ? "You" : message.model || "Answer";
        parts.push(part(message.role, name, contentWithFiles(message)));
    }
    return parts.join("\n");
}

function part(role, name, content) {
    // A line of the content that looks like a marker gets a backslash, which reading takes away.
    const escaped = content.replace(/^(\\*)(?=<!-- isobath: )/gm, "\\$1");
    return `<!-- isobath: ${role} -->\n**${name}**\n\n${escaped.trimEnd()}\n`;
}

function fromMarkdown(text) {
    const lines = text.replace(/\r\n?/g, "\n").split("\n");
    const first = lines.findIndex((line) => marker.test(line));
    if (first < 0) {
        throw new Error("The file is neither JSON nor Markdown that this page has written.");
    }
    const conversation = newConversation("", defaultSettings());
    conversation.title = (/^# (.{1,200})/m.exec(lines.slice(0, first).join("\n"))?.[1] ?? "Imported").trim();
    conversation.isNamed = true;
    let parent = null;
    for (const { role, content } of sections(lines, first)) {
        if (role === "system") {
            conversation.settings.system = content;
        } else {
            parent = addMessage(conversation, parent, { role, content, finish: "stop" }).id;
        }
    }
    return conversation;
}

function sections(lines, first) {
    const found = [];
    for (const line of lines.slice(first)) {
        const role = marker.exec(line)?.[1];
        if (role !== undefined) {
            found.push({ role, lines: [] });
        } else {
            found[found.length - 1].lines.push(line.replace(/^\\(?=\\*<!-- isobath: )/, ""));
        }
    }
    // The first two lines of a section are the name in bold and an empty one.
    return found.map(({ role, lines: all }) => ({ role, content: all.slice(2).join("\n").trim() }));
}
