/**
 * Light colouring of code, line by line.
 *
 * It knows words, numbers, strings and comments, not grammar: enough to find one's way, and wrong at worst in a colour.
 * Every character is looked at once.
 */
import { element, visible } from "../rendering/tree.js";
import { languageNamed } from "./languages.js";

/** Longer lines are no code that anyone reads. */
const longestLine = 2000;

const wordStart = /[\p{L}_$@]/u;
const word = /[\p{L}_$@][\p{L}\p{N}_$]*/yu;
const number = /(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)\w{0,4}/y;

/**
 * Colours one line.
 *
 * - `before`: what the line before left open: the closer of a comment or string, or nothing.
 * - Returns: `{nodes, after}`, the line's nodes and what it leaves open.
 */
export function highlight(line, languageWord, before) {
    const language = languageNamed(languageWord);
    if (language === undefined || line.length > longestLine) {
        return { nodes: [visible(line)], after: before };
    }
    if (language.whole !== undefined) {
        const kind = language.whole[line[0]];
        return { nodes: [kind === undefined ? visible(line) : coloured(kind, line)], after: "" };
    }
    return new LineReader(line, language).read(before);
}

function coloured(kind, text) {
    return element("span", { class: kind }, visible(text));
}

class LineReader {
    constructor(line, language) {
        this.line = line;
        this.language = language;
        this.at = 0;
        this.nodes = [];
        this.after = "";
    }

    read(before) {
        if (before !== "") {
            this.#block(this.language.blocks.find((block) => block[1] === before), 0);
        }
        while (this.at < this.line.length) {
            this.#next();
        }
        return { nodes: this.nodes, after: this.after };
    }

    #take(length, kind) {
        const text = this.line.slice(this.at, this.at + length);
        this.nodes.push(kind === null ? visible(text) : coloured(kind, text));
        this.at += length;
    }

    #next() {
        const { line, language } = this;
        const character = line[this.at];
        const block = language.blocks?.find(([opener]) => line.startsWith(opener, this.at));
        if (block !== undefined) {
            this.#block(block, block[0].length);
        } else if (language.line?.some((opener) => line.startsWith(opener, this.at)) && this.#mayBeginComment()) {
            this.#take(line.length - this.at, "comment");
        } else if (language.quotes.includes(character)) {
            this.#string(character);
        } else if (/\d/.test(character)) {
            this.#match(number, () => "number");
        } else if (language.directive && character === "#" && line.slice(0, this.at).trim() === "") {
            this.#match(/#\s{0,9}\w*/y, () => "keyword");
        } else if (language.variables && character === "$") {
            this.#match(/\$(?:\{\w{0,99}\}?|\w{1,99}|[@#?*!])?/y, () => "value");
        } else if (language.tags && character === "<") {
            this.#match(/<[/!?]?[\w:.-]*/y, () => "keyword");
        } else if (wordStart.test(character)) {
            this.#match(word, (text) => this.#kindOfWord(text));
        } else {
            this.#take(1, null);
        }
    }

    /** In a shell `#` inside a word begins no comment. */
    #mayBeginComment() {
        const before = this.line[this.at - 1] ?? " ";
        return this.line[this.at] !== "#" || !this.language.variables || /[\s;(){}]/.test(before);
    }

    #match(pattern, kindOf) {
        pattern.lastIndex = this.at;
        const text = pattern.exec(this.line)?.[0] ?? "";
        this.#take(Math.max(1, text.length), text === "" ? null : kindOf(text));
    }

    #kindOfWord(text) {
        const { words, values, ignoresCase, keys } = this.language;
        const known = ignoresCase ? text.toLowerCase() : text;
        const next = this.line[this.at + text.length];
        if (words.has(known)) {
            return "keyword";
        }
        if (values.has(known)) {
            return "value";
        }
        if (keys && (next === ":" || next === "-" || /^\s*[\w.-]*\s{0,9}=/.test(this.line) && this.nodes.length < 2)) {
            return "name";
        }
        return next === "(" ? "name" : null;
    }

    #block([, closer, kind], skip) {
        const end = this.line.indexOf(closer, this.at + skip);
        this.after = end < 0 ? closer : "";
        this.#take((end < 0 ? this.line.length : end + closer.length) - this.at, kind);
    }

    #string(quote) {
        let end = this.at + 1;
        while (end < this.line.length && this.line[end] !== quote) {
            end += this.line[end] === "\\" ? 2 : 1;
        }
        const text = this.line.slice(this.at, end + 1);
        const behind = this.line.slice(this.at + text.length, this.at + text.length + 100);
        const isKey = this.language.name === "JSON" && /^\s*:/.test(behind);
        this.#take(text.length, isKey ? "name" : "string");
    }
}
