/**
 * TeX's commands: each consumes its arguments from the reader and gives an atom.
 */
import { element, visible } from "../rendering/tree.js";
import { environment, substack } from "./environments.js";
import { inAlphabet } from "./letters.js";
import { group, operator } from "./reader.js";
import * as symbols from "./symbols.js";

const nothing = { node: null };

/** The atom that a command begins. `before`: the nodes before it in its row. */
export function command(reader, token, before) {
    const name = token.text;
    const special = Object.hasOwn(withArguments, name) ? withArguments[name] : undefined;
    return special?.(reader, before) ?? symbol(reader, name, before) ?? styled(reader, name) ??
        { node: element("mtext", { class: "unknown" }, visible(`\\${name}`)) };
}

/** Commands without arguments, or undefined. */
function symbol(reader, name, before) {
    if (symbols.delimiters.has(name)) {
        const text = symbols.delimiters.get(name);
        return { node: plainBracket(text) };
    }
    if (symbols.letters.has(name)) {
        return { node: reader.letter(symbols.letters.get(name)) };
    }
    if (symbols.operators.has(name)) {
        return { node: operator(symbols.operators.get(name), before) };
    }
    if (symbols.sums.has(name)) {
        const node = element("mo", { movablelimits: "true", largeop: "true" }, symbols.sums.get(name));
        return { node, limits: true };
    }
    if (symbols.integrals.has(name)) {
        return { node: element("mo", { largeop: "true" }, symbols.integrals.get(name)) };
    }
    if (symbols.functions.has(name)) {
        return { node: named(reader, name) };
    }
    if (symbols.limits.has(name)) {
        return { node: named(reader, symbols.limits.get(name), true), limits: true };
    }
    return spaceOrNothing(reader, name);
}

/** A bracket that does not grow with what is in it; lines look alike on both sides. */
export function plainBracket(text) {
    const spaces = "|‖".includes(text) ? { lspace: "0", rspace: "0" } : {};
    return element("mo", { stretchy: "false", ...spaces }, text);
}

function spaceOrNothing(reader, name) {
    if (symbols.spaces.has(name)) {
        return { node: element("mspace", { width: `${symbols.spaces.get(name)}em` }) };
    }
    if (symbols.dropped.has(name)) {
        reader.rawArgument();
        return nothing;
    }
    return symbols.ignored.has(name) ? nothing : undefined;
}

/** An upright name with the space that belongs between it and its argument. */
function named(reader, text, movablelimits = false) {
    const isBracket = reader.isNext("symbol", "(") || reader.isNext("symbol", "[") || reader.isNext("command", "left");
    return element("mo", {
        form: "prefix", lspace: "0.167em", rspace: isBracket ? "0" : "0.167em",
        ...movablelimits ? { movablelimits: "true" } : {},
    }, text);
}

/** Commands that change how their argument looks, or undefined. */
function styled(reader, name) {
    if (symbols.accents.has(name)) {
        return accented(reader, name);
    }
    if (symbols.alphabets.has(name)) {
        return inOtherAlphabet(reader, symbols.alphabets.get(name), ["rm", "bf", "it", "cal"].includes(name));
    }
    if (symbols.texts.has(name)) {
        return { node: textNode(reader.rawArgument(), symbols.texts.get(name)) };
    }
    return undefined;
}

function accented(reader, name) {
    const [character, stretchy] = symbols.accents.get(name);
    const isBelow = name.startsWith("under");
    const mark = element("mo", { stretchy: String(stretchy) }, character);
    const attributes = isBelow ? { accentunder: "true" } : { accent: "true" };
    const node = element(isBelow ? "munder" : "mover", attributes, reader.argument(), mark);
    return { node, limits: name.endsWith("brace") };
}

/** `\mathbf{x}`, or (`isSwitch`) `\bf x`, which holds up to the end of its group. */
function inOtherAlphabet(reader, alphabet, isSwitch) {
    const before = reader.alphabet;
    reader.alphabet = alphabet;
    if (isSwitch) {
        return nothing;
    }
    const node = reader.argument();
    reader.alphabet = before;
    return { node };
}

/** Text inside a formula: its spaces count, and it may hold formulas between dollars, which stay as they are. */
function textNode(source, alphabet) {
    const plain = source.replace(/\\([%#&_${} ])/g, "$1").replace(/[ \n]/g, "\u00a0");
    const isMapped = alphabet === "bold" || alphabet === "mono";
    return element("mtext", {}, visible(isMapped ? inAlphabet(plain, alphabet) : plain));
}

// MARK: Commands with arguments

function fraction(reader, attributes = {}) {
    const above = reader.argument();
    return { node: element("mfrac", attributes, above, reader.argument()) };
}

function between(open, node, close) {
    return { node: element("mrow", {}, bracket(open, {}), node, bracket(close, {})) };
}

function binomial(reader) {
    return between("(", fraction(reader, { linethickness: "0" }).node, ")");
}

function root(reader) {
    if (!reader.isNext("symbol", "[")) {
        return { node: element("msqrt", {}, reader.argument()) };
    }
    reader.take();
    const index = group(reader.row((token) => token.text === "]"));
    reader.take();
    return { node: element("mroot", {}, reader.argument(), index) };
}

function bracket(text, attributes) {
    const all = { fence: "true", stretchy: "true", symmetric: "true", ...attributes };
    return text === "" ? "" : element("mo", all, text);
}

/** The delimiter behind `\left` and the like; `.` is none. */
function delimiter(reader) {
    const token = reader.take();
    if (token.kind === "command") {
        return symbols.delimiters.get(token.text) ?? symbols.operators.get(token.text) ?? visible(`\\${token.text}`);
    }
    return token.text === "." ? "" : token.text === "<" ? "⟨" : token.text === ">" ? "⟩" : visible(token.text);
}

function leftRight(reader) {
    const parts = [bracket(delimiter(reader), { form: "prefix" })];
    const stops = (token) => token.kind === "command" && (token.text === "right" || token.text === "middle");
    for (;;) {
        parts.push(...reader.row(stops));
        const isEnd = reader.take().text === "right";
        parts.push(bracket(delimiter(reader), isEnd ? { form: "postfix" } : { lspace: "0.167em", rspace: "0.167em" }));
        if (isEnd) {
            return { node: element("mrow", {}, parts) };
        }
    }
}

function sized(size) {
    return (reader) => ({ node: bracket(delimiter(reader) || " ", { minsize: size, maxsize: size }) });
}

/** `\overset{a}{b}` and its relatives. */
function stacked(tag) {
    return (reader) => {
        const mark = reader.argument();
        return { node: element(tag, {}, reader.argument(), mark) };
    };
}

/** An arrow as long as what stands above and, in square brackets, below it. */
function longArrow(character) {
    return (reader) => {
        let below = element("mrow");
        if (reader.isNext("symbol", "[")) {
            reader.take();
            below = group(reader.row((token) => token.text === "]"));
            reader.take();
        }
        const arrow = element("mo", { stretchy: "true", minsize: "1.5em" }, character);
        return { node: element("munderover", {}, arrow, below, padded(reader.argument())) };
    };
}

function padded(node) {
    return element("mrow", {}, element("mspace", { width: "0.4em" }), node, element("mspace", { width: "0.4em" }));
}

function operatorName(reader) {
    const text = reader.rawArgument().replace(/\\[,;: ]/g, "\u2009").replace(/[\\{}]/g, "");
    return { node: named(reader, visible(text)) };
}

const negations = {
    "=": "≠", "<": "≮", ">": "≯", "∈": "∉", "≡": "≢", "⊂": "⊄", "⊆": "⊈", "∼": "≁", "∃": "∄", "∣": "∤",
};

/** `\not` strikes through what follows. */
function negated(reader, before) {
    const { node } = reader.atom(before);
    const text = node?.children?.[0];
    if (typeof text !== "string") {
        return { node };
    }
    return { node: element(node.tag, node.attributes, negations[text] ?? `${text}\u0338`) };
}

function modulo(reader) {
    const space = element("mspace", { width: "0.7em" });
    const word = element("mtext", {}, "mod\u00a0");
    return { node: element("mrow", {}, space, plainBracket("("), word, reader.argument(), plainBracket(")")) };
}

/** The rest of the row in display style. */
function displayed(reader) {
    const stops = (token) => "}&".includes(token.kind) || token.kind === "\\\\" ||
        token.kind === "command" && ["right", "middle", "end"].includes(token.text);
    return { node: element("mstyle", { displaystyle: "true" }, reader.row(stops)) };
}

function skippingFirst(reader) {
    reader.rawArgument();
    return { node: reader.argument() };
}

function withClass(name) {
    return (reader) => ({ node: element("mrow", { class: name }, reader.argument()) });
}

const withArguments = {
    frac: (reader) => fraction(reader),
    dfrac: (reader) => ({ node: element("mstyle", { displaystyle: "true" }, fraction(reader).node) }),
    tfrac: (reader) => ({ node: element("mstyle", { displaystyle: "false" }, fraction(reader).node) }),
    cfrac: (reader) => ({ node: element("mstyle", { displaystyle: "true" }, fraction(reader).node) }),
    binom: binomial, dbinom: binomial, tbinom: binomial,
    sqrt: root, left: leftRight,
    big: sized("1.2em"), bigl: sized("1.2em"), bigr: sized("1.2em"), bigm: sized("1.2em"), Big: sized("1.6em"),
    Bigl: sized("1.6em"), Bigr: sized("1.6em"), Bigm: sized("1.6em"), bigg: sized("2.1em"), biggl: sized("2.1em"),
    biggr: sized("2.1em"), Bigg: sized("2.7em"), Biggl: sized("2.7em"), Biggr: sized("2.7em"),
    overset: stacked("mover"), stackrel: stacked("mover"), underset: stacked("munder"),
    xrightarrow: longArrow("→"), xleftarrow: longArrow("←"), xRightarrow: longArrow("⇒"),
    xleftrightarrow: longArrow("↔"),
    operatorname: operatorName, "operatorname*": (reader) => ({ ...operatorName(reader), limits: true }),
    not: negated, displaystyle: displayed,
    pmod: modulo, bmod: () => ({ node: element("mo", { lspace: "0.222em", rspace: "0.222em" }, "mod") }),
    mod: () => ({ node: element("mo", { lspace: "0.7em", rspace: "0.333em" }, "mod") }),
    boxed: withClass("boxed"), fbox: withClass("boxed"), cancel: withClass("cancel"), xcancel: withClass("cancel"),
    phantom: (reader) => ({ node: element("mphantom", {}, reader.argument()) }),
    vphantom: (reader) => ({ node: element("mpadded", { width: "0" }, element("mphantom", {}, reader.argument())) }),
    textcolor: skippingFirst, colorbox: skippingFirst, hyperref: skippingFirst,
    mathop: (reader) => ({ node: reader.argument(), limits: true }),
    mathbin: (reader) => ({ node: reader.argument() }), mathrel: (reader) => ({ node: reader.argument() }),
    mathord: (reader) => ({ node: reader.argument() }), mathstrut: () => nothing,
    tag: (reader) => ({ node: element("mtext", {}, `\u2003(${visible(reader.rawArgument())})`) }),
    "tag*": (reader) => ({ node: element("mtext", {}, `\u2003${visible(reader.rawArgument())}`) }),
    begin: environment, substack,
    end: () => { throw new SyntaxError("The formula ends an environment that it did not begin."); },
    right: () => { throw new SyntaxError("The formula has \\right without \\left."); },
};
