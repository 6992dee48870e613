/**
 * Markdown's blocks, read line by line: each line is looked at once, so the time is linear in the text.
 *
 * The dialect is what models write: CommonMark and GitHub's tables, with four differences. Indented text is no code;
 * `---` under a paragraph is a rule, never a heading; two columns are enough to belong to a list item; formulas between
 * `$$`, `\[ \]` or in an AMS environment are blocks. HTML is text.
 *
 * A block is `{kind, children}` for a document, quote, list, item, code or table, or `{kind, lines}` for a paragraph,
 * heading, row or formula. `BlockTree` keeps them; `path` holds the open ones from the document down.
 */
import { BlockTree } from "./block-tree.js";
import * as starts from "./starts.js";

/** Deeper quotes and lists are read as text, so that nothing that walks the tree can exhaust the stack. */
const deepest = 24;

const containers = new Set(["document", "quote", "list", "item"]);

export class BlockReader extends BlockTree {
    /** Reads one line without its line break. */
    line(text) {
        const rest = { text, at: 0 };
        const matched = this.#matchContainers(rest);
        if (matched === this.path.length - 1 && this.#continueLeaf(rest)) {
            return;
        }
        if (starts.isBlank(rest)) {
            this.#blank(matched);
        } else if (this.#isLazy(rest, matched)) {
            this.add(this.last.lines, starts.remainder(rest).trim());
        } else {
            this.#open(rest, matched);
        }
    }

    /** Closes all blocks. A formula that never ended was none. */
    finish() {
        this.closeTo(1);
    }

    /** Whether a paragraph goes on although the markers before it are left out. */
    #isLazy(rest, matched) {
        return this.last.kind === "paragraph" && matched < this.path.length - 1 && !this.#startsBlock(rest, matched);
    }

    // MARK: Open blocks

    /** Consumes the markers of open quotes and items; returns the index in `path` of the last block that may go on. */
    #matchContainers(rest) {
        let index = 1;
        for (; index < this.path.length; index++) {
            const block = this.path[index];
            if (!containers.has(block.kind)) {
                break;
            }
            if (block.kind === "quote" && !starts.takeQuote(rest)) {
                break;
            }
            if (block.kind === "item" && !this.#matchItem(block, rest)) {
                break;
            }
        }
        const isAtLeaf = index < this.path.length && !containers.has(this.path[index].kind);
        return isAtLeaf ? index : index - 1;
    }

    #matchItem(item, rest) {
        if (starts.isBlank(rest)) {
            return true;
        }
        if (starts.indentation(rest) < item.indent + 2) {
            return false;
        }
        starts.takeColumns(rest, item.content);
        return true;
    }

    /** Gives the line to the innermost block where that is no container; false if the line does not belong there. */
    #continueLeaf(rest) {
        switch (this.last.kind) {
        case "code":
            this.#continueCode(rest);
            return true;
        case "formula":
            return this.#continueFormula(rest);
        case "table":
            return this.#continueTable(rest);
        case "paragraph":
            return this.#continueParagraph(rest);
        default:
            return false;
        }
    }

    #continueCode(rest) {
        if (starts.closesFence(rest, this.last.fence)) {
            this.closeTo(this.path.length - 1);
            return;
        }
        starts.takeColumns(rest, this.last.indent);
        this.add(this.last.children, { kind: "line", lines: [starts.remainder(rest)] });
    }

    #continueFormula(rest) {
        const formula = this.last;
        if (starts.isBlank(rest)) {
            this.closeTo(this.path.length - 1);
            return false;
        }
        this.#feedFormula(formula, starts.remainder(rest));
        return true;
    }

    /** Adds a line to a formula, up to its end; what stands behind that begins a new line. */
    #feedFormula(formula, text) {
        const end = text.indexOf(formula.closer);
        if (end < 0) {
            this.add(formula.lines, text);
            return;
        }
        // An environment's end is a part of the formula.
        const keep = formula.closer.startsWith("\\end") ? formula.closer.length : 0;
        this.add(formula.lines, text.slice(0, end + keep));
        this.set(formula, "complete", true);
        this.closeTo(this.path.length - 1);
        const after = { text: text.slice(end + formula.closer.length), at: 0 };
        if (!starts.isBlank(after) && !/^\s*[.,;:]\s*$/.test(after.text)) {
            this.#open(after, this.path.length - 1);
        }
    }

    #continueTable(rest) {
        if (starts.isBlank(rest) || !rest.text.includes("|", rest.at) || starts.startsBlock(rest)) {
            this.closeTo(this.path.length - 1);
            return false;
        }
        const { children, alignments } = this.last;
        this.add(children, { kind: "row", lines: [starts.remainder(rest)], alignments });
        return true;
    }

    #continueParagraph(rest) {
        if (starts.isBlank(rest)) {
            this.closeTo(this.path.length - 1);
            return false;
        }
        const alignments = starts.tableAlignments(rest, this.last.lines[this.last.lines.length - 1]);
        if (alignments !== null) {
            this.#makeTable(alignments);
            return true;
        }
        if (this.#startsBlock(rest, this.path.length - 1)) {
            this.closeTo(this.path.length - 1);
            return false;
        }
        this.add(this.last.lines, starts.remainder(rest).trimStart());
        return true;
    }

    /** The last line of the open paragraph becomes the head of a table. */
    #makeTable(alignments) {
        const head = this.removeLast(this.last.lines);
        const isEmpty = this.last.lines.length === 0;
        this.closeTo(this.path.length - 1);
        if (isEmpty) {
            this.removeLast(this.last.children);
        }
        const table = { kind: "table", children: [], alignments };
        table.children.push({ kind: "row", lines: [head], alignments, isHead: true });
        this.push(table);
    }

    // MARK: New blocks

    /** Whether the line begins another block than the paragraph it would continue. */
    #startsBlock(rest, matched) {
        // Behind a list's own items every number goes on with the list; elsewhere only 1 interrupts a paragraph.
        return starts.startsBlock(rest, this.path[matched].kind === "list");
    }

    #blank(matched) {
        if (this.last.kind !== "document") {
            const end = this.#firstQuoteBehind(matched);
            if (end < this.path.length) {
                this.closeTo(end);
            }
        }
        for (const block of this.path) {
            if (block.kind === "item") {
                this.set(block, "blank", true);
            }
        }
    }

    /** A blank line without its marker ends a quote, and with it all that is open inside. */
    #firstQuoteBehind(matched) {
        for (let index = matched + 1; index < this.path.length; index++) {
            if (this.path[index].kind === "quote") {
                return index;
            }
        }
        return this.path.length;
    }

    #open(rest, matched) {
        this.closeTo(matched + 1);
        let canNest = true;
        while (canNest && this.path.length < deepest) {
            canNest = this.#openContainer(rest);
        }
        if (this.last.kind === "list") {
            this.closeTo(this.path.length - 1);
        }
        if (!starts.isBlank(rest)) {
            this.#openLeaf(rest);
        }
    }

    #openContainer(rest) {
        if (starts.isRule(rest)) {
            return false;
        }
        if (starts.takeQuote(rest)) {
            this.#leaveList();
            this.push({ kind: "quote", children: [] });
            return true;
        }
        const marker = starts.takeMarker(rest);
        if (marker === null) {
            return false;
        }
        if (this.last.kind !== "list" || this.last.type !== marker.type) {
            this.#leaveList();
            this.push({ kind: "list", children: [], type: marker.type, start: marker.number, loose: false });
        }
        this.push({ kind: "item", children: [], ...marker, blank: false });
        return !starts.isBlank(rest);
    }

    #leaveList() {
        if (this.last.kind === "list") {
            this.closeTo(this.path.length - 1);
        }
    }

    #openLeaf(rest) {
        const fence = starts.fence(rest);
        const heading = fence === null ? starts.heading(rest) : null;
        if (fence !== null) {
            this.push({ kind: "code", children: [], ...fence });
        } else if (heading !== null) {
            this.push({ kind: "heading", ...heading });
            this.closeTo(this.path.length - 1);
        } else if (starts.isRule(rest)) {
            this.push({ kind: "rule", lines: [] });
            this.closeTo(this.path.length - 1);
        } else {
            this.#openFormulaOrParagraph(rest);
        }
    }

    #openFormulaOrParagraph(rest) {
        const formula = starts.formula(rest);
        if (formula === null) {
            this.push({ kind: "paragraph", lines: [starts.remainder(rest).trimStart()] });
            return;
        }
        const block = { kind: "formula", lines: [], opener: formula.opener, closer: formula.closer, complete: false };
        this.push(block);
        this.#feedFormula(block, formula.text);
    }
}
