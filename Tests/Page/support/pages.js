/**
 * Tests in a real Chromium: a browser for each file of tests, a server of its own (and so an empty store) for each
 * test.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./chromium.js";
import { StubServer } from "./stub.js";

let browser;

/** Starts the browser before the tests of a file and ends it behind them. */
export function useBrowser() {
    before(async () => { browser = await Browser.start(); });
    after(() => browser.stop());
}

/**
 * A test with a page that has just been opened, as `body({page, stub, open})`; `open(options)` opens another tab.
 *
 * Behind it no script may have failed, the policy must have refused nothing, and all requests must have gone to the
 * server.
 */
export function pageTest(name, body, options = {}) {
    test(name, { timeout: 900_000 }, async () => {
        const stub = await StubServer.start();
        const tabs = [];
        const open = async (more = {}) => {
            tabs.push(await browser.open(stub.address + (more.at ?? ""), { ...options, ...more }));
            return tabs[tabs.length - 1];
        };
        options.prepare?.(stub);
        try {
            await body({ page: await open(), stub, open });
            for (const tab of tabs) {
                assert.deepEqual(tab.problems, []);
                assert.deepEqual(await tab.run(() => window.violations), []);
                for (const address of tab.requests) {
                    assert.ok(/^(data|blob|about):/.test(address) || address.startsWith(stub.address), address);
                }
            }
        } finally {
            await Promise.all(tabs.map((tab) => tab.close()));
            await stub.stop();
        }
    });
}

/** Types a question, sends it, and waits until its answer is complete. */
export async function ask(page, question) {
    const count = await answers(page);
    await page.run(() => document.querySelector("#entry").focus());
    await page.type(question);
    await page.press("Enter");
    await page.waitUntil((number) => document.querySelectorAll(".assistant .figures").length === number, count + 1);
    await kept(page);
}

/** Waits until the browser has kept all answers; what was still on its way would be lost with a reload at once. */
export async function kept(page) {
    await page.waitUntil(async () => {
        const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
        const connection = await done(indexedDB.open("isobath"));
        const all = await done(connection.transaction("conversations").objectStore("conversations").getAll());
        connection.close();
        const messages = all.flatMap((conversation) => Object.values(conversation.messages));
        return messages.length > 0 && messages.every((message) =>
            message.role === "user" || message.isWriting === false);
    });
}

/** How many complete answers are shown. */
export function answers(page) {
    return page.run(() => document.querySelectorAll(".assistant .figures").length);
}

/** The shown messages' texts. */
export function thread(page) {
    return page.run(() => [...document.querySelectorAll(".question, .message > .body > .prose")].map(
        (one) => one.innerText.trim()));
}

/** The titles in the list, once there are so many. */
export async function titles(page, count) {
    await page.waitUntil((number) => document.querySelectorAll("#conversations .open").length === number, count);
    return page.run(() => [...document.querySelectorAll("#conversations .open")].map((one) => one.textContent));
}
