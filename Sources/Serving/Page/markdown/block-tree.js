/**
 * The tree of blocks that a reader builds, and the way back from a line that has not ended.
 *
 * A line that is still being written is tried by `preview` and taken back by `undo`: every change goes through `add`,
 * `removeLast` or `set`, which note how to take it back.
 */
export class BlockTree {
    constructor() {
        this.root = { kind: "document", children: [] };
        this.path = [this.root];
        this.undoing = null;
        this.pathBefore = null;
    }

    /** The innermost open block. */
    get last() {
        return this.path[this.path.length - 1];
    }

    /** Reads an unfinished line, by the `line` of whoever extends this, so that `undo` can take it back. */
    preview(text) {
        this.undoing = [];
        this.pathBefore = [...this.path];
        this.line(text);
    }

    /** Takes back what `preview` did. */
    undo() {
        if (this.undoing === null) {
            return;
        }
        while (this.undoing.length > 0) {
            this.undoing.pop()();
        }
        this.path = this.pathBefore;
        this.undoing = null;
    }

    add(list, item) {
        list.push(item);
        this.undoing?.push(() => list.pop());
    }

    removeLast(list) {
        const item = list.pop();
        this.undoing?.push(() => list.push(item));
        return item;
    }

    set(target, name, value) {
        const before = target[name];
        target[name] = value;
        this.undoing?.push(() => { target[name] = before; });
    }

    /** Puts a block below the innermost open one and opens it. */
    push(block) {
        const parent = this.last;
        this.#noteBlankLines(parent);
        this.add(parent.children, block);
        this.path.push(block);
    }

    /** A list is loose if a blank line stands between its items or inside one of them. */
    #noteBlankLines(parent) {
        const item = parent.kind === "list" ? parent.children[parent.children.length - 1] : parent;
        if (item?.kind === "item" && item.blank && item.children.length > 0) {
            this.set(parent.kind === "list" ? parent : this.path[this.path.length - 2], "loose", true);
        }
        for (const block of this.path) {
            if (block.blank) {
                this.set(block, "blank", false);
            }
        }
    }

    /** Closes all blocks but the first `length`. */
    closeTo(length) {
        this.path.length = Math.min(length, this.path.length);
    }
}
