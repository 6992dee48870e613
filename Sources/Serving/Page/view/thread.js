/**
 * The thread: the shown messages of the current conversation, and where the page is scrolled to.
 */
import { childrenOf, shownMessages } from "../conversation/conversation.js";
import { byId, copy } from "./elements.js";
import { MessageView } from "./message.js";

/** So near to the end the page follows what is written. */
const followDistance = 90;

export class ThreadView {
    /** `actions`: as `MessageView` takes them. */
    constructor(actions) {
        this.actions = actions;
        this.views = [];
        this.scroller = byId("scroller");
        this.list = byId("messages");
        this.jump = byId("jump");
        this.isFollowing = true;
        this.frame = null;
        this.scroller.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
        this.jump.addEventListener("click", () => this.scrollToEnd());
        this.list.addEventListener("click", (event) => copyCode(event));
    }

    /**
     * Shows a conversation; `isWriting` tells whether a message is being written here. Messages that have not changed
     * keep their elements, and with them what is selected or unfolded.
     */
    show(conversation, isWriting) {
        const shown = shownMessages(conversation);
        const before = new Map(this.views.map((view) => [view.message.id, view]));
        this.views = shown.map((message, depth) => {
            const siblings = childrenOf(conversation, message.parent);
            const place = {
                depth, index: siblings.findIndex((one) => one.id === message.id), count: siblings.length,
                isWriting: isWriting(message),
            };
            const view = before.get(message.id);
            return view?.shows(message, place) ? view : new MessageView(message, place, this.actions);
        });
        showChildren(this.list, this.views.map((view) => view.element));
        byId("empty").hidden = shown.length > 0;
    }

    /** Shows what was written into a message, with the next frame, or at once where it is complete. */
    update(message) {
        const view = this.views.find((one) => one.message === message);
        if (view === undefined) {
            return;
        }
        if (!message.isWriting) {
            cancelAnimationFrame(this.frame);
            this.frame = null;
            this.#updateNow(view);
        } else if (this.frame === null) {
            this.frame = requestAnimationFrame(() => {
                this.frame = null;
                this.#updateNow(view);
            });
        }
    }

    #updateNow(view) {
        if (view.message.isWriting || view.renderer?.finished === false) {
            view.update();
        }
        if (this.isFollowing) {
            this.scrollToEnd();
        }
    }

    scrollToEnd() {
        this.scroller.scrollTop = this.scroller.scrollHeight;
        this.isFollowing = true;
        this.jump.hidden = true;
    }

    #noteScroll() {
        const { scrollHeight, scrollTop, clientHeight } = this.scroller;
        this.isFollowing = scrollHeight - scrollTop - clientHeight < followDistance;
        this.jump.hidden = this.isFollowing;
    }

    /** Moves the focus to the message before (-1) or behind (1) the one that has it. */
    step(direction) {
        const index = this.views.findIndex((view) => view.element.contains(document.activeElement));
        const next = index < 0 ? (direction < 0 ? this.views.length - 1 : 0) : index + direction;
        const element = this.views[next]?.element;
        element?.focus();
        element?.scrollIntoView({ block: "nearest" });
    }

    /** The view of the last question, or undefined. */
    get lastQuestion() {
        return this.views.findLast((view) => view.message.role === "user");
    }

    /** Whether a question is being edited. */
    get isEditing() {
        return this.views.some((view) => view.element.classList.contains("editing"));
    }

    viewOf(message) {
        return this.views.find((view) => view.message.id === message.id);
    }
}

/** Makes these the children of an element; those that stand in the same place are not moved. */
function showChildren(parent, children) {
    const kept = children.findIndex((child, index) => parent.children[index] !== child);
    if (kept >= 0 || parent.children.length > children.length) {
        const first = kept < 0 ? children.length : kept;
        [...parent.children].slice(first).forEach((child) => child.remove());
        parent.append(...children.slice(first));
    }
}

/** Copies a block of code when its button is pressed. */
function copyCode(event) {
    const button = event.target.closest?.("button.copy");
    const code = button?.closest(".code")?.querySelector("code");
    if (code) {
        copy(code.textContent, button);
    }
}
