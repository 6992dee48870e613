/**
 * The field in which a message is written, and the files that go with it.
 */
import { longPaste, readTextFile } from "../conversation/files.js";
import { announce, byId } from "./elements.js";
import { fileChip } from "./message.js";
import { problem } from "./notices.js";

/** The field grows with its text up to this height, in pixels. */
const tallest = 320;

export class Composer {
    /** `actions`: `{send(content, files), stop(), editLast()}`; `send` returns whether the message was taken. */
    constructor(actions) {
        this.actions = actions;
        this.field = byId("entry");
        this.button = byId("send");
        this.files = [];
        this.isWriting = false;
        byId("composer").addEventListener("submit", (event) => this.#submit(event));
        this.field.addEventListener("input", () => this.#adjust());
        this.field.addEventListener("keydown", (event) => this.#key(event));
        this.field.addEventListener("paste", (event) => this.#paste(event));
        byId("attach").addEventListener("click", () => byId("files").click());
        byId("files").addEventListener("change", (event) => {
            this.attach([...event.target.files]);
            event.target.value = "";
        });
        this.#acceptDrops();
        this.#adjust();
    }

    /** Whether an answer is being written: the button then stops it. */
    setWriting(isWriting) {
        this.isWriting = isWriting;
        this.#adjust();
    }

    focus() {
        this.field.focus();
    }

    /** Puts text back, for instance after a request that could not be sent. */
    restore(content, files) {
        this.field.value = content;
        this.files = files;
        this.#showFiles();
    }

    #submit(event) {
        event.preventDefault();
        if (this.isWriting) {
            this.actions.stop();
            return;
        }
        const content = this.field.value.trim();
        if ((content !== "" || this.files.length > 0) && this.actions.send(content, this.files)) {
            this.restore("", []);
        }
    }

    #key(event) {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            if (!this.isWriting) {
                byId("composer").requestSubmit();
            }
        } else if (event.key === "ArrowUp" && !event.altKey && !event.shiftKey && this.#isBlank) {
            event.preventDefault();
            this.actions.editLast();
        }
    }

    get #isBlank() {
        return this.field.value.trim() === "" && this.files.length === 0;
    }

    #adjust() {
        this.button.disabled = this.#isBlank && !this.isWriting;
        this.button.classList.toggle("stop", this.isWriting);
        this.button.setAttribute("aria-label", this.isWriting ? "Stop the answer" : "Send");
        this.button.title = this.isWriting ? "Stop the answer (Esc)" : "Send (Enter)";
        byId("send-icon").setAttribute("href", this.isWriting ? "#icon-stop" : "#icon-send");
        this.field.style.height = "auto";
        this.field.style.height = `${Math.min(this.field.scrollHeight, tallest)}px`;
    }

    // MARK: Files

    /** Attaches files one after another; those that cannot be are named in a notice. */
    async attach(files) {
        for (const file of files) {
            try {
                const used = this.files.reduce((sum, one) => sum + one.size, 0);
                this.files.push(await readTextFile(file, used));
                announce(`${file.name} attached`);
            } catch (error) {
                problem(error);
            }
        }
        this.#showFiles();
        this.focus();
    }

    #showFiles() {
        const chips = this.files.map((file) => fileChip(file, () => {
            this.files = this.files.filter((one) => one !== file);
            this.#showFiles();
            this.focus();
        }));
        byId("attached").replaceChildren(...chips);
        byId("attached").hidden = chips.length === 0;
        this.#adjust();
    }

    #paste(event) {
        const files = [...event.clipboardData?.files ?? []];
        const text = event.clipboardData?.getData("text/plain") ?? "";
        if (files.length > 0) {
            event.preventDefault();
            this.attach(files);
        } else if (text.length > longPaste) {
            event.preventDefault();
            this.attach([new File([text], "pasted text.txt")]);
        }
    }

    #acceptDrops() {
        const target = byId("main");
        const isFile = (event) => event.dataTransfer?.types.includes("Files");
        target.addEventListener("dragover", (event) => {
            if (isFile(event)) {
                event.preventDefault();
                document.body.classList.add("dragging");
            }
        });
        target.addEventListener("dragleave", (event) => {
            if (!target.contains(event.relatedTarget)) {
                document.body.classList.remove("dragging");
            }
        });
        target.addEventListener("drop", (event) => {
            document.body.classList.remove("dragging");
            if (isFile(event)) {
                event.preventDefault();
                this.attach([...event.dataTransfer.files]);
            }
        });
    }
}
