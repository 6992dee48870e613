/**
 * A formula in TeX as MathML, or as its source where it cannot be read.
 */
import { element, visible } from "../rendering/tree.js";
import { FormulaReader } from "./reader.js";

const longest = 20000;

/** The node that shows a formula; `isDisplay`: on a line of its own, with limits below and above. */
export function formulaNode(source, isDisplay) {
    const text = source.trim();
    try {
        if (text !== "" && text.length <= longest) {
            const display = isDisplay ? "block" : "inline";
            const row = element("mrow", {}, new FormulaReader(text).formula());
            return element("math", { display, title: visible(text) }, row);
        }
    } catch (error) {
        // Whatever is wrong with a formula must not take the answer with it.
        if (!(error instanceof SyntaxError)) {
            throw error;
        }
    }
    return element("code", { class: "source" }, visible(source));
}
