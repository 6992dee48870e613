/**
 * As much of a browser's document as the renderer uses, for tests without a browser.
 */

class TestNode {
    constructor() {
        this.childNodes = [];
    }

    get lastChild() {
        return this.childNodes[this.childNodes.length - 1];
    }

    appendChild(child) {
        this.childNodes.push(child);
        return child;
    }

    replaceChild(child, old) {
        this.childNodes[this.#indexOf(old)] = child;
    }

    removeChild(child) {
        this.childNodes.splice(this.#indexOf(child), 1);
    }

    #indexOf(child) {
        const index = this.childNodes.indexOf(child);
        if (index < 0) {
            throw new Error("The node is not a child of this one.");
        }
        return index;
    }
}

class TestElement extends TestNode {
    constructor(name, namespace) {
        super();
        this.name = name;
        this.namespace = namespace;
        this.attributes = new Map();
    }

    setAttribute(name, value) {
        this.attributes.set(name, String(value));
    }

    removeAttribute(name) {
        this.attributes.delete(name);
    }

    get textContent() {
        return this.childNodes.map((child) => child.textContent).join("");
    }
}

class TestText extends TestNode {
    constructor(value) {
        super();
        this.nodeValue = value;
    }

    get textContent() {
        return this.nodeValue;
    }
}

export const document = {
    createElement: (name) => new TestElement(name, "html"),
    createElementNS: (namespace, name) => new TestElement(name, namespace),
    createTextNode: (value) => new TestText(value),
};

/** All elements below a node. */
export function* elementsIn(node) {
    for (const child of node.childNodes) {
        if (child instanceof TestElement) {
            yield child;
            yield* elementsIn(child);
        }
    }
}

/** The node as HTML, with attributes in alphabetical order. Neighbouring texts show as `a¦b`. */
export function html(node) {
    const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    if (node instanceof TestText) {
        return escaped(node.nodeValue);
    }
    let inner = "";
    node.childNodes.forEach((child, index) => {
        const isSecond = child instanceof TestText && node.childNodes[index - 1] instanceof TestText;
        inner += (isSecond ? "¦" : "") + html(child);
    });
    const attributes = [...node.attributes].sort().map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
    return node.name === "root" ? inner : `<${node.name}${attributes}>${inner}</${node.name}>`;
}

/** An element to render into. */
export function root() {
    return new TestElement("root", "html");
}
