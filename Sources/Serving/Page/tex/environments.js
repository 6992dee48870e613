/**
 * TeX's environments: matrices, cases and aligned rows.
 */
import { element } from "../rendering/tree.js";
import { tableNode } from "./reader.js";

const brackets = {
    matrix: ["", ""], smallmatrix: ["", ""], pmatrix: ["(", ")"], bmatrix: ["[", "]"], Bmatrix: ["{", "}"],
    vmatrix: ["|", "|"], Vmatrix: ["‖", "‖"],
};

const aligned = new Set(
    ("align align* aligned alignat alignat* alignedat eqnarray eqnarray* split flalign flalign* multline " +
        "multline*").split(" "));
const gathered = new Set(["gather", "gather*", "gathered", "equation", "equation*", "displaymath", "math"]);

/** The environment behind `\begin`. */
export function environment(reader) {
    const name = reader.rawArgument();
    let alignment = () => "center";
    if (name === "array" || name === "darray") {
        alignment = columnsOf(reader.rawArgument());
    } else if (name.startsWith("alignat") || name === "alignedat") {
        reader.rawArgument();
    }
    const rows = reader.cells((token) => token.kind === "command" && token.text === "end");
    reader.take();
    const end = reader.rawArgument();
    if (end !== name) {
        throw new SyntaxError(`The formula begins ${name} and ends ${end}.`);
    }
    return { node: shown(name, rows, alignment) };
}

function shown(name, rows, alignment) {
    if (Object.hasOwn(brackets, name)) {
        const [open, close] = brackets[name];
        return bracketed(open, tableNode(rows, alignment, "matrix"), close);
    }
    if (name === "cases" || name === "rcases" || name === "dcases") {
        const table = tableNode(rows, () => "left", "cases");
        return name === "rcases" ? bracketed("", table, "}") : bracketed("{", table, "");
    }
    if (aligned.has(name)) {
        return tableNode(rows, (column) => (column % 2 === 0 ? "right" : "left"));
    }
    if (gathered.has(name)) {
        const isSingle = rows.length === 1 && rows[0].length === 1;
        return isSingle ? element("mrow", {}, rows[0][0]) : tableNode(rows, () => "center");
    }
    if (name === "array" || name === "darray") {
        return tableNode(rows, alignment, "matrix");
    }
    throw new SyntaxError(`The environment ${name} is not known.`);
}

function bracketed(open, table, close) {
    const mark = (text, form) => (text === "" ? "" : element("mo", { fence: "true", stretchy: "true", form }, text));
    return element("mrow", {}, mark(open, "prefix"), table, mark(close, "postfix"));
}

/** The alignments in `{c|rl}`. */
function columnsOf(specification) {
    const names = { c: "center", l: "left", r: "right" };
    const columns = [...specification].filter((character) => character in names).map((character) => names[character]);
    return (column) => columns[column] ?? "center";
}

/** `\substack{a \\ b}`: rows under a sum. */
export function substack(reader) {
    reader.take();
    const rows = reader.cells((token) => token.kind === "}");
    reader.take();
    return { node: tableNode(rows, () => "center", "stack") };
}
