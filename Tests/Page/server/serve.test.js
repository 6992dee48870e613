/**
 * The page as `isobath serve` sends it, and the model that comes with the program: `Scripts/test-page server PROGRAM`.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { Browser } from "../support/chromium.js";
import { ask, kept, thread } from "../support/pages.js";

let server;
let address;
let browser;

before(async () => {
    server = spawn(process.env.ISOBATH, ["serve", "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
    address = await new Promise((resolve, reject) => {
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
    browser = await Browser.start();
});

after(async () => {
    await browser?.stop();
    server.kill();
});

/** A test with a page of the server; what must hold behind every test is checked. */
function serverTest(name, body) {
    test(name, { timeout: 900_000 }, async () => {
        const page = await browser.open(address);
        await body(page);
        assert.deepEqual(page.problems, []);
        assert.deepEqual(await page.run(() => window.violations), []);
        for (const request of page.requests) {
            assert.ok(/^(data|blob|about):/.test(request) || request.startsWith(address), request);
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

serverTest("First Light adds, in the page", async (page) => {
    await ask(page, "What is 347 + 586?");
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
    // So hot that it writes without end; the limit is only there in case that the stop should fail.
    await page.press(".", ["Control"]);
    for (const [name, value] of [["temperature", "2"], ["maxTokens", "100000"], ["seed", "3"]]) {
        await page.run((one) => document.querySelector(`#setting-${one}`).focus(), name);
        await page.type(value);
    }
    await page.press("Enter");
    await page.run(() => document.querySelector("#entry").focus());
    await page.type("What is 999 + 999?");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent.length > 3);
    await page.press("Escape");
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    assert.equal(await page.text(".end"), "Stopped.");
});

serverTest("a setting that the server refuses is told in its words", async (page) => {
    await page.run(() => {
        const own = window.fetch;
        window.fetch = (path, options) => own(path, options?.body === undefined ? options :
            { ...options, body: options.body.replace("\"stream\":true", "\"stream\":true,\"temperature\":-1") });
    });
    await ask(page, "What is 1 + 1?");
    assert.match(await page.text(".message .problem"), /temperature/);
});
