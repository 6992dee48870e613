import assert from "node:assert/strict";
import { test } from "node:test";
import { shown } from "../support/rendering.js";

const link = (address, text, more = "") =>
    `<a${more} href="${address}" rel="noopener noreferrer nofollow" target="_blank" title="${address}">${text}</a>`;

/** What is written and what comes of it. */
const examples = {
    "a paragraph": ["One.\nTwo.\n\nThree.", "<p>One.<br></br>Two.</p><p>Three.</p>"],
    "headings": ["# A\n## B ##\n###### C\n####### D", "<h3>A</h3><h4>B</h4><h6>C</h6><p>####### D</p>"],
    "a rule under a paragraph": ["Above\n---\nBelow", "<p>Above</p><hr></hr><p>Below</p>"],
    "emphasis": ["*a* **b** ***c*** _d_ __e__ ~~f~~",
        "<p><em>a</em> <strong>b</strong> <em><strong>c</strong></em> <em>d</em> " +
        "<strong>e</strong> <del>f</del></p>"],
    "emphasis inside emphasis": [
        "**a *b* c** *a **b***", "<p><strong>a <em>b</em> c</strong> <em>a <strong>b</strong></em></p>"],
    "no emphasis": ["2 * 3 * 4, snake_case_name, ~a~", "<p>2 * 3 * 4, snake_case_name, ~a~</p>"],
    "emphasis beside Chinese": ["**重点。**然后", "<p><strong>重点。</strong>然后</p>"],
    "code": ["`a*b*` and `` ` ``", "<p><code>a*b*</code> and <code>`</code></p>"],
    "unclosed marks": ["**a `b [c", "<p>**a `b [c</p>"],
    "escapes": ["\\*a\\* \\` \\# \\a", "<p>*a* ` # \\a</p>"],
    "entities": ["&lt;b&gt; &amp; &#65; &#x1F600; &nosuch; &#0;", "<p>&lt;b&gt; &amp; A 😀 &amp;nosuch; &amp;#0;</p>"],
    "HTML is text": ["<b onclick=\"x\">a</b><!-- c -->", "<p>&lt;b onclick=\"x\"&gt;a&lt;/b&gt;&lt;!-- c --&gt;</p>"],
    "a line break": ["a<br>b<BR/>c", "<p>a<br></br>b<br></br>c</p>"],
    "a link": ["[**t**](https://a.org/x \"title\")", `<p>${link("https://a.org/x", "<strong>t</strong>")}</p>`],
    "a link with brackets": ["[t](https://a.org/x_(y))", `<p>${link("https://a.org/x_(y)", "t")}</p>`],
    "a bare address": ["See https://a.org/x_y, or (http://b.org).",
        `<p>See ${link("https://a.org/x_y", "https://a.org/x_y")}, or (${link("http://b.org/", "http://b.org")}).</p>`],
    "an address in Chinese text": ["见https://a.org。", "<p>见" + link("https://a.org/", "https://a.org") + "。</p>"],
    "a picture is a link": ["![A cat](https://a.org/cat.png)",
        `<p>${link("https://a.org/cat.png", "A cat", " class=\"picture\"")}</p>`],
    "bullets": ["- a\n- b\n  - c\n- d", "<ul><li><p>a</p></li><li><p>b</p><ul><li><p>c</p></li></ul></li><li><p>d</p></li></ul>"],
    "numbers": ["3. a\n4. b", "<ol start=\"3\"><li><p>a</p></li><li><p>b</p></li></ol>"],
    "two columns belong to an item": ["1. a\n  - b", "<ol><li><p>a</p><ul><li><p>b</p></li></ul></li></ol>"],
    "a loose list": ["- a\n\n- b", "<ul class=\"loose\"><li><p>a</p></li><li><p>b</p></li></ul>"],
    "a tight list around a loose one": ["- a\n  - b\n\n  - c\n- d", "<ul><li><p>a</p><ul class=\"loose\"><li><p>b</p></li><li><p>c</p>" +
        "</li></ul></li><li><p>d</p></li></ul>"],
    "a list that is interrupted": ["1. a\n\ntext\n\n2. b", "<ol><li><p>a</p></li></ol><p>text</p><ol start=\"2\"><li><p>b</p></li></ol>"],
    "a list after a paragraph": ["a:\n- b\n2024. c", "<p>a:</p><ul><li><p>b</p></li></ul><ol start=\"2024\"><li><p>c</p></li></ol>"],
    "a number in a paragraph": ["The year\n2024. was", "<p>The year<br></br>2024. was</p>"],
    "tasks": ["- [ ] a\n- [x] b", "<ul><li><p><span aria-label=\"to do\" class=\"task\">☐</span> a</p></li>" +
        "<li><p><span aria-label=\"done\" class=\"task\">☑</span> b</p></li></ul>"],
    "a quote": ["> a\nlazy\n> - b\n\nc", "<blockquote><p>a<br></br>lazy</p><ul><li><p>b</p></li></ul></blockquote><p>c</p>"],
    "a table": ["| a | b |\n|:-:|--:|\n| 1 \\| 2 | `c` | more |\n| d |\n\ne", "<div class=\"table\"><table><tbody>" +
        "<tr><th class=\"center\" scope=\"col\">a</th><th class=\"right\" scope=\"col\">b</th></tr>" +
        "<tr><td class=\"center\">1 | 2</td><td class=\"right\"><code>c</code></td></tr>" +
        "<tr><td class=\"center\">d</td><td class=\"right\"></td></tr></tbody></table></div><p>e</p>"],
    "no table": ["a | b\n--- | --- | ---", "<p>a | b<br></br>--- | --- | ---</p>"],
    "a formula in a line": ["\\(x\\) and $y$, for $5 or $6", "<p><math display=\"inline\" title=\"x\"><mrow><mi>x</mi></mrow></math> and " +
        "<math display=\"inline\" title=\"y\"><mrow><mi>y</mi></mrow></math>, for $5 or $6</p>"],
    "a formula on its own": ["a\n\\[\nx\n\\]\nb", "<p>a</p><div class=\"formula\"><math display=\"block\" title=\"x\"><mrow><mi>x</mi></mrow>" +
        "</math></div><p>b</p>"],
    "a formula without an end": ["$$\nx\n\ny", "<p>$$x</p><p>y</p>"],
    "text behind a formula": ["$$x$$ holds", "<div class=\"formula\"><math display=\"block\" title=\"x\"><mrow><mi>x</mi></mrow></math></div>" +
        "<p>holds</p>"],
};

for (const [name, [source, expected]] of Object.entries(examples)) {
    test(`Markdown: ${name}`, () => assert.equal(shown(source), expected));
}

const bar = (name, label = name) => `<div class="bar"><span>${name}</span>` +
    `<button aria-label="Copy this ${label}" class="copy" type="button">Copy</button></div>`;

test("a block of code keeps its lines and blank ones", () => {
    assert.equal(shown("```\n a\n\n<b>\n```\nc"), `<div class="code">${bar("", "code")}<pre dir="ltr"><code>` +
        "<span class=\"line\"> a\n</span><span class=\"line\">\n</span><span class=\"line\">&lt;b&gt;\n</span></code></pre></div><p>c</p>");
});

test("a block of code in a list loses the item's indentation, and only that", () => {
    const result = shown("1. a\n   ```text\n     b\n   ```\n2. c");
    assert.match(result, /<span class="line"> {2}b\n<\/span>/);
    assert.match(result, /<li><p>c<\/p><\/li><\/ol>$/);
});

test("a longer fence holds a shorter one", () => {
    assert.match(shown("````\n```\nx\n```\n````"), /```\n<\/span><span class="line">x\n<\/span><span class="line">```/);
});

test("a block of code without an end goes to the end", () => {
    assert.match(shown("```python\nx = 1"), /<span>Python<\/span>.*x = <span class="number">1<\/span>\n<\/span><\/code>/s);
});
