/**
 * TeX's formulas as tokens: `{kind, text, start, end}`, where `start` and `end` are places in the source.
 *
 * The kinds are `command` (its text is the name without the backslash), `letter`, `number`, `symbol`, and the
 * characters with a meaning as their own kind: `{ } ^ _ & '` and `\\` for the end of a row. White space separates and
 * is dropped.
 */

const token = /\s+|\\(?:\\|[a-zA-Z]+\*?|.)|\d+(?:[.,]\d+)*|[\s\S]/gu;
const special = new Set(["{", "}", "^", "_", "&", "'"]);

/** The tokens of a formula. */
export function tokens(source) {
    const result = [];
    for (const found of source.matchAll(token)) {
        const text = found[0];
        const kind = kindOf(text);
        if (kind !== null) {
            const name = kind === "command" ? text.slice(1) : text;
            result.push({ kind, text: name, start: found.index, end: found.index + text.length });
        }
    }
    return result;
}

function kindOf(text) {
    if (text[0] === "\\") {
        return text === "\\\\" ? "\\\\" : text === "\\" ? "symbol" : "command";
    }
    if (/^\s/.test(text)) {
        return null;
    }
    if (special.has(text)) {
        return text;
    }
    if (/^\d/.test(text)) {
        return "number";
    }
    return /^\p{L}$/u.test(text) ? "letter" : "symbol";
}
