/**
 * A headless Chromium, spoken to by the DevTools protocol over a pipe (so that nothing but Node and Chromium is
 * needed).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.CHROMIUM ?? "chromium";

export class Browser {
    static async start() {
        const browser = new Browser();
        const { targetInfos } = await browser.send("Target.getTargets");
        browser.first = targetInfos.find((target) => target.type === "page");
        return browser;
    }

    constructor() {
        this.profile = mkdtempSync(join(tmpdir(), "isobath-page-"));
        const options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
            "--hide-scrollbars",
            "--disable-background-networking", "--disable-dev-shm-usage", "--force-color-profile=srgb",
            "--font-render-hinting=none",
            `--user-data-dir=${this.profile}`, "--remote-debugging-pipe", "about:blank",
        ];
        this.process = spawn(program, options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
        this.waiting = new Map();
        this.pages = new Map();
        this.count = 0;
        this.unread = "";
        this.process.stdio[4].setEncoding("utf8").on("data", (data) => this.#read(data));
        this.process.on("exit", () => this.waiting.forEach(({ reject }) => reject(new Error("Chromium ended."))));
    }

    send(method, params = {}, sessionId = undefined) {
        const id = ++this.count;
        this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject, method }));
    }

    #read(data) {
        const messages = (this.unread + data).split("\0");
        this.unread = messages.pop();
        for (const message of messages.map((text) => JSON.parse(text))) {
            if (message.id === undefined) {
                this.pages.get(message.sessionId)?.receive(message);
                continue;
            }
            const { resolve, reject, method } = this.waiting.get(message.id);
            this.waiting.delete(message.id);
            if (message.error === undefined) {
                resolve(message.result);
            } else {
                reject(new Error(`${method}: ${message.error.message}`));
            }
        }
    }

    /** A new tab that shows an address; all tabs share what the browser keeps. */
    async open(address, options = {}) {
        const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
        const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
        const page = new Tab(this, sessionId, targetId);
        this.pages.set(sessionId, page);
        await page.prepare(options);
        await page.go(address);
        return page;
    }

    async stop() {
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.send("Browser.close").catch(() => {});
        setTimeout(() => this.process.kill("SIGKILL"), 5000).unref();
        await ended;
        rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
}

const keyCodes = { Enter: 13, Escape: 27, Tab: 9, ArrowUp: 38, ArrowDown: 40, Delete: 46, Backspace: 8, F2: 113,
    " ": 32 };

/** Runs in each document before its own scripts: notes what the content security policy refuses. */
const watch = `
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(event.violatedDirective + " " + event.blockedURI));
`;

class Tab {
    constructor(browser, sessionId, targetId) {
        this.browser = browser;
        this.sessionId = sessionId;
        this.targetId = targetId;
        /** Uncaught errors and messages to the console that are errors. */
        this.problems = [];
        /** Addresses of all requests. */
        this.requests = [];
    }

    send(method, params) {
        return this.browser.send(method, params, this.sessionId);
    }

    receive({ method, params }) {
        if (method === "Runtime.exceptionThrown") {
            this.problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
        } else if (method === "Log.entryAdded" && params.entry.level === "error" && params.entry.source !== "network") {
            this.problems.push(params.entry.text);
        } else if (method === "Network.requestWillBeSent") {
            this.requests.push(params.request.url);
        }
    }

    /**
     * `width`, `height`: in CSS pixels; `scale`: device pixels for each; `isPhone`: touch; `features`: media features;
     * `before`: a script that runs in each document before its own.
     */
    async prepare({ width = 1280, height = 800, scale = 1, isPhone = false, features = {}, before = "" }) {
        await Promise.all(["Page", "Runtime", "Log", "Network"].map((domain) => this.send(`${domain}.enable`)));
        await this.send("Page.addScriptToEvaluateOnNewDocument", { source: watch + before });
        await this.send("Emulation.setDeviceMetricsOverride",
            { width, height, deviceScaleFactor: scale, mobile: isPhone });
        await this.send("Emulation.setFocusEmulationEnabled", { enabled: true });
        if (isPhone) {
            await this.send("Emulation.setTouchEmulationEnabled", { enabled: true });
        }
        await this.setMedia(features);
    }

    /** Sets media features, as `{"prefers-color-scheme": "dark"}`. */
    setMedia(features) {
        const list = Object.entries(features).map(([name, value]) => ({ name, value }));
        return this.send("Emulation.setEmulatedMedia", { features: list });
    }

    async go(address) {
        await this.send("Page.navigate", { url: address });
        await this.waitUntil(() => document.readyState === "complete" &&
            document.querySelector("#model option") !== null ||
            location.protocol === "about:");
    }

    async reload() {
        await this.run(() => { window.isOld = true; });
        await this.send("Page.reload");
        await this.waitUntil(() => window.isOld === undefined && document.readyState === "complete" &&
            document.querySelector("#model option") !== null);
    }

    /** Runs a function in the page and returns what it returns; a promise is awaited. */
    async run(code, ...values) {
        const expression = `(${code})(...${JSON.stringify(values)})`;
        const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
            expression, awaitPromise: true, returnByValue: true,
        });
        if (exceptionDetails !== undefined) {
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        }
        return result.value;
    }

    /** Waits until a function in the page returns something that is true, and returns that. */
    async waitUntil(code, ...values) {
        for (let attempt = 0; attempt < 4800; attempt++) {
            const value = await this.run(code, ...values).catch(() => undefined);
            if (value) {
                return value;
            }
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
        throw new Error(`The page never came to: ${code}\nProblems: ${this.problems.join("\n") || "none"}`);
    }

    /** The text of the first element that a selector finds, once there is one; hidden parts included. */
    async text(selector) {
        await this.waitUntil((one) => document.querySelector(one) !== null, selector);
        return this.run((one) => document.querySelector(one).textContent, selector);
    }

    /** Types text into what has the focus. */
    type(text) {
        return this.send("Input.insertText", { text });
    }

    /** Presses a key; `modifiers` is a list of Alt, Control, Meta, Shift. */
    async press(key, modifiers = []) {
        const bits = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };
        const modifier = modifiers.reduce((sum, name) => sum + bits[name], 0);
        const code = keyCodes[key] ?? key.toUpperCase().charCodeAt(0);
        const isText = key.length === 1 && !modifiers.includes("Control") && !modifiers.includes("Alt");
        const text = key === "Enter" ? "\r" : isText ? key : undefined;
        const event = { key, modifiers: modifier, windowsVirtualKeyCode: code };
        await this.send("Input.dispatchKeyEvent", { type: text === undefined ? "rawKeyDown" : "keyDown", text,
            ...event });
        await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    }

    /** Clicks into the middle of the first element that a selector finds. */
    async click(selector) {
        await this.waitUntil((one) => document.querySelector(one) !== null, selector);
        const point = await this.run((one) => {
            const element = document.querySelector(one);
            element.scrollIntoView({ block: "nearest" });
            const box = element.getBoundingClientRect();
            return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        }, selector);
        await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", ...point });
        await this.send("Input.dispatchMouseEvent", { type: "mousePressed", button: "left", clickCount: 1, ...point });
        await this.send("Input.dispatchMouseEvent", { type: "mouseReleased", button: "left", clickCount: 1, ...point });
    }

    /** Writes what the tab shows into a PNG file. */
    async picture(path) {
        const { data } = await this.send("Page.captureScreenshot", { format: "png" });
        writeFileSync(path, Buffer.from(data, "base64"));
    }

    close() {
        this.browser.pages.delete(this.sessionId);
        return this.browser.send("Target.closeTarget", { targetId: this.targetId });
    }
}
