import assert from "node:assert/strict";
import { test } from "node:test";
import { elementsIn, html } from "../support/dom.js";
import { randomNumbers, randomText, rendered, shown, streamed } from "../support/rendering.js";

/** A second look at what was made, apart from the lists in `dom.js`: nothing that runs, loads or hides. */
function assertHarmless(target) {
    for (const made of elementsIn(target)) {
        assert.doesNotMatch(
            made.name,
            /^(script|style|iframe|object|embed|img|image|svg|form|input|link|meta|base|video|audio|annotation-xml)$/);
        for (const [name, value] of made.attributes) {
            assert.doesNotMatch(name, /^on|^style$|^src|^srcdoc$|^action$|^formaction$|^id$|^name$|^xlink/);
            if (name === "href") {
                assert.match(value, /^https?:\/\//);
                assert.equal(made.attributes.get("rel"), "noopener noreferrer nofollow");
            }
        }
    }
}

const addresses = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "\\javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,PHN2Zz4=",
    "vbscript:x",
    "blob:https://a.org/x", "file:///etc/passwd", "//a.org", "/v1/models", "https:a.org", "http://",
    "https://user:password@a.org",
    "https://a.org@b.org", "filesystem:https://a.org/x", "view-source:https://a.org", "https://[", "ftp://a.org",
    "mailto:a@b.org",
];

for (const address of addresses) {
    test(`no link to ${JSON.stringify(address)}`, () => {
        for (const source of [`[a](${address})`, `[a](<${address}>)`, `![a](${address})`, `<${address}>`,
            `[a](${address} "t")`, address]) {
            const target = rendered(source);
            assertHarmless(target);
            const links = [...elementsIn(target)].filter((made) => made.attributes.has("href"));
            // An address inside the refused one may be a link of its own, to where it says.
            for (const made of links) {
                assert.match(made.attributes.get("href"), /^https?:\/\/(?:a|b)\.org\//);
                assert.ok(made.textContent.startsWith("http"), `${source} is a link that does not show where it leads`);
            }
        }
    });
}

test("a link's real address shows when the pointer rests on it", () => {
    assert.match(shown("[https://bank.example](https://évil.example)"),
        /title="https:\/\/xn--vil-9la.example\/">https:\/\/bank.example</);
});

const markup = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>x</script>'>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=x></style></mglyph></math>", "<a href=javascript:x>a</a>",
    "```html\n<script>alert(1)</script>\n```", "```<script>\nx\n```", "| <script> |\n|---|\n| <img onerror=x> |",
    "`<script>`",
    "\\(<script>alert(1)</script>\\)", "\\(\\text{<img src=x onerror=x>}\\)", "\\(\\href{javascript:x}{a}\\)",
    "\\(\\html{<script>}\\)",
    "\\(\\style{x}{y}\\)", "$\\unicode{<script>}$", "# <script>", "- [x] <script>", "&lt;script&gt;",
    "&#60;script&#62;",
    "[<script>](https://a.org/<script>)", "\\operatorname{<script>}", "\\(\\operatorname{<script>}\\)",
    "\\begin{align}<script>\\end{align}",
];

for (const source of markup) {
    test(`no markup from ${JSON.stringify(source)}`, () => {
        assertHarmless(rendered(source));
        assertHarmless(streamed([...source]));
    });
}

test("marks that reorder text are written out, in text, code, formulas and links", () => {
    const mark = "\u202e";
    for (const source of [`a${mark}b`, `\`a${mark}b\``, `\`\`\`\na${mark}b\n\`\`\``, `\\(\\text{a${mark}b}\\)`,
        `[a${mark}b](x:y)`,
        `https://a.org/${mark}b`, `&#x202e;`, `\\(${mark}\\)`, `\`\`\`${mark}\n\`\`\``]) {
        const result = html(rendered(source));
        assert.ok(!result.includes(mark) && result.includes("[U+202E]"), source);
    }
});

test("random texts are harmless", () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 2000; round++) {
        assertHarmless(rendered(randomText(random, 40)));
    }
});

/** Depth of the tree, without recursion. */
function depthOf(target) {
    let deepest = 0;
    const waiting = [[target, 0]];
    while (waiting.length > 0) {
        const [node, depth] = waiting.pop();
        deepest = Math.max(deepest, depth);
        node.childNodes.forEach((child) => waiting.push([child, depth + 1]));
    }
    return deepest;
}

const million = 1_000_000;
const numbered = (count, line) => Array.from({ length: count }, (_, index) => line(index)).join("");

/** Texts that a reader with a quadratic step would not get through in hours. */
const large = {
    "backticks": "`".repeat(million),
    "backticks in runs of all lengths": numbered(1400, (index) => `${"`".repeat(index)} `),
    "brackets": "[".repeat(million),
    "links without an end": "[](a".repeat(million / 4),
    "links with a far end": `${"[](a".repeat(400)})`.repeat(600),
    "emphasis": "*a **b ".repeat(million / 7),
    "nested emphasis": "**a ".repeat(million / 8) + " b**".repeat(million / 8),
    "underscores": "_a".repeat(million / 2),
    "quotes in one line": ">".repeat(million),
    "quotes in many lines": `${">".repeat(30)}\n`.repeat(30_000),
    "bullets in one line": "- ".repeat(million / 2),
    "ever deeper bullets": numbered(1400, (index) => `${" ".repeat(index)}- a\n`),
    "dollars": "$a ".repeat(million / 3),
    "formulas without an end": "\\(".repeat(million / 2),
    "formulas on their own without an end": "\\[\n".repeat(million / 3),
    "braces in a formula": `\\(${"{".repeat(19_000)}\\)`,
    "a long formula": `\\(${"x^".repeat(million / 2)}\\)`,
    "rows in a formula": `$$${"\\\\[".repeat(6000)}$$`,
    "lines of code": `\`\`\`js\n${"let x = 1; // a\n".repeat(million / 16)}`,
    "one line of code": `\`\`\`js\n${"(\"".repeat(million / 2)}`,
    "lines in a paragraph": "word\n".repeat(million / 5),
    "rows of a table": `|a|b|\n|-|-|\n${"|1|2|\n".repeat(million / 8)}`,
    "columns of a table": `${"|a".repeat(million / 4)}\n${"|-".repeat(million / 4)}\n`,
    "angles": "<".repeat(million),
    "ampersands": "&".repeat(million),
    "addresses": "http://".repeat(million / 7),
    "backslashes": "\\".repeat(million),
    "spaces": `a${" ".repeat(million)}b`,
    "hashes": `# a${" #".repeat(million / 2)}`,
};

for (const [name, source] of Object.entries(large)) {
    test(`a megabyte of ${name}`, { timeout: 600_000 }, () => {
        const target = rendered(source);
        assert.ok(depthOf(target) < 150);
        assert.equal(html(target).length > 0, true);
    });
}
