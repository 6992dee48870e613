/**
 * Trees into the page: the only place where a model's output becomes elements.
 *
 * Text becomes text nodes, never markup. Elements and attributes are made from closed lists, and addresses are checked
 * once more here, so that no mistake of a reader above can make a script, a frame, a style or a request.
 */
import { safeAddress } from "./addresses.js";

const mathNamespace = "http://www.w3.org/1998/Math/MathML";

const htmlTags = new Set(
    "a blockquote br button code del div em h3 h4 h5 h6 hr li ol p pre span strong table tbody td th tr ul".split(" "));

const mathTags = new Set(
    ("math mfrac mi mn mo mover mpadded mphantom mroot mrow mspace msqrt mstyle msub msubsup msup mtable mtd mtext " +
        "mtr munder munderover").split(" "));

const attributeNames = new Set(
    ("accent accentunder aria-label class dir display displaystyle fence form href largeop linethickness lspace " +
        "mathvariant maxsize minsize movablelimits rel rspace scope start stretchy symmetric target " +
        "title type width").split(" "));

/** Makes the node of the page that a tree describes. */
export function create(document, node) {
    if (typeof node === "string") {
        return document.createTextNode(node);
    }
    const made = createElement(document, node.tag);
    for (const [name, value] of Object.entries(node.attributes)) {
        setAttribute(made, name, value);
    }
    for (const child of node.children) {
        made.appendChild(create(document, child));
    }
    return made;
}

function createElement(document, tag) {
    if (mathTags.has(tag)) {
        return document.createElementNS(mathNamespace, tag);
    }
    if (!htmlTags.has(tag)) {
        throw new TypeError(`The page makes no <${tag}> of a model's output.`);
    }
    return document.createElement(tag);
}

function setAttribute(target, name, value) {
    if (!attributeNames.has(name)) {
        throw new TypeError(`The page sets no attribute ${name} from a model's output.`);
    }
    if (name !== "href") {
        target.setAttribute(name, value);
        return;
    }
    const address = safeAddress(value);
    if (address !== null) {
        target.setAttribute("href", address);
    }
}

/**
 * Changes `parent`'s child at `index`, which shows the tree `before` (undefined: nothing is there), to show `after`.
 */
export function update(document, parent, index, before, after) {
    if (before === undefined) {
        parent.appendChild(create(document, after));
    } else if (typeof before === "string" && typeof after === "string") {
        if (before !== after) {
            parent.childNodes[index].nodeValue = after;
        }
    } else if (before.tag !== after.tag || before.tag === undefined) {
        parent.replaceChild(create(document, after), parent.childNodes[index]);
    } else {
        updateAttributes(parent.childNodes[index], before.attributes, after.attributes);
        updateChildren(document, parent.childNodes[index], before.children, after.children);
    }
}

/** Changes an element's attributes from one set to another. */
export function updateAttributes(target, before, after) {
    for (const name of Object.keys(before)) {
        if (!(name in after)) {
            target.removeAttribute(name);
        }
    }
    for (const [name, value] of Object.entries(after)) {
        if (before[name] !== value) {
            // An address that is refused must not leave the old one in place.
            if (name === "href") {
                target.removeAttribute(name);
            }
            setAttribute(target, name, value);
        }
    }
}

/** Changes all children of an element from one list to another; those that stay alike stay the same nodes. */
function updateChildren(document, parent, before, after) {
    for (let index = 0; index < after.length; index++) {
        update(document, parent, index, before[index], after[index]);
    }
    removeFrom(parent, after.length);
}

/** Removes the children of an element from an index on. */
export function removeFrom(parent, index) {
    while (parent.childNodes.length > index) {
        parent.removeChild(parent.lastChild);
    }
}
