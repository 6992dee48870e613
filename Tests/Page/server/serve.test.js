/**
 * The page as `isobath serve` sends it, and the model that comes with the program: `Scripts/test-page server PROGRAM`.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Browser } from "../support/chromium.js";
import { ask, kept, thread } from "../support/pages.js";

/** A model of random weights: what it writes means nothing, but there is much of it. */
const noise = fileURLToPath(new URL("../../Fixtures/gguf/qwen2.gguf", import.meta.url));

const servers = [];
let address;
let noisyAddress;
let browser;

/** Starts the program with these arguments behind `serve`; returns its address. */
function start(...more) {
    const options = { stdio: ["ignore", "pipe", "pipe"] };
    const server = spawn(process.env.ISOBATH, ["serve", "--port", "0", ...more], options);
    servers.push(server);
    return new Promise((resolve, reject) => {
        let said = "";
        const read = (data) => {
            said += data;
            const found = /https?:\/\/[\w.:]+:\d+/.exec(said);
            if (found !== null) {
                resolve(`${found[0]}/`);
            }
        };
        server.stdout.on("data", read);
        server.stderr.on("data", read);
        server.on("exit", () => reject(new Error(`The server ended:\n${said}`)));
    });
}

before(async () => {
    address = await start();
    noisyAddress = await start(noise, "--template", "plain");
    browser = await Browser.start();
});

after(async () => {
    await browser?.stop();
    servers.forEach((server) => server.kill());
});

/** A test with a page of the server; what must hold behind every test is checked. */
function serverTest(name, body, isNoisy = false) {
    test(name, { timeout: 900_000 }, async () => {
        const origin = isNoisy ? noisyAddress : address;
        const page = await browser.open(origin);
        await body(page);
        assert.deepEqual(page.problems, []);
        assert.deepEqual(await page.run(() => window.violations), []);
        for (const request of page.requests) {
            assert.ok(/^(data|blob|about):/.test(request) || request.startsWith(origin), request);
        }
        await page.close();
    });
}

test("every file of the page comes with the policy", async () => {
    for (const name of ["", "app.js", "rendering/dom.js", "style/base.css", "icon.svg"]) {
        const response = await fetch(address + name);
        assert.equal(response.status, 200, name);
        const policy = response.headers.get("content-security-policy");
        assert.match(policy, /default-src 'none'/);
        assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    }
});

serverTest("Nano adds, in the page", async (page) => {
    await page.waitUntil(() => document.querySelector("#examples button")?.textContent === "What is 347 + 586?");
    await page.click("#examples button");
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.match((await thread(page))[1], /933$/);
    assert.match(await page.text(".figures"), /\d+ tokens · [\d.]+ tokens\/s.*prompt \d+/);
});

serverTest("another try, an edit, and a reload", async (page) => {
    await ask(page, "What is 12 + 34?");
    await page.click("[aria-label^='Try again']");
    await page.waitUntil(() => document.querySelector(".siblings")?.textContent.includes("2 / 2") &&
        document.querySelector(".figures"));
    await page.run(() => document.querySelector("#entry").focus());
    await page.press("ArrowUp");
    await page.run(() => document.activeElement.select());
    await page.type("What is 50 + 1?");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .figures") !== null &&
        document.querySelector(".question").textContent === "What is 50 + 1?");
    await kept(page);
    const before = await thread(page);
    assert.match(before[1], /51$/);
    await page.reload();
    assert.deepEqual(await thread(page), before);
});

serverTest("an answer is stopped, and what was written stays", async (page) => {
    // With this seed it writes some 4 000 tokens.
    await page.press(".", ["Control"]);
    for (const [name, value] of [["temperature", "1"], ["seed", "12"]]) {
        await page.run((one) => document.querySelector(`#setting-${one}`).focus(), name);
        await page.type(value);
    }
    await page.press("Enter");
    await page.run(() => document.querySelector("#entry").focus());
    await page.type("Go on");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent.length > 3);
    await page.press("Escape");
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.equal(await page.text(".end"), "Stopped.");
    await kept(page);
    const before = await thread(page);
    assert.ok(before[1].length > 3);
    await page.reload();
    assert.deepEqual(await thread(page), before);
}, true);

serverTest("a setting that the server refuses is told in its words", async (page) => {
    await page.run(() => {
        const own = window.fetch;
        window.fetch = (path, options) => own(path, options?.body === undefined ? options :
            { ...options, body: options.body.replace("\"stream\":true", "\"stream\":true,\"temperature\":-1") });
    });
    await ask(page, "What is 1 + 1?");
    assert.match(await page.text(".message .problem"), /temperature/);
});
