/**
 * The chat: which conversation is shown, which answers are being written, and what is saved when.
 *
 * An answer goes on being written when another conversation is shown; there is at most one for each conversation.
 */
import { answer } from "./conversation/answering.js";
import { addMessage, adopt, newConversation, shownMessages, showSibling } from "./conversation/conversation.js";
import { defaultSettings, validSettings } from "./conversation/settings.js";
import { keptForever } from "./view/kept.js";

const settingsName = "isobath.settings";
const modelName = "isobath.model";

/** While an answer is being written, it is saved so often (milliseconds). */
const saveInterval = 1000;

export class Chat {
    /**
     * `listeners` are called when
     * - `shown()`: the current conversation is to be shown from its end, or another one;
     * - `changedElsewhere()`: another tab has changed what is shown;
     * - `changed(message)`: something was written into a message, and `ended(message)`: it is complete;
     * - `listed()`: the list of conversations has changed;
     * - `gone()`: another tab has deleted what was shown;
     * - `failed(error)`: something could not be saved.
     */
    constructor(store, client, listeners) {
        this.store = store;
        this.client = client;
        this.listeners = listeners;
        this.writing = new Map();
        this.conversation = this.#empty();
        store.onChange((change) => this.#changedElsewhere(change));
    }

    #empty() {
        let settings = defaultSettings();
        try {
            settings = validSettings(JSON.parse(keptForever.get(settingsName) ?? "{}"));
        } catch {
            // Something else wrote there; the defaults do.
        }
        return newConversation(keptForever.get(modelName) ?? "", settings);
    }

    // MARK: What is shown

    /** Shows a conversation; false if there is none of this identifier. */
    async open(id) {
        const written = this.writing.get(id)?.conversation;
        const conversation = written ?? await this.store.load(id);
        if (conversation === undefined) {
            return false;
        }
        this.conversation = conversation;
        this.listeners.shown();
        return true;
    }

    startNew() {
        this.conversation = this.#empty();
        this.listeners.shown();
    }

    /** Whether this message is being written here (and not in another tab). */
    isWriting(message) {
        return [...this.writing.values()].some((one) => one.message === message);
    }

    get isAnswering() {
        return this.writing.has(this.conversation.id);
    }

    // MARK: Messages

    /** Adds a question behind the last message and asks for its answer. */
    send(content, files) {
        const shown = shownMessages(this.conversation);
        return this.#ask(shown[shown.length - 1]?.id ?? null, content, files);
    }

    /** Asks the same question in other words, beside the first ones. */
    edit(message, content) {
        return this.#ask(message.parent, content, message.files);
    }

    #ask(parent, content, files) {
        if (this.isAnswering || (content.trim() === "" && files.length === 0)) {
            return false;
        }
        const question = addMessage(this.conversation, parent, { content: content.trim(), files });
        this.#answer(question.id);
        return true;
    }

    /** Asks for another answer to the same question. */
    retry(message) {
        if (!this.isAnswering) {
            this.#answer(message.parent);
        }
    }

    async #answer(parent) {
        const { conversation } = this;
        const fields = { role: "assistant", model: conversation.model, isWriting: true };
        const message = addMessage(conversation, parent, fields);
        const abort = new AbortController();
        this.writing.set(conversation.id, { abort, message, conversation });
        this.listeners.shown();
        // The question is safe before anything else can go wrong.
        await this.#save(conversation, true);
        let saved = Date.now();
        await answer(this.client, conversation, message, abort.signal, () => {
            this.listeners.changed(message);
            if (message.isWriting && Date.now() - saved > saveInterval) {
                saved = Date.now();
                this.#save(conversation);
            }
        });
        this.writing.delete(conversation.id);
        conversation.updated = Date.now();
        this.listeners.ended(message);
        this.#save(conversation);
    }

    /** Stops the answer that is being written into the current conversation. */
    stop() {
        this.writing.get(this.conversation.id)?.abort.abort();
    }

    showSibling(message, step) {
        showSibling(this.conversation, message, step);
        this.listeners.shown();
        this.#save(this.conversation);
    }

    // MARK: The conversation itself

    setModel(model) {
        this.conversation.model = model;
        keptForever.set(modelName, model);
        this.#saveIfStarted();
    }

    setSettings(settings) {
        this.conversation.settings = settings;
        keptForever.set(settingsName, JSON.stringify(settings));
        this.#saveIfStarted();
    }

    async rename(id, title) {
        const conversation = id === this.conversation.id ? this.conversation : await this.store.load(id);
        if (conversation !== undefined) {
            conversation.title = title;
            conversation.isNamed = true;
            conversation.updated = Date.now();
            await this.#save(conversation);
        }
    }

    /** Deletes a conversation; returns what `restore` needs to bring it back, or undefined. */
    async remove(id) {
        this.writing.get(id)?.abort.abort();
        const conversation = await this.store.load(id);
        await this.store.remove(id);
        if (id === this.conversation.id) {
            this.startNew();
        }
        this.listeners.listed();
        return conversation;
    }

    async restore(conversation) {
        await this.#save(conversation, true);
        await this.open(conversation.id);
    }

    /** Adds imported conversations and shows the last one. */
    async add(conversations) {
        for (const conversation of conversations) {
            await this.#save(conversation, true);
        }
        if (conversations.length > 0) {
            await this.open(conversations[conversations.length - 1].id);
        }
    }

    // MARK: Saving

    #saveIfStarted() {
        if (Object.keys(this.conversation.messages).length > 0) {
            this.conversation.updated = Date.now();
            this.#save(this.conversation);
        }
    }

    async #save(conversation, revives = false) {
        try {
            const stored = await this.store.save(conversation, revives);
            if (stored !== null) {
                adopt(conversation, stored, (message) => this.isWriting(message));
            }
            this.listeners.listed();
        } catch (error) {
            this.listeners.failed(error);
        }
    }

    /** Saves what is being written once more; for the moment in which the page goes away. */
    saveNow() {
        for (const { conversation } of this.writing.values()) {
            this.#save(conversation);
        }
    }

    /** What would have to be shown anew if it changed. */
    #state() {
        const { conversation } = this;
        const shown = shownMessages(conversation).map(({ id, updated }) => [id, updated]);
        return JSON.stringify([conversation.title, Object.keys(conversation.messages).length, shown]);
    }

    async #changedElsewhere({ kind, id }) {
        if (kind === "removed") {
            this.writing.get(id)?.abort.abort();
            if (id === this.conversation.id) {
                this.startNew();
                this.listeners.gone();
            }
        } else if (id === this.conversation.id) {
            const stored = await this.store.load(id);
            if (stored !== undefined && id === this.conversation.id) {
                const before = this.#state();
                adopt(this.conversation, stored, (message) => this.isWriting(message));
                if (!this.isAnswering && this.#state() !== before) {
                    this.listeners.changedElsewhere();
                }
            }
        }
        this.listeners.listed();
    }
}
