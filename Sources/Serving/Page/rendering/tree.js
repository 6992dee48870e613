/**
 * Documents as plain data: what the readers of Markdown and TeX make, and what `dom.js` turns into elements.
 *
 * A node is a string (text) or `{tag, attributes, children}`. Nothing here touches the browser, so all of it runs in
 * tests.
 */

/** Makes an element; children may be nested lists. Neighbouring texts become one and empty ones disappear. */
export function element(tag, attributes = {}, ...children) {
    return { tag, attributes, children: joined(children) };
}

/** The nodes as one flat list in which no two texts are neighbours. */
function joined(nodes) {
    const flat = [];
    collect(nodes, flat);
    return flat;
}

function collect(nodes, flat) {
    for (const node of nodes) {
        if (Array.isArray(node)) {
            collect(node, flat);
        } else if (typeof node !== "string") {
            flat.push(node);
        } else if (node !== "") {
            const last = flat.length - 1;
            if (typeof flat[last] === "string") {
                flat[last] += node;
            } else {
                flat.push(node);
            }
        }
    }
}

/** All text below a node, as a person would read it. */
export function textOf(node) {
    return typeof node === "string" ? node : node.children.map(textOf).join("");
}

const bidiControls = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * The text with every mark that reorders its surroundings written out as `[U+202E]`.
 *
 * Such marks let a text read differently from what it says (CVE-2021-42574, "Trojan Source"). Right-to-left scripts
 * need none of them: every block takes its direction from its own first letter.
 */
export function visible(text) {
    return text.replace(bidiControls, (mark) => `[U+${mark.codePointAt(0).toString(16).toUpperCase()}]`);
}
