/**
 * Blocks as trees: what each kind of block looks like.
 *
 * A container has a frame, the elements around its children, and its children are shown one by one; any other block is
 * shown whole. Every block takes its direction from its first letter.
 */
import { highlight } from "../code/highlight.js";
import { languageName } from "../code/languages.js";
import { element, visible } from "../rendering/tree.js";
import { formulaNode } from "../tex/formula.js";
import { inline } from "./inline.js";
import { cellsOf } from "./starts.js";

/**
 * The elements around a container's children.
 *
 * - Returns: `{key, node, inner}`: frames of one key differ only in the outermost attributes; `inner` is the way from
 *   the outermost element to the one that holds the children, as indices.
 */
export function frame(block) {
    switch (block.kind) {
    case "quote":
        return { key: "quote", node: element("blockquote", { dir: "auto" }), inner: [] };
    case "list":
        return listFrame(block);
    case "item":
        return { key: "item", node: element("li", { dir: "auto" }), inner: [] };
    case "table":
        return { key: "table", node: tableNode(), inner: [0, 0] };
    default:
        return codeFrame(block);
    }
}

function tableNode() {
    return element("div", { class: "table" }, element("table", {}, element("tbody")));
}

function listFrame(list) {
    const attributes = list.loose ? { class: "loose" } : {};
    if (list.start === null) {
        return { key: "bullets", node: element("ul", attributes), inner: [] };
    }
    const start = list.start === 1 ? {} : { start: String(list.start) };
    return { key: "numbers", node: element("ol", { ...attributes, ...start }), inner: [] };
}

function codeFrame(code) {
    const name = visible(languageName(code.language));
    const label = `Copy this ${name || "code"}`;
    const copy = element("button", { type: "button", class: "copy", "aria-label": label }, "Copy");
    const bar = element("div", { class: "bar" }, element("span", {}, name), copy);
    const pre = element("pre", { dir: "ltr" }, element("code"));
    return { key: `code ${code.language}`, node: element("div", { class: "code" }, bar, pre), inner: [1, 0] };
}

/**
 * The tree of a block that is no container.
 *
 * - `parent`, `index`: where it stands.
 * - `open`: more of it may come.
 */
export function view(block, parent, index, open) {
    switch (block.kind) {
    case "heading":
        return element(`h${Math.min(6, block.level + 2)}`, { dir: "auto" }, inline(block.lines[0], open));
    case "rule":
        return element("hr");
    case "formula":
        return formulaView(block, open);
    case "row":
        return rowView(block, open);
    case "line":
        return lineView(block, parent, index);
    default:
        return paragraphView(block, parent, index, open);
    }
}

function paragraphView(paragraph, parent, index, open) {
    const lines = paragraph.lines;
    // This may become the head of a table, so it is not shown as a text before.
    const shown = open && lines[lines.length - 1].startsWith("|") ? lines.slice(0, -1) : lines;
    const text = shown.join("\n").trimEnd();
    const task = parent.kind === "item" && index === 0 ? /^\[([ xX])\]\s/.exec(text) : null;
    if (task === null) {
        return element("p", { dir: "auto" }, inline(text, open));
    }
    const isDone = task[1] !== " ";
    const box = element("span", { class: "task", "aria-label": isDone ? "done" : "to do" }, isDone ? "☑" : "☐");
    return element("p", { dir: "auto" }, box, " ", inline(text.slice(task[0].length), open));
}

function formulaView(formula, open) {
    const source = formula.lines.join("\n").trim();
    if (formula.complete) {
        return element("div", { class: "formula" }, formulaNode(source, true));
    }
    if (open) {
        return element("div", { class: "formula pending" }, visible(source));
    }
    const opener = formula.opener.startsWith("\\begin") ? "" : formula.opener;
    return element("p", { dir: "auto" }, visible(`${opener}${source}`));
}

function rowView(row, open) {
    const cells = cellsOf(row.lines[0]);
    const tag = row.isHead ? "th" : "td";
    const scope = row.isHead ? { scope: "col" } : {};
    return element("tr", {}, row.alignments.map((alignment, column) => {
        const attributes = alignment === "" ? { ...scope, dir: "auto" } : { ...scope, dir: "auto", class: alignment };
        return element(tag, attributes, inline(cells[column] ?? "", open && column >= cells.length - 1));
    }));
}

/** A line of code; what it leaves open (a comment, a string) is kept for the next one. */
function lineView(line, code, index) {
    const before = index === 0 ? "" : code.children[index - 1].after;
    const { nodes, after } = highlight(line.lines[0], code.language, before);
    line.after = after;
    return element("span", { class: "line" }, nodes, "\n");
}
