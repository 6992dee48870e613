import assert from "node:assert/strict";
import { ask, pageTest, useBrowser } from "../support/pages.js";

useBrowser();

const hostile = `<script>window.pwned = 1</script><img src=x onerror="window.pwned = 2"><svg onload="window.pwned = 3">
<iframe srcdoc="<script>parent.pwned = 4</script>"></iframe><style>body { display: none }</style><base href="https://evil.example/">

[click](javascript:window.pwned=5) ![picture](https://evil.example/track.png) [data](data:text/html,<script>window.pwned=6</script>)
<a href="javascript:window.pwned=7">a</a> <form action="https://evil.example/"><input name="x"></form>

\`\`\`html
<script>window.pwned = 8</script>
\`\`\`

\\(\\href{javascript:window.pwned=9}{x}\\) \\(\\text{</math><script>window.pwned = 10</script>}\\)

| <script>window.pwned = 11</script> |
|---|
| <img src=x onerror="window.pwned = 12"> |

[good](https://example.org/)
`;

pageTest("markup and scripts in a model's output stay text", async ({ page, stub }) => {
    stub.answer = () => ({ reasoning: hostile, content: hostile, piece: 7, delay: 1, });
    stub.models = ["<img src=x onerror=window.pwned=13>", "b"];
    await page.reload();
    await ask(page, hostile.replaceAll("\n", " "));
    await page.click(".thinking summary");
    await page.waitUntil(() => document.querySelector(".thought").textContent.includes("window.pwned = 12"));
    const seen = await page.run(() => ({
        pwned: window.pwned,
        made: document.querySelectorAll(
            "#messages :is(script, img, iframe, style, base, form:not(.edit), input, object, svg:not(.icon))").length,
        listeners: [...document.querySelectorAll("#messages *")].some(
            (one) => [...one.attributes].some(({ name }) => name.startsWith("on"))),
        links: [...document.querySelectorAll("#messages a")].map((one) => [one.href, one.rel, one.target]),
        text: document.querySelector(".assistant > .body > .prose").innerText.replaceAll("\u00a0", " "),
        prompt: document.querySelector(".question").textContent.includes("<script>window.pwned = 1</script>"),
    }));
    assert.equal(seen.pwned, undefined);
    assert.equal(seen.made, 0);
    assert.equal(seen.listeners, false);
    assert.ok(seen.prompt);
    for (const number of [1, 2, 3, 4, 8, 10, 11, 12]) {
        assert.ok(seen.text.includes(`pwned = ${number}`), `the text lacks ${number}`);
    }
    assert.deepEqual(new Set(seen.links.map(([address]) => address)),
        new Set(["https://evil.example/track.png", "https://example.org/", "https://evil.example/"]));
    for (const [, rel, target] of seen.links) {
        assert.deepEqual([rel, target], ["noopener noreferrer nofollow", "_blank"]);
    }
    await page.reload();
    assert.equal(await page.run(() => window.pwned), undefined);
});

pageTest("a script in the page's own address or in a kept title stays text", async ({ page, open }) => {
    await ask(page, "<img src=x onerror=window.pwned=1>");
    const other = await open({ at: "#<img src=x onerror=window.pwned=2>" });
    await other.waitUntil(
        () => document.querySelector("#conversations .open")?.textContent === "<img src=x onerror=window.pwned=1>");
    await page.press("k", ["Control"]);
    await page.type("<img src=x onerror=window.pwned=3>");
    for (const tab of [page, other]) {
        assert.equal(await tab.run(() => window.pwned), undefined);
        assert.equal(await tab.run(() => document.querySelectorAll("img").length), 1);
    }
});

pageTest("in the real document, too, pieces give the page that the whole gives", async ({ page }) => {
    const differences = await page.run(async () => {
        const { StreamRenderer, render } = await import("/rendering/stream.js");
        const fragments = ["\n", "\n\n", "- ", "  ", "1. ", "> ", "word ", "**", "*", "`", "```", "```js\nlet x = `1",
            "| a | b |\n|---|---|\n", "|",
            "$x^2$", "\\(", "\\)", "\\[\n", "\\]\n", "\\frac{1}{2}", "[a](https://b.org)", "<b>", "# ", "---\n", "~~",
            "\u202e", "&lt;", "\r\n"];
        let state = 1;
        const random = (bound) => {
            state = (state * 48271) % 2147483647;
            return state % bound;
        };
        const found = [];
        for (let round = 0; round < 1500; round++) {
            const text = Array.from({ length: random(40) }, () => fragments[random(fragments.length)]).join("");
            const [whole, pieces] = [document.createElement("div"), document.createElement("div")];
            render(document, whole, text);
            const renderer = new StreamRenderer(document, pieces);
            for (let index = 0; index < text.length;) {
                const length = 1 + random(7);
                renderer.append(text.slice(index, index + length));
                renderer.show();
                index += length;
            }
            renderer.finish();
            if (!whole.isEqualNode(pieces)) {
                found.push(text);
            }
        }
        return found;
    });
    assert.deepEqual(differences, []);
});

pageTest("formulas are laid out as formulas", async ({ page, stub }) => {
    stub.answer = () =>
        ({ content: "\\[ \\frac{a}{b} = \\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix} \\boxed{x} \\]\n\nand \\(\\sqrt{2}\\)" });
    await ask(page, "Q");
    const boxes = await page.run(() => ["mfrac", "mtable", "msqrt", ".boxed"].map((one) => {
        const { width, height } = document.querySelector(`math ${one}`).getBoundingClientRect();
        return width > 5 && height > 10;
    }));
    assert.deepEqual(boxes, [true, true, true, true]);
    assert.equal(await page.run(() => getComputedStyle(document.querySelector(".boxed")).borderTopWidth), "1px");
    const above = await page.run(() => {
        const [top, bottom] = document.querySelector("mfrac").children;
        return top.getBoundingClientRect().bottom <= bottom.getBoundingClientRect().top + 1;
    });
    assert.ok(above);
});
