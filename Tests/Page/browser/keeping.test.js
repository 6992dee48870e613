import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, kept, pageTest, thread, titles, useBrowser } from "../support/pages.js";

useBrowser();

pageTest("a reload keeps the conversation", async ({ page }) => {
    await ask(page, "Remember me");
    await ask(page, "And this");
    const before = await thread(page);
    await page.reload();
    assert.deepEqual(await thread(page), before);
    assert.equal(before.length, 4);
    assert.equal(await page.text("#title"), "Remember me");
    assert.deepEqual(await titles(page, 1), ["Remember me"]);
});

pageTest("a reload in the middle of an answer keeps what was written, and says that it is not all",
    async ({ page, stub }) => {
    stub.answer = () => ({ content: "word ".repeat(1000), delay: 10 });
    await page.type("Q");
    await page.press("Enter");
    // Long enough that it has been saved once on the way.
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent.length > 800);
    await page.reload();
    assert.ok((await thread(page))[1].length > 100);
    assert.equal(await page.text(".end"), "This answer was interrupted.");
    stub.answer = () => ({ content: "Better." });
    await page.click("[aria-label^='Try again']");
    await page.waitUntil(() => document.querySelector(".assistant .prose")?.textContent === "Better.");
});

pageTest("conversations are searched, renamed, deleted, and brought back", async ({ page }) => {
    await ask(page, "About whales");
    await page.press("O", ["Control", "Shift"]);
    await ask(page, "About sharks");
    assert.deepEqual(await titles(page, 2), ["About sharks", "About whales"]);
    await page.press("k", ["Control"]);
    await page.type("said whales");
    assert.deepEqual(await titles(page, 1), ["About whales"]);
    await page.press("ArrowDown");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector("#title").textContent === "About whales");
    await page.run(() => {
        document.querySelector("#search").value = "";
        document.querySelector("#search").dispatchEvent(new Event("input"));
    });
    await titles(page, 2);
    await page.run(() => document.querySelector("#conversations .current .open").focus());
    await page.press("F2");
    await page.type("Mammals");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector("#conversations .current .open")?.textContent === "Mammals");
    await page.run(() => document.querySelector("#conversations .current .open").focus());
    await page.press("Delete");
    assert.deepEqual(await titles(page, 1), ["About sharks"]);
    assert.equal(await page.text("#title"), "New conversation");
    await page.click(".notice .text");
    await titles(page, 2);
    await page.waitUntil(() => document.querySelector("#title").textContent === "Mammals");
    assert.deepEqual(await thread(page), ["About whales", "You said: About whales"]);
});

pageTest("two tabs in one conversation lose nothing of each other", async ({ page, open, stub }) => {
    await ask(page, "Begin");
    // One tab that hears nothing of the other: else it is a race whether the second question still stands beside the
    // first or already behind it.
    const deaf = "window.BroadcastChannel = class { postMessage() {} };";
    const other = await open({ at: `#${await page.run(() => location.hash.slice(1))}`, before: deaf });
    assert.deepEqual(await thread(other), ["Begin", "You said: Begin"]);
    stub.answer = ({ messages }) => ({ content: `Re: ${messages[messages.length - 1].content}`, delay: 100 });
    for (const [tab, text] of [[page, "from here"], [other, "from there"]]) {
        await tab.run(() => document.querySelector("#entry").focus());
        await tab.type(text);
        await tab.press("Enter");
    }
    for (const tab of [page, other]) {
        await tab.waitUntil(() => document.querySelectorAll(".assistant .figures").length === 2);
    }
    assert.deepEqual((await thread(page)).slice(2), ["from here", "Re: from here"]);
    assert.deepEqual((await thread(other)).slice(2), ["from there", "Re: from there"]);
    await kept(page);
    await page.reload();
    const isHere = (await thread(page))[2] === "from here";
    assert.match(await page.run(() => document.querySelectorAll(".siblings")[0].textContent), /[12] \/ 2/);
    await page.click(isHere ? "[aria-label='Next version']" : "[aria-label='Previous version']");
    assert.deepEqual((await thread(page)).slice(2), isHere ? ["from there", "Re: from there"] : [
        "from here", "Re: from here"]);
});

pageTest("a conversation deleted in one tab does not come back from another", async ({ page, open, stub }) => {
    await ask(page, "Begin");
    const other = await open({ at: `#${await page.run(() => location.hash.slice(1))}` });
    stub.holdAt(9, { content: "word ".repeat(500) });
    await other.type("Slow");
    await other.press("Enter");
    await other.waitUntil(() => [...document.querySelectorAll(".assistant .prose")].pop().textContent.startsWith(
        "word"));
    await page.run(() => document.querySelector("#conversations .open").focus());
    await page.press("Delete");
    await other.waitUntil(() => document.querySelector(".notice")?.textContent.includes("deleted in another tab"));
    assert.equal(await other.text("#title"), "New conversation");
    await new Promise((resolve) => setTimeout(resolve, 300));
    await other.reload();
    assert.deepEqual(await titles(other, 0), []);
});

pageTest("conversations are exported and imported", async ({ page, open }) => {
    const folder = mkdtempSync(join(tmpdir(), "isobath-downloads-"));
    await page.browser.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    await ask(page, "Export *me*");
    const download = async (selector, ending) => {
        await page.run((one) => document.querySelector(one).click(), selector);
        for (;;) {
            const name = readdirSync(folder).find((one) => one.endsWith(ending));
            if (name !== undefined) {
                return join(folder, name);
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    };
    const markdown = await download("#export-markdown", ".md");
    const json = await download("#export-json", ".json");
    assert.match(markdown, /Export me\.md$/);
    assert.match(readFileSync(markdown, "utf8"), /<!-- isobath: user -->\n\*\*You\*\*\n\nExport \*me\*\n/);
    const choose = async (path) => {
        const { root } = await page.send("DOM.getDocument");
        const { nodeId } = await page.send("DOM.querySelector", { nodeId: root.nodeId, selector: "#import-file" });
        await page.send("DOM.setFileInputFiles", { nodeId, files: [path] });
    };
    await choose(json);
    await titles(page, 2);
    await choose(markdown);
    await titles(page, 3);
    assert.deepEqual(await thread(page), ["Export *me*", "You said: Export me"]);
    await choose(process.execPath);
    await page.waitUntil(() => document.querySelector(".notice.problem") !== null);
    await titles(page, 3);
    rmSync(folder, { recursive: true });
    assert.ok(open);
});

pageTest("a key that the server wants is asked for, and forgotten with the tab", async ({ page, stub, open }) => {
    stub.key = "a-secret-key";
    await page.run(() => location.reload());
    await page.waitUntil(() => document.querySelector("#settings")?.open && document.activeElement.id === "key");
    await page.type("a-secret-key");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector("#model option") !== null);
    await ask(page, "Q");
    await page.reload();
    assert.deepEqual(await thread(page), ["Q", "You said: Q"]);
    const kept = await page.run(async () => {
        const connection = await new Promise((resolve) => {
            indexedDB.open("isobath").onsuccess = (event) => resolve(event.target.result);
        });
        const all = await new Promise((resolve) => {
            connection.transaction("conversations").objectStore("conversations").getAll().onsuccess = (event) =>
                resolve(event.target.result);
        });
        return JSON.stringify([all, { ...localStorage }, document.cookie]);
    });
    assert.ok(!kept.includes("a-secret-key"));
    stub.key = null;
    const other = await open();
    assert.equal(await other.run(() => sessionStorage.length), 0);
});
