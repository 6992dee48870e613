/**
 * Markdown inside a block: emphasis, code, links, formulas and line breaks, as a list of nodes.
 *
 * One walk over the text; whatever looks ahead either consumes what it saw, is bounded, or remembers that there is
 * nothing to find. Pictures become links, since showing one would be a request to whoever the model names. HTML stays
 * text.
 */
import { element, visible } from "../rendering/tree.js";
import { formulaNode } from "../tex/formula.js";
import { emphasized, run } from "./emphasis.js";
import { linkNode, trimmed } from "./link.js";

const longestAddress = 2048;
const entities = {
    amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'", nbsp: "\u00a0", hellip: "…", mdash: "—", ndash: "–",
};

/** `(address "title")`; the address may stand between angles and have brackets in it. */
const target = /^\(\s*(?:<([^<>\n]*)>|((?:[^\s()\\]|\\.|\([^\s()]*\))*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/;

/**
 * The nodes of a block's text.
 *
 * - `open`: the text is still being written: what is begun but not closed near its end is shown as if it were closed.
 */
export function inline(text, open = false) {
    return new InlineReader(text, open).nodes();
}

class InlineReader {
    constructor(text, open) {
        this.text = open ? withoutUnfinished(text) : text;
        this.open = open;
        this.at = 0;
        this.pieces = [];
        this.brackets = [];
        this.found = new Map();
    }

    nodes() {
        const plain = /[^\\`*_~[\]!$<&\nh]+/y;
        while (this.at < this.text.length) {
            plain.lastIndex = this.at;
            const found = plain.exec(this.text);
            if (found !== null) {
                this.#take(found[0].length, visible(found[0]));
            } else {
                this.#special(this.text[this.at]);
            }
        }
        return emphasized(this.pieces, this.open);
    }

    #special(character) {
        switch (character) {
        case "\\": return this.#escape();
        case "`": return this.#code();
        case "*": case "_": case "~": return this.#run(character);
        case "[": return this.#openBracket(1);
        case "!": return this.text[this.at + 1] === "[" ? this.#openBracket(2) : this.#literal();
        case "]": return this.#closeBracket();
        case "$": return this.#dollar();
        case "<": return this.#angle();
        case "&": return this.#entity();
        case "\n": return this.#take(1, element("br"));
        default: return this.#address();
        }
    }

    /** Consumes so many characters as one piece. */
    #take(length, piece) {
        this.pieces.push(piece);
        this.at += length;
    }

    #literal(length = 1) {
        this.#take(length, visible(this.text.slice(this.at, this.at + length)));
    }

    /**
     * Where `closer` comes next from `from` on, or -1. The last answer is kept, so that no part of the text is searched
     * twice.
     */
    #find(closer, from) {
        const known = this.found.get(closer);
        if (known !== undefined && known.from <= from && (known.index < 0 || from <= known.index)) {
            return known.index;
        }
        const index = this.text.indexOf(closer, from);
        this.found.set(closer, { from, index });
        return index;
    }

    // MARK: Escapes and formulas

    #escape() {
        const next = this.text[this.at + 1];
        if (next === "(" || next === "[") {
            this.#formula(2, next === "(" ? "\\)" : "\\]", next === "[");
        } else if (next === "\n") {
            this.#take(2, element("br"));
        } else if (next !== undefined && /[!-/:-@[-`{-~]/.test(next)) {
            this.#take(2, next);
        } else {
            this.#literal();
        }
    }

    #formula(width, closer, isDisplay) {
        const start = this.at + width;
        const end = this.#find(closer, start);
        if (end >= 0) {
            const source = this.text.slice(start, end);
            this.#take(end + closer.length - this.at, formulaNode(source, isDisplay));
        } else if (this.open && this.text.length - start < 1000) {
            const pending = element("span", { class: "pending" }, visible(this.text.slice(start)));
            this.#take(this.text.length - this.at, pending);
        } else {
            this.#literal(width);
        }
    }

    /** `$$…$$`, or `$…$` where the dollars touch the formula and no digit follows (so that prices stay prices). */
    #dollar() {
        if (this.text[this.at + 1] === "$") {
            this.#find("$$", this.at + 2) >= 0 ? this.#formula(2, "$$", true) : this.#literal(2);
            return;
        }
        const end = this.#find("$", this.at + 1);
        const source = end < 0 ? "" : this.text.slice(this.at + 1, end);
        const isFormula = source !== "" && source.length < 2000 && source.trim() === source &&
            !/\d/.test(this.text[end + 1] ?? "");
        isFormula ? this.#take(source.length + 2, formulaNode(source, false)) : this.#literal();
    }

    // MARK: Code and emphasis

    #lengthOfRun(character) {
        let end = this.at;
        while (this.text[end] === character) {
            end++;
        }
        return end - this.at;
    }

    #code() {
        const length = this.#lengthOfRun("`");
        const start = this.at + length;
        const end = this.#endOfCode(length, start);
        if (end >= 0) {
            this.#take(end + length - this.at, codeNode(this.text.slice(start, end)));
        } else if (this.open && length === 1 && this.text.length - start < 500) {
            this.#take(this.text.length - this.at, codeNode(this.text.slice(start)));
        } else {
            this.#literal(length);
        }
    }

    /** Where the next run of exactly so many backticks begins. All runs are found once, by their length. */
    #endOfCode(length, from) {
        this.ticks ??= runsOfTicks(this.text);
        const places = this.ticks.get(length);
        if (places === undefined) {
            return -1;
        }
        while (places.next < places.list.length && places.list[places.next] < from) {
            places.next++;
        }
        return places.list[places.next] ?? -1;
    }

    #run(character) {
        const length = this.#lengthOfRun(character);
        if (character === "~" && length !== 2) {
            this.#literal(length);
            return;
        }
        const [before, after] = [characterBefore(this.text, this.at), characterAt(this.text, this.at + length)];
        this.#take(length, run(character, length, before, after));
    }

    // MARK: Links

    #openBracket(width) {
        this.brackets.push({ piece: this.pieces.length, at: this.at, width });
        this.#literal(width);
    }

    #closeBracket() {
        const bracket = this.brackets.pop();
        const target = bracket === undefined ? null : this.#target(this.at + 1);
        if (target === null) {
            this.#literal();
            return;
        }
        const isPicture = bracket.width === 2;
        const label = emphasized(this.pieces.splice(bracket.piece).slice(1));
        // Links do not nest: brackets that are open around this one are text.
        this.brackets.length = 0;
        this.pieces.push(linkNode(target.address, label, isPicture));
        this.at = target.end;
    }

    /** The `(address "title")` at an index, as `{address, end}`, or null. */
    #target(index) {
        if (this.text[index] !== "(") {
            return null;
        }
        const end = this.#find(")", index);
        const part = end < 0 || end - index > longestAddress ? "" : this.text.slice(index, index + longestAddress);
        const found = target.exec(part);
        if (found === null) {
            return null;
        }
        const address = (found[1] ?? found[2]).replace(/\\([!-/:-@[-`{-~])/g, "$1");
        return { address, end: index + found[0].length };
    }

    /** `<https://…>`, or a line break that models write into tables; any other tag is text. */
    #angle() {
        const part = this.text.slice(this.at, this.at + longestAddress);
        const lineBreak = /^<br\s{0,9}\/?>/i.exec(part);
        const address = lineBreak === null ? /^<(https?:\/\/[^\s<>]+)>/i.exec(part) : null;
        if (lineBreak !== null) {
            this.#take(lineBreak[0].length, element("br"));
        } else if (address !== null) {
            this.#take(address[0].length, linkNode(address[1], [visible(address[1])]));
        } else {
            this.#literal();
        }
    }

    #entity() {
        const found = /^&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/i.exec(this.text.slice(this.at, this.at + 12));
        const named = found?.[3] === undefined ? undefined : entities[found[3]];
        const code = parseInt(found?.[1] ?? found?.[2] ?? "0", found?.[1] === undefined ? 16 : 10);
        if (named !== undefined) {
            this.#take(found[0].length, named);
        } else if (code >= 32 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) {
            this.#take(found[0].length, visible(String.fromCodePoint(code)));
        } else {
            this.#literal();
        }
    }

    /** A bare address, up to the punctuation that ends a sentence. */
    #address() {
        const isStart = this.text.startsWith("https://", this.at) || this.text.startsWith("http://", this.at);
        if (!isStart || /\w/.test(characterBefore(this.text, this.at))) {
            this.#literal();
            return;
        }
        const part = this.text.slice(this.at, this.at + longestAddress);
        const [address] = /^https?:\/\/[^\s<>"'`|\\^{}[\]*$。，、；：！？）】》」』]*/.exec(part);
        const end = trimmed(address);
        this.#take(end, linkNode(address.slice(0, end), [visible(address.slice(0, end))]));
    }
}

function codeNode(source) {
    const text = source.replaceAll("\n", " ");
    const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
    return element("code", {}, visible(isPadded ? text.slice(1, -1) : text));
}

function runsOfTicks(text) {
    const runs = new Map();
    for (const found of text.matchAll(/`+/g)) {
        const places = runs.get(found[0].length) ?? { list: [], next: 0 };
        places.list.push(found.index);
        runs.set(found[0].length, places);
    }
    return runs;
}

/** A text that goes on, without what stands half written at its end: a link's address, a lone marker. */
function withoutUnfinished(text) {
    const start = Math.max(0, text.length - 700);
    const tail = text.slice(start)
        .replace(/!?\[([^[\]\n]{0,200})(?:\]\([^()\s]{0,400}|\])?$/, "$1")
        .replace(/(^|[^\\])(?:\\|[*_~`$]{1,3}|<[a-z/]{0,3}|&[a-z#0-9]{0,6})$/i, "$1");
    return text.slice(0, start) + tail;
}

function characterAt(text, index) {
    return index < text.length ? String.fromCodePoint(text.codePointAt(index)) : "";
}

function characterBefore(text, index) {
    const code = text.charCodeAt(index - 1);
    const isLow = code >= 0xdc00 && code <= 0xdfff && index >= 2;
    return index > 0 ? text.slice(isLow ? index - 2 : index - 1, index) : "";
}
