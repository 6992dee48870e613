/**
 * Emphasis: which runs of `*`, `_` and `~~` belong together (CommonMark 0.31, section 6.2 and its appendix).
 *
 * A piece is a string, a node, or a run `{run: character, length, canOpen, canClose, opens, closes}`. Each run is
 * looked at once as a closer; `bottoms` remembers below which run no opener was found, so the time is linear.
 */
import { element } from "../rendering/tree.js";

/** Emphasis nested deeper than this shows as text without it. */
const deepest = 16;

const whiteSpace = /^\s?$/u;
const punctuation = /^[\p{P}\p{S}]$/u;
// Chinese and Japanese put no spaces around emphasised words, so such a neighbour counts like a space.
const ideograph = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]$/u;

/** The run of `character`s between the characters `before` and `after` (empty at the ends of the text). */
export function run(character, length, before, after) {
    const isBoundary = (one) => whiteSpace.test(one) || punctuation.test(one) || ideograph.test(one);
    const opens = !whiteSpace.test(after) && (!punctuation.test(after) || isBoundary(before));
    const closes = !whiteSpace.test(before) && (!punctuation.test(before) || isBoundary(after));
    const isWordy = character === "_";
    return {
        run: character,
        length,
        original: length,
        canOpen: opens && (!isWordy || !closes || punctuation.test(before)),
        canClose: closes && (!isWordy || !opens || punctuation.test(after)),
        opens: [],
        closes: [],
    };
}

/**
 * The pieces as nodes, with what runs enclose made emphasis. `open`: the text goes on, so the last runs may still be
 * closed.
 */
export function emphasized(pieces, open = false) {
    const openers = [];
    const bottoms = new Map();
    for (const piece of pieces) {
        if (piece.run !== undefined) {
            if (piece.canClose) {
                matchOpeners(piece, openers, bottoms);
            }
            if (piece.canOpen && piece.length > 0) {
                openers.push(piece);
            }
        }
    }
    if (open) {
        openers.forEach(openToTheEnd);
    }
    return nested(pieces);
}

/** Pairs a closing run with the openers before it, innermost first. */
function matchOpeners(closer, openers, bottoms) {
    const key = `${closer.run}${closer.canOpen}${closer.original % 3}`;
    while (closer.length > 0) {
        const bottom = bottoms.get(key) ?? 0;
        let index = openers.length - 1;
        while (index >= bottom && !belongTogether(openers[index], closer)) {
            index--;
        }
        if (index < bottom) {
            bottoms.set(key, openers.length);
            return;
        }
        join(openers[index], closer);
        openers.length = openers[index].length > 0 ? index + 1 : index;
        for (const [name, value] of bottoms) {
            bottoms.set(name, Math.min(value, openers.length));
        }
    }
}

function belongTogether(opener, closer) {
    if (opener.run !== closer.run) {
        return false;
    }
    const isMixed = opener.canClose || closer.canOpen;
    return !isMixed || (opener.original + closer.original) % 3 !== 0 || opener.original % 3 === 0;
}

function join(opener, closer) {
    const used = closer.run === "~" ? 2 : Math.min(2, opener.length, closer.length);
    const tag = tagOf(opener.run, used);
    opener.length -= used;
    closer.length -= used;
    opener.opens.unshift(tag);
    closer.closes.push(tag);
}

function tagOf(character, length) {
    return character === "~" ? "del" : length === 2 ? "strong" : "em";
}

function openToTheEnd(opener) {
    while (opener.length > 0) {
        const used = Math.min(2, opener.length);
        opener.opens.unshift(tagOf(opener.run, used));
        opener.length -= used;
    }
}

/** Builds the tree: what runs close, what is left of them, what they open. */
function nested(pieces) {
    const stack = [{ tag: null, children: [] }];
    const last = () => stack[stack.length - 1];
    const close = () => {
        const { tag, children } = stack.pop();
        if (tag !== null) {
            last().children.push(element(tag, {}, children));
        }
    };
    for (const piece of pieces) {
        if (piece.run === undefined) {
            last().children.push(piece);
            continue;
        }
        piece.closes.forEach(close);
        last().children.push(piece.run.repeat(piece.length));
        for (const tag of piece.opens) {
            // Too deep: what it holds goes straight into what is open.
            stack.push(stack.length > deepest ? { tag: null, children: last().children } : { tag, children: [] });
        }
    }
    while (stack.length > 1) {
        close();
    }
    return stack[0].children;
}
