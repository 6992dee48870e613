/**
 * Markdown that is still being written, into the page.
 *
 * However the text is cut into pieces, the page ends up the same. Blocks that are closed are never touched again; of
 * the open ones only what changed is. An open paragraph is read anew each time, which is why long ones are shown less
 * often: the time stays linear in the length of the text.
 */
import { BlockReader } from "../markdown/blocks.js";
import { frame, view } from "../markdown/views.js";
import { create, removeFrom, update, updateAttributes } from "./dom.js";

/** Up to this many characters what is open is shown anew each time; beyond, whenever it has grown by a part. */
const alwaysShown = 8000;
const growth = 1 / 8;

/** The beginning of a line that does not say yet what it begins: `-` may become a bullet or a rule. */
const undecided = /^[\s>]*(?:[-*+_=~#|:\s]+|`{1,2}|[`~]{3,}[^`]*|\d{1,9}[.)]?|\$|\\|\\b[a-z]{0,4}|\\begin\{[a-z*]*)?$/;

export class StreamRenderer {
    /** Shows a text inside `target`, an element without children. */
    constructor(document, target) {
        this.document = document;
        this.reader = new BlockReader();
        this.mount = { inner: target, stable: 0, views: new Map() };
        this.tail = [];
        this.tailLength = 0;
        this.openLength = 0;
        this.shownLength = 0;
        this.pendingReturn = false;
        this.finished = false;
    }

    /** Takes the next piece of the text; `show` brings it into the page. */
    append(piece) {
        const lines = this.#normalized(piece).split("\n");
        if (lines.length > 1) {
            this.reader.undo();
        }
        for (let index = 0; index < lines.length; index++) {
            this.tail.push(lines[index]);
            this.tailLength += lines[index].length;
            if (index < lines.length - 1) {
                this.#commit();
            }
        }
    }

    /** Line breaks as `\n`, whatever they were and wherever the pieces were cut. */
    #normalized(piece) {
        const text = (this.pendingReturn ? "\r" : "") + piece;
        this.pendingReturn = text.endsWith("\r");
        return (this.pendingReturn ? text.slice(0, -1) : text).replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd");
    }

    /** Gives the line that has ended to the reader. */
    #commit() {
        const before = this.reader.last;
        this.reader.line(this.tail.join(""));
        const last = this.reader.last;
        const grows = last.kind === "paragraph" || last.kind === "formula";
        this.openLength = grows ? (last === before ? this.openLength : 0) + this.tailLength : 0;
        this.shownLength = last === before ? this.shownLength : 0;
        this.tail = [];
        this.tailLength = 0;
    }

    /** Shows what has come, unless that would be too much work for what is new. */
    show() {
        const length = this.openLength + this.tailLength;
        if (this.finished || (length > alwaysShown && length < this.shownLength * (1 + growth))) {
            return;
        }
        this.shownLength = length;
        this.reader.undo();
        this.#noteStable();
        const tail = this.tail.join("");
        this.tail = [tail];
        if (tail !== "" && !undecided.test(tail.slice(0, 200))) {
            this.reader.preview(tail);
        }
        this.#sync(this.reader.root, this.mount, true);
    }

    /** Shows the whole text; nothing more may come. */
    finish() {
        this.reader.undo();
        if (this.pendingReturn) {
            this.append("\n");
        }
        if (this.tailLength > 0) {
            this.#commit();
        }
        this.reader.finish();
        this.finished = true;
        this.#noteStable();
        this.#sync(this.reader.root, this.mount, true);
    }

    /** All children of an open block but its last can no longer change; that one can if it is open itself. */
    #noteStable() {
        const path = this.reader.path;
        for (let index = 0; index < path.length; index++) {
            const count = path[index].children?.length ?? 0;
            path[index].stable = index + 1 < path.length ? count - 1 : count;
        }
    }

    #sync(block, mount, isLast) {
        const children = block.children;
        for (let index = mount.stable; index < children.length; index++) {
            this.#showChild(block, index, mount, isLast && index === children.length - 1);
        }
        removeFrom(mount.inner, children.length);
        const stable = Math.max(mount.stable, block.stable ?? 0);
        for (let index = mount.stable; index < stable; index++) {
            mount.views.delete(index);
        }
        for (const index of mount.views.keys()) {
            if (index >= children.length) {
                mount.views.delete(index);
            }
        }
        mount.stable = stable;
    }

    #showChild(parent, index, mount, isLast) {
        const child = parent.children[index];
        if (child.children !== undefined) {
            this.#sync(child, this.#mountOf(child, index, mount), isLast);
            return;
        }
        const open = isLast && !this.finished && (child === this.reader.last || this.reader.undoing !== null);
        const node = view(child, parent, index, open);
        const before = mount.views.get(index);
        if (before?.node === undefined && before !== undefined) {
            mount.inner.replaceChild(create(this.document, node), mount.inner.childNodes[index]);
        } else {
            update(this.document, mount.inner, index, before?.node, node);
        }
        mount.views.set(index, { node });
    }

    /** The frame that shows a container, made or brought up to date. */
    #mountOf(container, index, mount) {
        const { key, node, inner } = frame(container);
        const before = mount.views.get(index);
        if (before?.key === key) {
            updateAttributes(before.outer, before.attributes, node.attributes);
            before.attributes = node.attributes;
            return before;
        }
        const outer = create(this.document, node);
        if (before === undefined) {
            mount.inner.appendChild(outer);
        } else {
            mount.inner.replaceChild(outer, mount.inner.childNodes[index]);
        }
        const made = {
            key, outer, attributes: node.attributes, stable: 0, views: new Map(),
            inner: inner.reduce((place, step) => place.childNodes[step], outer),
        };
        mount.views.set(index, made);
        return made;
    }
}

/** Shows a whole text inside an element without children. */
export function render(document, target, text) {
    const renderer = new StreamRenderer(document, target);
    renderer.append(text);
    renderer.finish();
}
