/**
 * One message in the thread.
 */
import { StreamRenderer, render } from "../rendering/stream.js";
import { copy, icon, iconButton, make } from "./elements.js";
import { answerFigures, clock, counted, duration } from "./numbers.js";

function stateOf(message, place) {
    return JSON.stringify([message.updated, place]);
}

/** How deep the colour of the line beside the thread gets. */
const depths = 7;

export class MessageView {
    /**
     * - `place`: `{depth, index, count, isWriting}`: how far down the thread it stands, which of its siblings it is,
     *   and whether an answer is being written into it.
     * - `actions`: `{edit, retry, step}`, called with the message.
     */
    constructor(message, place, actions) {
        this.message = message;
        this.place = place;
        this.actions = actions;
        this.state = stateOf(message, place);
        this.body = make("div", { class: "body" });
        this.element = make("article", {
            class: `message ${message.role} depth-${Math.min(place.depth, depths - 1)}`, tabindex: "-1",
            "data-id": message.id, "aria-label": `${this.#name()}, ${clock(message.created)}`,
        }, this.#margin(), this.body);
        message.role === "user" ? this.#showQuestion() : this.#showAnswer();
    }

    /** Whether this view still shows the message as it is, in this place. */
    shows(message, place) {
        const isIdle = !place.isWriting && !this.element.classList.contains("editing");
        return isIdle && message === this.message && stateOf(message, place) === this.state;
    }

    #name() {
        return this.message.role === "user" ? "You" : this.message.model || "Answer";
    }

    #margin() {
        const { created } = this.message;
        const time = make("time", { datetime: new Date(created).toISOString() }, clock(created));
        const name = this.#name();
        return make("div", { class: "margin" }, make("span", { class: "who", title: name }, name), time);
    }

    // MARK: Questions

    #showQuestion() {
        const { content, files } = this.message;
        const chips = files.map((file) => fileChip(file));
        this.footer = make("footer", {});
        if (chips.length > 0) {
            this.body.append(make("ul", { class: "chips", "aria-label": "Attached files" }, ...chips));
        }
        if (content !== "") {
            this.body.append(make("div", { class: "question", dir: "auto" }, content));
        }
        this.body.append(this.footer);
        this.footer.append(
            iconButton("copy", "Copy this message", (event) => copy(content, event.currentTarget)),
            iconButton("edit", "Edit this message", () => this.actions.edit(this)), ...this.#siblings());
    }

    /** Puts a field with the message's text in its place. */
    startEditing(finish) {
        const field = make("textarea", { "aria-label": "Edit this message", rows: "3" });
        field.value = this.message.content;
        const form = make("form", { class: "edit" }, field, make("div", { class: "row" },
            make("button", { type: "submit", class: "primary" }, "Send"),
            make("button", { type: "button", class: "text", on: { click: () => this.#endEditing(form) } }, "Cancel")));
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            finish(field.value);
        });
        field.addEventListener("keydown", (event) => {
            if (event.key === "Escape") {
                event.stopPropagation();
                this.#endEditing(form);
            } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
                event.preventDefault();
                finish(field.value);
            }
        });
        this.element.classList.add("editing");
        this.body.prepend(form);
        field.style.height = `${Math.min(field.scrollHeight + 4, 400)}px`;
        field.focus();
    }

    #endEditing(form) {
        form.remove();
        this.element.classList.remove("editing");
        this.element.focus();
    }

    // MARK: Answers

    #showAnswer() {
        this.thought = null;
        this.answer = make("div", { class: "prose" });
        const wave = make("span", { class: "wave", "aria-hidden": "true" });
        this.waiting = make("p", { class: "waiting" }, wave, "Reading");
        this.footer = make("footer", {});
        this.body.append(this.answer, this.footer);
        if (this.place.isWriting) {
            this.body.insertBefore(this.waiting, this.answer);
            this.renderer = new StreamRenderer(document, this.answer);
            this.shown = { content: 0, reasoning: 0 };
            this.update();
        } else {
            this.#showThought();
            render(document, this.answer, this.message.content);
            this.#showFooter();
        }
    }

    /** Shows what has been written since the last time. */
    update() {
        const { content, reasoning, isWriting } = this.message;
        if (reasoning.length + content.length > 0) {
            this.waiting.remove();
        }
        if (reasoning.length > this.shown.reasoning) {
            this.#showThought();
            this.thought.append(reasoning.slice(this.shown.reasoning));
            this.shown.reasoning = reasoning.length;
        }
        if (content.length > this.shown.content) {
            this.renderer.append(content.slice(this.shown.content));
            this.shown.content = content.length;
        }
        this.thought?.update(content === "" && isWriting);
        this.renderer.show();
        this.answer.classList.toggle("writing", isWriting && content !== "");
        if (!isWriting) {
            this.waiting.remove();
            this.renderer.finish();
            this.thought?.finish();
            this.#showFooter();
            this.place = { ...this.place, isWriting: false };
            this.state = stateOf(this.message, this.place);
        }
    }

    #showThought() {
        if (this.thought === null && this.message.reasoning !== "") {
            this.thought = new ThoughtView(this.message, this.place.isWriting);
            this.body.insertBefore(this.thought.element, this.answer);
        }
    }

    #showFooter() {
        const { message } = this;
        const isCut = message.isWriting && !this.place.isWriting;
        const end = isCut ? "This answer was interrupted." : endings[message.finish] ?? "";
        const parts = [];
        if (message.error) {
            parts.push(make("p", { class: "problem", role: "alert" }, message.error));
        } else if (end !== "") {
            parts.push(make("p", { class: "end" }, end));
        }
        const copyAnswer = (event) => copy(message.content, event.currentTarget);
        const row = make("div", { class: "row" },
            message.content === "" ? null : iconButton("copy", "Copy this answer", copyAnswer),
            iconButton("retry", "Try again; this answer is kept", () => this.actions.retry(message)),
            ...this.#siblings(),
            make("span", { class: "figures" }, answerFigures(message).join(" · ")));
        this.footer.replaceChildren(...parts, row);
    }

    /** "2 / 3" with arrows, where there are several messages in this place. */
    #siblings() {
        const { index, count } = this.place;
        if (count < 2) {
            return [];
        }
        const what = this.message.role === "user" ? "version" : "answer";
        const previous = iconButton("left", `Previous ${what}`, () => this.actions.step(this.message, -1));
        const next = iconButton("right", `Next ${what}`, () => this.actions.step(this.message, 1));
        previous.disabled = index === 0;
        next.disabled = index === count - 1;
        const place = make("span", { "aria-label": `${what} ${index + 1} of ${count}` }, `${index + 1} / ${count}`);
        return [make("span", { class: "siblings" }, previous, place, next)];
    }
}

const endings = { length: "The answer was cut off at its longest length.", stopped: "Stopped." };

/** The thinking before an answer, folded; it is rendered only once someone looks. */
class ThoughtView {
    constructor(message, isWriting) {
        this.message = message;
        this.label = make("span", {}, "");
        this.text = make("div", { class: "prose thought" });
        const summary = make("summary", {}, icon("right"), this.label);
        this.element = make("details", { class: "thinking" }, summary, this.text);
        this.renderer = new StreamRenderer(document, this.text);
        this.waiting = isWriting ? "" : message.reasoning;
        this.isFinished = !isWriting;
        this.element.addEventListener("toggle", () => this.#show());
        this.update(false);
    }

    append(text) {
        this.waiting += text;
    }

    /** `isThinking`: no word of the answer has come yet. */
    update(isThinking) {
        const time = this.message.timing?.thinking;
        const spent = time >= 50 ? ` for ${duration(time)}` : "";
        const tokens = this.message.usage?.reasoning > 0 ? `, ${counted(this.message.usage.reasoning, "token")}` : "";
        const text = isThinking ? `Thinking${spent}` : `Thought${spent}${tokens}`;
        if (this.label.textContent !== text) {
            this.label.textContent = text;
        }
        this.element.classList.toggle("active", isThinking);
        this.#show();
    }

    finish() {
        this.isFinished = true;
        this.update(false);
    }

    #show() {
        if (!this.element.open || this.renderer.finished) {
            return;
        }
        this.renderer.append(this.waiting);
        this.waiting = "";
        this.isFinished ? this.renderer.finish() : this.renderer.show();
    }
}

/** A file with a message or in the composer; `remove` makes a button that takes it away. */
export function fileChip(file, remove = null) {
    const lines = file.text.replace(/\n$/, "").split("\n").length;
    const chip = make("li", { class: "chip", title: file.name }, icon("file"),
        make("span", { class: "name" }, file.name), make("span", { class: "detail" }, counted(lines, "line")));
    if (remove !== null) {
        chip.append(iconButton("close", `Remove ${file.name}`, remove));
    }
    return chip;
}
