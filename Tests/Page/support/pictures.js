/**
 * Draws the pictures in the documentation: the page as Chromium shows it, with answers of the stub server.
 *
 *   node Tests/Page/support/pictures.js FOLDER
 */
import { join } from "node:path";
import { Browser } from "./chromium.js";
import { StubServer } from "./stub.js";

const folder = process.argv[2];

const triangular = {
    reasoning: "They want the definition, a formula and code. The formula follows from pairing the terms:\n\n" +
        "- $1 + n$, $2 + (n-1)$, …: $n$ pairs make twice the sum.\n\nA table of small values helps to check it.",
    content: String.raw`The **triangular numbers** count points in a triangle. Each row adds one more point than the row before:

\[
T_n = \sum_{k=1}^{n} k = \frac{n(n+1)}{2}.
\]

Gauss saw why: write the sum forwards and backwards, and every column adds up to \(n+1\).

| \(n\) | 1 | 2 | 3 | 10 | 100 |
|:--|--:|--:|--:|--:|--:|
| \(T_n\) | 1 | 3 | 6 | 55 | 5050 |

~~~python
def triangular(n: int) -> int:
    """The sum of the first n positive integers."""
    return n * (n + 1) // 2   # exact: one factor is even
~~~
`,
};

const squares = {
    content: String.raw`Put two neighbours together and they make a square:

\[
T_n + T_{n-1} = \frac{n(n+1)}{2} + \frac{(n-1)n}{2} = n^2.
\]

1. Draw \(T_n\) as a staircase.
2. Turn \(T_{n-1}\) around and lay it on top.
3. The gaps close: \(n\) rows of \(n\) points.

> Theon of Smyrna described this in the second century.
`,
};

const earlier = ["Why is the sky blue?", "Read a file line by line in Swift", "Plan a week in Lisbon",
    "Proof that √2 is irrational"];

/** Sends a question and waits for its answer. */
async function ask(page, question, answer, stub) {
    stub.answer = () => ({ piece: 5, delay: 4, ...answer });
    const count = await page.run(() => document.querySelectorAll(".assistant .figures").length);
    await page.run(() => document.querySelector("#entry").focus());
    await page.type(question);
    await page.press("Enter");
    await page.waitUntil((number) => document.querySelectorAll(".assistant .figures").length > number, count);
}

const scroll = (page, top) => page.run((value) => { document.querySelector("#scroller").scrollTop = value; }, top);
const settled = () => new Promise((resolve) => setTimeout(resolve, 600));

const stub = await StubServer.start();
const browser = await Browser.start();

const page = await browser.open(stub.address, { width: 1280, height: 820 });
await page.send("Emulation.setLocaleOverride", { locale: "en-GB" });
await page.picture(join(folder, "page-start.png"));
for (const question of earlier) {
    await ask(page, question, { content: "Because." }, stub);
    await page.press("O", ["Control", "Shift"]);
}
await ask(page, "What are triangular numbers, and how do I compute them?", { ...triangular, delay: 40 }, stub);
await page.run(() => document.querySelector(".thinking summary").click());
await scroll(page, 0);
await settled();
await page.picture(join(folder, "page-chat.png"));

await page.setMedia({ "prefers-color-scheme": "dark" });
await ask(page, "And how are they related to squares?", { content: "By addition." }, stub);
stub.answer = () => ({ piece: 5, delay: 40, ...squares });
await page.run(() => [...document.querySelectorAll("[aria-label^='Try again']")].pop().click());
await page.waitUntil(() => document.querySelectorAll(".assistant .figures").length === 2 &&
    document.querySelector(".siblings"));
await scroll(page, 1e6);
await settled();
await page.picture(join(folder, "page-dark.png"));

const hash = await page.run(() => location.hash);
const phone = await browser.open(stub.address + hash, { width: 390, height: 780, isPhone: true });
await phone.send("Emulation.setLocaleOverride", { locale: "en-GB" });
await phone.reload();
await phone.run(() => document.activeElement.blur());
await scroll(phone, 0);
await settled();
await phone.picture(join(folder, "page-phone.png"));

await page.setMedia({ "prefers-color-scheme": "light" });
await page.press(".", ["Control"]);
await page.type("Answer briefly, with a small example.");
await page.run(() => { document.querySelector("#setting-temperature").value = "0.6"; });
await settled();
await page.picture(join(folder, "page-settings.png"));

await browser.stop();
await stub.stop();
