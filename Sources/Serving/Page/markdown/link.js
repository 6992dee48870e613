/**
 * Links: what is shown for an address in a model's output.
 */
import { safeAddress } from "../rendering/addresses.js";
import { element, textOf, visible } from "../rendering/tree.js";

/** A link, or the label alone (with the address behind it where it says more) if the address may not become one. */
export function linkNode(text, label, isPicture = false) {
    const address = safeAddress(text);
    if (address === null) {
        const isSaid = label.length === 1 && label[0] === text;
        const behind = isSaid || text === "" ? "" : ` (${visible(text.slice(0, 200))})`;
        return element("span", { class: "refused" }, label, behind);
    }
    const shown = label.map(textOf).join("") === "" ? [address] : label.flatMap(withoutLink);
    return element("a", {
        href: address,
        title: address,
        rel: "noopener noreferrer nofollow",
        target: "_blank",
        ...(isPicture ? { class: "picture" } : {}),
    }, shown);
}

/** A label's node with the links in it as plain text, since a link in a link leads to two places. */
function withoutLink(node) {
    if (typeof node === "string") {
        return node;
    }
    const children = node.children.flatMap(withoutLink);
    return node.tag === "a" ? children : element(node.tag, node.attributes, children);
}

/** The length of an address without closing punctuation; a closing bracket stays if it was opened inside. */
export function trimmed(address) {
    let end = address.length;
    let surplus = address.split(")").length - address.split("(").length;
    while (end > 0 && (/[.,;:!?\]_~]/.test(address[end - 1]) || address[end - 1] === ")" && surplus > 0)) {
        surplus -= address[end - 1] === ")" ? 1 : 0;
        end--;
    }
    return end;
}
