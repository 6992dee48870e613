/**
 * The list of conversations: search, choose, rename, delete.
 */
import { byId, iconButton, make } from "./elements.js";
import { dayName, size } from "./numbers.js";

export class Sidebar {
    /** `actions`: `{open, rename, remove}`, called with an identifier (and the new title). */
    constructor(store, actions) {
        this.store = store;
        this.actions = actions;
        this.list = byId("conversations");
        this.search = byId("search");
        this.currentId = null;
        this.query = 0;
        this.shown = "";
        this.isRenaming = false;
        this.search.addEventListener("input", () => this.refresh());
        this.search.addEventListener("keydown", (event) => this.#keyInSearch(event));
        byId("open-sidebar").addEventListener("click", () => this.open());
        byId("close-sidebar").addEventListener("click", () => this.close());
        byId("shade").addEventListener("click", () => this.close());
    }

    /** Reads the list anew. */
    async refresh(currentId = this.currentId) {
        this.currentId = currentId;
        const query = ++this.query;
        const text = this.search.value.trim();
        const summaries = await this.store.summaries();
        const found = text === "" ? null : await this.store.search(text);
        if (query === this.query && !this.isRenaming) {
            const shown = found === null ? summaries : summaries.filter((summary) => found.has(summary.id));
            this.#show(shown, text);
            const total = summaries.reduce((sum, summary) => sum + summary.size, 0);
            byId("kept").textContent = summaries.length === 0 ? "" : `${summaries.length} kept here, ${size(total)}`;
        }
    }

    #show(summaries, text) {
        // Tabs that write make this run often; whoever moves through the list must not notice.
        const seen = summaries.map(({ id, title, updated }) => [id, title, dayName(updated)]);
        const shown = JSON.stringify([this.currentId, text, seen]);
        if (shown === this.shown) {
            return;
        }
        this.shown = shown;
        const focused = document.activeElement.closest?.("#conversations li")?.dataset.id;
        const items = [];
        let day = null;
        for (const summary of summaries) {
            if (dayName(summary.updated) !== day) {
                day = dayName(summary.updated);
                items.push(make("li", { class: "day", role: "presentation" }, day));
            }
            items.push(this.#item(summary));
        }
        if (items.length === 0) {
            const nothing = text === "" ? "Conversations will be listed here." : "Nothing found.";
            items.push(make("li", { class: "nothing" }, nothing));
        }
        this.list.replaceChildren(...items);
        items.find((item) => focused !== undefined && item.dataset.id === focused)?.querySelector(".open").focus();
    }

    #item(summary) {
        const title = summary.title || "Untitled";
        const isCurrent = summary.id === this.currentId;
        const open = make("button", {
            type: "button", class: "open", title, "aria-current": isCurrent ? "page" : null,
            on: { click: () => this.actions.open(summary.id) },
        }, title);
        const item = make("li", { class: isCurrent ? "current" : "", "data-id": summary.id }, open,
            iconButton("edit", `Rename ${title}`, () => this.#rename(item, summary)),
            iconButton("delete", `Delete ${title}`, () => this.actions.remove(summary.id)));
        open.addEventListener("keydown", (event) => {
            if (event.key === "F2") {
                this.#rename(item, summary);
            } else if (event.key === "Delete") {
                this.actions.remove(summary.id);
            } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
                event.preventDefault();
                this.#step(open, event.key === "ArrowDown" ? 1 : -1);
            }
        });
        return item;
    }

    #step(from, direction) {
        const all = [...this.list.querySelectorAll("button.open")];
        const next = all[all.indexOf(from) + direction];
        (next ?? (direction < 0 ? this.search : from)).focus();
    }

    #keyInSearch(event) {
        const first = this.list.querySelector("button.open");
        if (event.key === "ArrowDown") {
            event.preventDefault();
            first?.focus();
        } else if (event.key === "Enter" && this.search.value.trim() !== "") {
            first?.click();
        } else if (event.key === "Escape" && this.search.value !== "") {
            event.stopPropagation();
            this.search.value = "";
            this.refresh();
        }
    }

    /** Puts a field in the place of a title. */
    #rename(item, summary) {
        const field = make("input", { type: "text", maxlength: "200", "aria-label": "Title", class: "rename" });
        field.value = summary.title;
        this.isRenaming = true;
        this.shown = "";
        const finish = (isKept) => {
            if (this.isRenaming) {
                this.isRenaming = false;
                const title = field.value.trim();
                const isNew = isKept && title !== "" && title !== summary.title;
                isNew ? this.actions.rename(summary.id, title) : this.refresh();
            }
        };
        field.addEventListener("blur", () => finish(true));
        field.addEventListener("keydown", (event) => {
            if (event.key === "Enter" || event.key === "Escape") {
                event.stopPropagation();
                finish(event.key === "Enter");
            }
        });
        item.replaceChildren(field);
        field.select();
    }

    // MARK: Narrow pages, where the list lies over the thread

    get isOverlay() {
        return matchMedia("(max-width: 52rem)").matches;
    }

    open() {
        document.body.classList.add("sidebar-open");
        document.body.classList.remove("sidebar-closed");
        byId("open-sidebar").setAttribute("aria-expanded", "true");
        byId("main").inert = this.isOverlay;
        byId("new").focus();
    }

    close() {
        document.body.classList.remove("sidebar-open");
        document.body.classList.toggle("sidebar-closed", !this.isOverlay);
        byId("open-sidebar").setAttribute("aria-expanded", "false");
        byId("main").inert = false;
        byId("open-sidebar").focus();
    }

    get isOpen() {
        const { classList } = document.body;
        return this.isOverlay ? classList.contains("sidebar-open") : !classList.contains("sidebar-closed");
    }

    toggle() {
        this.isOpen ? this.close() : this.open();
    }
}
