import assert from "node:assert/strict";
import { ask, pageTest, thread, useBrowser } from "../support/pages.js";

useBrowser();

const longAnswer = () => ({ content: "Text with `code` and $x$.\n\n```python\n" + "x".repeat(300) +
    "\n```\n\n| a | b |\n|---|---|\n" +
    `| ${"wide ".repeat(30)} | c |\n\n\\[ ${"x + ".repeat(60)} y \\]\n\n${"averylongword".repeat(30)}` });

pageTest("everything can be done by keyboard alone", async ({ page, stub }) => {
    assert.equal(await page.run(() => document.activeElement.id), "entry");
    await page.type("By keyboard");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".assistant .figures"));
    // To the answer, to its buttons, and another try.
    await page.press("ArrowUp", ["Alt"]);
    assert.ok(await page.run(() => document.activeElement.matches("article.assistant")));
    const reach = async (label) => {
        for (let presses = 0; presses < 60; presses++) {
            await page.press("Tab");
            if (await page.run((text) => document.activeElement.getAttribute("aria-label")?.startsWith(text), label)) {
                return;
            }
        }
        assert.fail(`Tab never comes to "${label}"`);
    };
    await reach("Try again");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".siblings")?.textContent.includes("2 / 2"));
    await page.press("ArrowUp", ["Alt"]);
    await reach("Previous answer");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelector(".siblings")?.textContent.includes("1 / 2"));
    // The list of keys, and back to where one was.
    await page.press("?");
    assert.equal(await page.run(() => document.querySelector("#shortcuts").open), true);
    await page.press("Escape");
    assert.equal(await page.run(() => document.querySelector("#shortcuts").open), false);
    await page.press("/");
    assert.equal(await page.run(() => document.activeElement.id), "entry");
    // Settings, and a request that has them.
    await page.press(".", ["Control"]);
    assert.equal(await page.run(() => document.activeElement.id), "system");
    await page.press("Tab");
    await page.type("1.5");
    await page.press("Enter");
    await page.press("/");
    await page.type("Hotter");
    await page.press("Enter");
    await page.waitUntil(() => document.querySelectorAll(".assistant .figures").length === 2);
    assert.equal(stub.requests[2].temperature, 1.5);
    // Hide the list and show it again.
    await page.press("b", ["Control"]);
    assert.equal(await page.run(() => getComputedStyle(document.querySelector("#sidebar")).display), "none");
    await page.press("b", ["Control"]);
    assert.equal(await page.run(() => getComputedStyle(document.querySelector("#sidebar")).display), "flex");
});

pageTest("everything that can be used has a name, and what happens is told", async ({ page }) => {
    await ask(page, "Say it");
    await page.waitUntil(() => document.querySelector("#status").textContent === "You said: Say it");
    await page.press(".", ["Control"]);
    const { nodes } = await page.send("Accessibility.getFullAXTree");
    const usable = new Set(["button", "textbox", "searchbox", "combobox", "link", "radio", "dialog", "navigation",
        "complementary"]);
    const nameless = nodes.filter((node) => !node.ignored && usable.has(node.role?.value) && !node.name?.value)
        .map((node) => node.role.value);
    assert.deepEqual(nameless, []);
    assert.ok(nodes.some((node) => node.role?.value === "dialog" && node.name.value === "Settings"));
});

for (const scheme of ["light", "dark"]) {
    pageTest(`texts stand out from what is behind them: ${scheme}`, async ({ page }) => {
        await page.setMedia({ "prefers-color-scheme": scheme });
        await ask(page, "A `question`");
        const low = await page.run(() => {
            const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
            const painted = (colours) => {
                context.globalCompositeOperation = "source-over";
                for (const colour of colours) {
                    context.fillStyle = colour;
                    context.fillRect(0, 0, 1, 1);
                }
                return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
            };
            const luminance = (colour) => colour.map((value) => value / 255)
                .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
                .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
            const found = [];
            for (const element of document.querySelectorAll("body *")) {
                const hasText = [...element.childNodes].some(
                    (node) => node.nodeType === 3 && node.nodeValue.trim() !== "");
                if (!hasText || !element.checkVisibility({ opacityProperty: true }) ||
                    element.closest(".unseen, svg, :disabled")) {
                    continue;
                }
                const backs = [];
                for (let place = element; place !== null; place = place.parentElement) {
                    backs.unshift(getComputedStyle(place).backgroundColor);
                }
                const [one, other] = [painted(backs), painted([...backs, getComputedStyle(element).color])].map(
                    luminance);
                const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
                if (contrast < 4.5) {
                    found.push(`${element.tagName}.${element.className}: ${contrast.toFixed(2)}`);
                }
            }
            return found;
        });
        assert.deepEqual(low, []);
        const back = await page.run(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(back, scheme === "dark" ? "rgb(13, 22, 28)" : "rgb(246, 248, 247)");
    });
}

pageTest("chosen colours hold, whatever the system says, also after a reload", async ({ page }) => {
    await page.setMedia({ "prefers-color-scheme": "light" });
    await page.press(".", ["Control"]);
    await page.run(() => document.querySelector("[name=theme][value=dark]").click());
    await page.press("Escape");
    const back = () => page.run(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await back(), "rgb(13, 22, 28)");
    await page.reload();
    assert.equal(await back(), "rgb(13, 22, 28)");
});

pageTest("on a phone nothing is wider than the page, and the list lies over the thread", async ({ page, stub }) => {
    stub.answer = longAnswer;
    await ask(page, "Wide things");
    const wide = await page.run(() => [...document.querySelectorAll("body *")].filter((one) =>
        one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 &&
        one.closest("#sidebar, .unseen, pre, .table, .formula") === null).map((one) => one.outerHTML.slice(0, 80)));
    assert.deepEqual(wide, []);
    assert.equal(await page.run(() => document.documentElement.scrollWidth), 360);
    const small = await page.run(() => [...document.querySelectorAll(".top button, #composer button, #new")].filter(
        (one) =>
        one.checkVisibility() && Math.min(one.getBoundingClientRect().width,
            one.getBoundingClientRect().height) < 32).length);
    assert.equal(small, 0);
    const isOpen = () => page.run(() => getComputedStyle(document.querySelector("#sidebar")).visibility === "visible");
    assert.equal(await isOpen(), false);
    await page.click("#open-sidebar");
    assert.equal(await isOpen(), true);
    assert.equal(await page.run(() => document.querySelector("#main").inert), true);
    await page.press("Escape");
    assert.equal(await page.run(() => document.querySelector("#main").inert), false);
    await page.click("#open-sidebar");
    await page.run(() => document.querySelector("#conversations .open").click());
    await page.waitUntil(() => !document.querySelector("#main").inert);
    assert.equal((await thread(page)).length, 2);
}, { width: 360, height: 740, isPhone: true });

pageTest("nothing moves for those who want nothing to move", async ({ page, stub }) => {
    const animations = async () => {
        await page.waitUntil(() => document.querySelector(".thinking.active") !== null);
        return page.run(() => document.getAnimations().length);
    };
    for (const [motion, expected] of [["no-preference", true], ["reduce", false]]) {
        const goOn = stub.holdAt(3, { reasoning: "thinking ".repeat(20), content: "Done." });
        await page.setMedia({ "prefers-reduced-motion": motion });
        await page.type("Q");
        await page.press("Enter");
        assert.equal(await animations() > 0, expected);
        goOn();
        await page.waitUntil((number) => document.querySelectorAll(".assistant .figures").length === number, expected ? 1 : 2);
    }
});
