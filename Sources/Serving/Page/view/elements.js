/**
 * The page's own elements, and the small things every part of it does. (A model's output goes through
 * `rendering/dom.js`.)
 */

const svgNamespace = "http://www.w3.org/2000/svg";

/** The element with this identifier; the page is written so that it is there. */
export function byId(id) {
    return document.getElementById(id);
}

/**
 * Makes an element. Properties are attributes, but `on` is an object of listeners; `false`, null and undefined leave an
 * attribute out. Children that are strings become text.
 */
export function make(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
        if (name === "on") {
            Object.entries(value).forEach(([event, listener]) => made.addEventListener(event, listener));
        } else if (value !== false && value !== null && value !== undefined) {
            made.setAttribute(name, value === true ? "" : value);
        }
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
}

/** One of the icons that `index.html` defines. */
export function icon(name) {
    const svg = document.createElementNS(svgNamespace, "svg");
    const use = document.createElementNS(svgNamespace, "use");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#icon-${name}`);
    svg.append(use);
    return svg;
}

/** A button that shows an icon; `label` is for screen readers and for the pointer that rests on it. */
export function iconButton(name, label, listener, className = "") {
    const properties = { type: "button", class: `quiet ${className}`.trim(), "aria-label": label, title: label };
    return make("button", { ...properties, on: { click: listener } }, icon(name));
}

/** Copies text and says so on the button for a moment. */
export async function copy(text, button) {
    const isCopied = await copied(text);
    const shown = button.cloneNode(true);
    button.replaceChildren(isCopied ? "Copied" : "Not copied");
    announce(isCopied ? "Copied" : "The browser did not allow copying.");
    setTimeout(() => button.replaceChildren(...shown.childNodes), 1500);
}

async function copied(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        // Outside of secure contexts (plain HTTP on a home network) there is only the old way.
        const field = make("textarea", { class: "unseen", "aria-hidden": "true" });
        field.value = text;
        document.body.append(field);
        field.select();
        const isCopied = document.execCommand("copy");
        field.remove();
        return isCopied;
    }
}

/** Says something to screen readers without interrupting them. */
export function announce(text) {
    byId("status").textContent = text;
}

/** Offers text as a file to save. */
export function save(name, type, text) {
    const address = URL.createObjectURL(new Blob([text], { type }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
}

/** A conversation's title as a file's name. */
export function fileName(title, ending) {
    const name = title.replace(/[^\p{L}\p{N} _-]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, 60);
    return `${name || "conversation"}.${ending}`;
}
