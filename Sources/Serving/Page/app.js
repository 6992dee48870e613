/**
 * The page, put together: the parts of the view listen to the chat, and the chat does what they are told.
 */
import { Client } from "./api/client.js";
import { Chat } from "./chat.js";
import { imported, importLimit, toJSON, toMarkdown } from "./conversation/exchange.js";
import { openStore } from "./conversation/store.js";
import { announce, byId, fileName, make, save } from "./view/elements.js";
import { Composer } from "./view/composer.js";
import { notice, problem } from "./view/notices.js";
import { answerFigures } from "./view/numbers.js";
import { apiKey, SettingsDialog } from "./view/settings.js";
import { listenForShortcuts } from "./view/shortcuts.js";
import { Sidebar } from "./view/sidebar.js";
import { ThreadView } from "./view/thread.js";

class Page {
    constructor(store) {
        this.store = store;
        this.client = new Client(apiKey);
        this.chat = new Chat(store, this.client, {
            shown: () => this.#show(),
            changedElsewhere: () => this.#showInPlace(),
            changed: (message) => this.thread.update(message),
            listed: () => this.sidebar.refresh(this.chat.conversation.id),
            ended: (message) => this.#ended(message),
            gone: () => notice("This conversation was deleted in another tab."),
            failed: (error) => problem(new Error(`The conversation could not be saved: ${error.message}`)),
        });
        this.thread = new ThreadView({
            edit: (view) => this.#edit(view),
            retry: (message) => this.chat.retry(message),
            step: (message, step) => this.#step(message, step),
        });
        this.composer = new Composer({
            send: (content, files) => this.#send(content, files),
            stop: () => this.chat.stop(),
            editLast: () => this.#edit(this.thread.lastQuestion),
        });
        this.sidebar = new Sidebar(store, {
            open: (id) => this.#open(id),
            rename: (id, title) => this.chat.rename(id, title),
            remove: (id) => this.#remove(id),
        });
        this.settings = new SettingsDialog((settings) => this.chat.setSettings(settings), () => this.loadModels());
        this.#listen();
    }

    #listen() {
        byId("new").addEventListener("click", () => this.#startNew());
        byId("new-top").addEventListener("click", () => this.#startNew());
        byId("model").addEventListener("change", (event) => {
            this.chat.setModel(event.target.value);
            this.#showExamples();
        });
        byId("export-markdown").addEventListener("click", () => this.#export("md"));
        byId("export-json").addEventListener("click", () => this.#export("json"));
        byId("export-all").addEventListener("click", () => this.#exportAll());
        byId("import").addEventListener("click", () => byId("import-file").click());
        byId("import-file").addEventListener("change", (event) => this.#import(event.target));
        addEventListener("hashchange", () => this.#openFromAddress());
        addEventListener("pagehide", () => this.chat.saveNow());
        document.addEventListener("click", (event) => closeMenus(event.target));
        listenForShortcuts({
            startNew: () => this.#startNew(),
            search: () => this.#search(),
            toggleSidebar: () => this.sidebar.toggle(),
            settings: () => this.settings.open(),
            escape: () => this.#escape(),
            compose: () => this.composer.focus(),
            previousMessage: () => this.thread.step(-1),
            nextMessage: () => this.thread.step(1),
        });
    }

    /** Shows the page for the first time. */
    async start() {
        if (!this.store.isPersistent) {
            notice("This browser keeps nothing here: conversations are gone when the tab closes.");
        }
        await this.#openFromAddress();
        await this.sidebar.refresh();
        this.composer.focus();
        await this.loadModels();
    }

    // MARK: Models

    /** Asks the server for its models and offers them. */
    async loadModels() {
        try {
            this.models = await this.client.models();
            this.#showModels();
        } catch (error) {
            if (error.status === 401 || error.status === 403) {
                this.settings.open(true);
            } else {
                problem(error);
            }
        }
    }

    #showModels() {
        const { conversation } = this.chat;
        const names = (this.models ?? []).map((model) => model.name);
        if (names.length > 0 && !names.includes(conversation.model)) {
            conversation.model = names[0];
        }
        byId("model").replaceChildren(...names.map((name) => make("option", { value: name }, name)));
        byId("model").value = conversation.model;
        byId("model").disabled = names.length === 0;
        this.#showExamples();
    }

    /** Offers questions that the chosen model answers, where it has some. */
    #showExamples() {
        const model = this.models?.find(({ name }) => name === this.chat.conversation.model);
        const examples = model?.examples ?? [];
        byId("examples").hidden = examples.length === 0;
        byId("examples").replaceChildren(...examples.map((question) => {
            const click = () => {
                this.#send(question, []);
                this.composer.focus();
            };
            return make("li", {}, make("button", { type: "button", class: "chip", on: { click } }, question));
        }));
    }

    // MARK: The current conversation

    #show() {
        const { chat } = this;
        const title = chat.conversation.title;
        byId("title").textContent = title || "New conversation";
        document.title = title === "" ? "Isobath" : `${title} · Isobath`;
        const hasMessages = Object.keys(chat.conversation.messages).length > 0;
        const address = hasMessages ? `#${chat.conversation.id}` : location.pathname + location.search;
        history.replaceState(null, "", address);
        this.thread.show(chat.conversation, (message) => chat.isWriting(message));
        this.thread.scrollToEnd();
        this.composer.setWriting(chat.isAnswering);
        this.settings.setSettings(chat.conversation.settings);
        this.#showModels();
        byId("more").hidden = !hasMessages;
    }

    /** Shows what another tab has changed without moving the page, or taking away what is being edited. */
    #showInPlace() {
        if (!this.thread.isEditing) {
            const place = this.thread.scroller.scrollTop;
            this.#show();
            this.thread.scroller.scrollTop = place;
        }
    }

    async #openFromAddress() {
        const id = location.hash.slice(1);
        if (id === "" || !await this.chat.open(id)) {
            this.chat.startNew();
        }
    }

    async #open(id) {
        if (await this.chat.open(id)) {
            this.sidebar.refresh(id);
            this.#leaveSidebar();
        }
    }

    #startNew() {
        this.chat.startNew();
        this.sidebar.refresh(this.chat.conversation.id);
        this.#leaveSidebar();
    }

    #leaveSidebar() {
        if (this.sidebar.isOverlay && this.sidebar.isOpen) {
            this.sidebar.close();
        }
        this.composer.focus();
    }

    #search() {
        if (!this.sidebar.isOpen) {
            this.sidebar.open();
        }
        byId("search").focus();
        byId("search").select();
    }

    async #remove(id) {
        const conversation = await this.chat.remove(id);
        if (conversation !== undefined) {
            const action = { label: "Undo", run: () => this.chat.restore(conversation) };
            notice(`“${conversation.title || "Untitled"}” was deleted.`, { action });
        }
        this.composer.focus();
    }

    #escape() {
        if (this.sidebar.isOverlay && this.sidebar.isOpen) {
            this.sidebar.close();
        } else if (this.chat.isAnswering) {
            this.chat.stop();
        }
        closeMenus(document.body);
    }

    // MARK: Messages

    #send(content, files) {
        if (this.chat.conversation.model === "") {
            this.loadModels();
            notice("No model is chosen yet; the server is asked for its models.", { isProblem: true });
            return false;
        }
        announce("Sent");
        return this.chat.send(content, files);
    }

    #edit(view) {
        if (view === undefined || this.chat.isAnswering || view.element.classList.contains("editing")) {
            return;
        }
        view.startEditing((content) => {
            if (this.chat.edit(view.message, content)) {
                this.composer.focus();
            }
        });
    }

    #step(message, step) {
        this.chat.showSibling(message, step);
        const shown = this.chat.conversation.chosen[message.parent ?? "root"];
        this.thread.viewOf({ id: shown })?.element.focus();
    }

    #ended(message) {
        this.composer.setWriting(this.chat.isAnswering);
        if (message.error) {
            announce(`No answer: ${message.error}`);
        } else {
            const isShort = message.content.length <= 400;
            announce(isShort ? message.content : `The answer is complete: ${answerFigures(message)[0] ?? ""}.`);
        }
    }

    // MARK: Files

    #export(ending) {
        const { conversation } = this.chat;
        const text = ending === "md" ? toMarkdown(conversation) : toJSON([conversation]);
        save(fileName(conversation.title, ending), ending === "md" ? "text/markdown" : "application/json", text);
    }

    async #exportAll() {
        save("isobath conversations.json", "application/json", toJSON(await this.store.all()));
    }

    async #import(input) {
        const [file] = input.files;
        try {
            if (file.size > importLimit) {
                throw new Error(`${file.name} is larger than 64 MB.`);
            }
            const conversations = imported(await file.text());
            await this.chat.add(conversations);
            const { length } = conversations;
            notice(`${length === 1 ? "One conversation" : `${length} conversations`} imported.`);
        } catch (error) {
            problem(error);
        }
        input.value = "";
    }
}

/** Closes open menus, except one in which `target` lies. */
function closeMenus(target) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
        if (!menu.contains(target) || target.closest("button") !== null) {
            menu.open = false;
        }
    }
}

new Page(await openStore()).start();
