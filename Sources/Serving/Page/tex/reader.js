/**
 * Reads a formula by recursive descent and makes MathML of it.
 *
 * An atom is `{node, limits}`: `limits` is true where scripts stand below and above. A formula that cannot be read (a
 * brace or an environment that does not end, too deep a nesting) throws a `SyntaxError`; an unknown command is shown as
 * it is written.
 */
import { element, textOf, visible } from "../rendering/tree.js";
import { command, plainBracket } from "./commands.js";
import { inAlphabet } from "./letters.js";
import { tokens } from "./tokens.js";

const deepest = 40;
const closing = new Set([")", "]", "}", "⟩", "⌋", "⌉", "|", "‖", "!", "′"]);
const plainOperators = { "-": "−", "*": "∗", ":": ":", "`": "‘" };

export class FormulaReader {
    constructor(source) {
        this.source = source;
        this.tokens = tokens(source);
        this.at = 0;
        this.depth = 0;
        this.alphabet = null;
    }

    /** The whole formula, as a list of nodes. `&` and `\\` outside of an environment make rows. */
    formula() {
        const rows = this.cells(() => false);
        if (rows.length === 1 && rows[0].length === 1) {
            return rows[0][0];
        }
        return [tableNode(rows, (column) => (column % 2 === 0 ? "right" : "left"))];
    }

    // MARK: Tokens

    get next() {
        return this.tokens[this.at];
    }

    isNext(kind, text) {
        return this.next?.kind === kind && (text === undefined || this.next.text === text);
    }

    /** Consumes the next token. */
    take() {
        if (this.at >= this.tokens.length) {
            throw new SyntaxError("The formula ends where more was expected.");
        }
        return this.tokens[this.at++];
    }

    /** Runs `read` one level deeper. */
    nested(read) {
        if (++this.depth > deepest) {
            throw new SyntaxError(`The formula is nested more than ${deepest} deep.`);
        }
        const result = read();
        this.depth--;
        return result;
    }

    // MARK: Rows

    /** The nodes up to a token for which `stops` holds, or to the end. */
    row(stops) {
        const nodes = [];
        const alphabet = this.alphabet;
        while (this.next !== undefined && !stops(this.next)) {
            if (this.isNext("}")) {
                throw new SyntaxError("The formula closes a brace that it did not open.");
            }
            nodes.push(...this.scripted(nodes));
        }
        this.alphabet = alphabet;
        return nodes;
    }

    /** Rows of cells, divided by `&` and `\\`, up to a token for which `stops` holds. */
    cells(stops) {
        const rows = [[]];
        const isDivided = (token) => token.kind === "&" || token.kind === "\\\\" || stops(token);
        for (;;) {
            rows[rows.length - 1].push(this.nested(() => this.row(isDivided)));
            if (this.next === undefined || stops(this.next)) {
                break;
            }
            if (this.take().kind === "\\\\") {
                this.skipOptional();
                rows.push([]);
            }
        }
        const last = rows[rows.length - 1];
        if (rows.length > 1 && last.length === 1 && last[0].length === 0) {
            rows.pop();
        }
        return rows;
    }

    /** Skips an argument in square brackets, as behind `\\`. */
    skipOptional() {
        if (this.isNext("symbol", "[")) {
            const end = this.tokens.findIndex((token, index) => index > this.at && token.text === "]");
            if (end > 0 && end - this.at < 5) {
                this.at = end + 1;
            }
        }
    }

    /** What an argument holds, as one node: a group in braces, or the next token. */
    argument() {
        return this.nested(() => {
            if (this.isNext("{")) {
                return group(this.braced());
            }
            this.#splitNumber();
            return this.atom([]).node ?? element("mrow");
        });
    }

    /** Without braces an argument is one digit: `\frac12` is a half. */
    #splitNumber() {
        const token = this.next;
        if (token?.kind === "number" && token.text.length > 1) {
            const middle = token.start + 1;
            const digit = { ...token, text: token.text[0], end: middle };
            this.tokens.splice(this.at, 1, digit, { ...token, text: token.text.slice(1), start: middle });
        }
    }

    /** The nodes of a group in braces. */
    braced() {
        this.take();
        const nodes = this.nested(() => this.row((token) => token.kind === "}"));
        this.take();
        return nodes;
    }

    /** An argument's source, as it is written. */
    rawArgument() {
        const first = this.take();
        if (first.kind !== "{") {
            return first.text;
        }
        let open = 1;
        while (open > 0) {
            const { kind } = this.take();
            open += kind === "{" ? 1 : kind === "}" ? -1 : 0;
        }
        return this.source.slice(first.end, this.tokens[this.at - 1].start);
    }

    // MARK: Atoms and their scripts

    /** An atom with its scripts, as a list of nodes. `before`: the nodes before it in its row. */
    scripted(before) {
        const isScript = this.isNext("^") || this.isNext("_") || this.isNext("'");
        const base = isScript ? { node: element("mrow") } : this.atom(before);
        if (base.node === null) {
            return [];
        }
        const scripts = this.scripts();
        let limits = base.limits ?? false;
        if (scripts.limits !== undefined) {
            limits = scripts.limits;
        }
        return [withScripts(base.node, scripts.below, scripts.above, limits)];
    }

    scripts() {
        const result = { below: null, above: null, limits: undefined };
        const primes = [];
        for (;;) {
            if (this.isNext("command", "limits") || this.isNext("command", "nolimits")) {
                result.limits = this.take().text === "limits";
            } else if (this.isNext("'")) {
                this.take();
                primes.push(element("mo", {}, "′"));
            } else if (this.isNext("_") && result.below === null) {
                this.take();
                result.below = this.argument();
            } else if (this.isNext("^") && result.above === null) {
                this.take();
                result.above = this.argument();
            } else {
                break;
            }
        }
        if (primes.length > 0) {
            result.above = group(result.above === null ? primes : [...primes, result.above]);
        }
        return result;
    }

    /** One atom; `node` is null for commands that show nothing. */
    atom(before) {
        const token = this.next;
        if (token !== undefined && token.kind === "{") {
            return { node: group(this.braced()) };
        }
        this.take();
        switch (token.kind) {
        case "letter":
            return { node: this.letter(token.text) };
        case "number":
            return { node: element("mn", {}, this.styled(token.text)) };
        case "command":
            return this.nested(() => command(this, token, before));
        case "symbol":
            return { node: this.symbol(token.text, before) };
        default:
            throw new SyntaxError(`The formula has ${token.text} where it has no meaning.`);
        }
    }

    /** A letter in the alphabet in force. */
    letter(text) {
        const isUpright = this.alphabet !== null && this.alphabet !== "italic" || /[Α-Ω]/.test(text);
        return element("mi", isUpright ? { mathvariant: "normal" } : {}, this.styled(text));
    }

    styled(text) {
        const hasLetters = this.alphabet !== null && this.alphabet !== "normal" && this.alphabet !== "italic";
        return hasLetters ? inAlphabet(text, this.alphabet) : text;
    }

    symbol(text, before) {
        if ("()[]|".includes(text)) {
            return plainBracket(text);
        }
        if (text === "/") {
            return element("mo", { lspace: "0", rspace: "0" }, text);
        }
        if (text === "~") {
            return element("mspace", { width: "0.25em" });
        }
        if (/[.?"@%]/.test(text)) {
            return element("mtext", {}, text);
        }
        return operator(visible(plainOperators[text] ?? text), before);
    }
}

/** An operator; behind another one, or at the beginning, it is a sign and stands close to its operand. */
export function operator(text, before) {
    const last = before[before.length - 1];
    const isSign = "+−±∓".includes(text) && (last === undefined || last.tag === "mo" && !closing.has(textOf(last)));
    return element("mo", isSign ? { form: "prefix", lspace: "0", rspace: "0" } : {}, text);
}

/** Nodes as one: itself if there is one, otherwise a row. */
export function group(nodes) {
    return nodes.length === 1 && nodes[0].tag !== "mo" ? nodes[0] : element("mrow", {}, nodes);
}

/** A base with what stands below and above it (or beside it); null: nothing. */
function withScripts(base, below, above, limits) {
    if (below !== null && above !== null) {
        return element(limits ? "munderover" : "msubsup", {}, base, below, above);
    }
    if (below !== null) {
        return element(limits ? "munder" : "msub", {}, base, below);
    }
    return above === null ? base : element(limits ? "mover" : "msup", {}, base, above);
}

/** A table; `alignment` gives a column's alignment by its index. */
export function tableNode(rows, alignment, kind = "rows") {
    return element("mtable", { class: kind, displaystyle: String(kind === "rows") }, rows.map((row) =>
        element("mtr", {}, row.map((cell, column) => element("mtd", { class: alignment(column) }, cell)))));
}
