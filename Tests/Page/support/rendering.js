/**
 * Rendering without a browser, and random texts.
 */
import { StreamRenderer, render } from "../../../Sources/Serving/Page/rendering/stream.js";
import { document, html, root } from "./dom.js";

/** The page that a text becomes, rendered at once. */
export function rendered(text) {
    const target = root();
    render(document, target, text);
    return target;
}

/** The same as HTML; directions, which every block has, are left out. */
export function shown(text) {
    return html(rendered(text)).replaceAll(" dir=\"auto\"", "");
}

/**
 * The page that the pieces of a text become; `isShown(index)` tells whether the page is brought up to date behind a
 * piece.
 */
export function streamed(pieces, isShown = () => true) {
    const target = root();
    const renderer = new StreamRenderer(document, target);
    pieces.forEach((piece, index) => {
        renderer.append(piece);
        if (isShown(index)) {
            renderer.show();
        }
    });
    renderer.finish();
    return target;
}

/** Random numbers with a seed (mulberry32), so that a failure can be repeated: `random(n)` is from 0 to n - 1. */
export function randomNumbers(seed) {
    let state = seed >>> 0;
    return (bound) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
    };
}

/** What Markdown and TeX are made of. */
const fragments = [
    "\n", "\n", "\n\n", "- ", "* ", "  ", "    ", "1. ", "2) ", "10. ", "> ", "a", "word ", "*", "**", "***", "_", "`",
    "``", "```", "~~~",
    "```js\n", "let x = /* 1 */ \"s\";", "|", "|-|", "|:-:|", "| a | b |\n|---|---|\n", "$", "$$", "\\(", "\\)", "\\[", "\\]", "[", "]",
    "](", "![", "http://a.b", "https://a.b/c_d)", ")", "# ", "## ", "---", "***", "~~", "<br>", "<script>", "&lt;", "&#x202e;", "\t", "\r",
    "\r\n", "\\begin{align}", "\\end{align}", "\\frac{1}{2}", "x^2", "{", "}", "/*", "*/", "\"\"\"", "[ ] ", "[x] ", "中", "。", "\u202e",
    "\0", "\ud83d", "\ude00", "\\", "!",
];

/** A random text of up to so many fragments. */
export function randomText(random, length) {
    return Array.from({ length: 1 + random(length) }, () => fragments[random(fragments.length)]).join("");
}

/** A text cut at random places into pieces of up to so many UTF-16 code units. */
export function cut(text, random, longest) {
    const pieces = [];
    for (let index = 0; index < text.length;) {
        const length = 1 + random(longest);
        pieces.push(text.slice(index, index + length));
        index += length;
    }
    return pieces;
}
