import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamRenderer } from "../../../Sources/Serving/Page/rendering/stream.js";
import { document, elementsIn, html, root } from "../support/dom.js";
import { cut, randomNumbers, randomText, rendered, streamed } from "../support/rendering.js";

const sample = `# A heading with **words**

A paragraph with \\(x^2\\), \`code\`, **bold and *both***, and a [link](https://example.org/a_b).
Its second line.

1. one
2. two

   \`\`\`python
   def f(x):
       """A comment
       over lines"""
       return x  # done
   \`\`\`

   - [ ] inside
- other

> quoted
> - list

| a | b |
|---|:-:|
| 1 | \`2\` |
| 3 | **4** |

\\[
\\sum_{i=1}^n i
\\]

$$ \\frac12 $$ and more
---
The end: https://example.org/x_(y).
`;

for (const longest of [1, 2, 3, 7, 50]) {
    test(`pieces of up to ${longest} give the page that the whole gives`, () => {
        const random = randomNumbers(longest);
        const expected = html(rendered(sample));
        for (let round = 0; round < 20; round++) {
            assert.equal(html(streamed(cut(sample, random, longest), () => random(3) > 0)), expected);
        }
    });
}

test("random texts, cut and shown anywhere, give the page that the whole gives", () => {
    const random = randomNumbers(1);
    for (let round = 0; round < 4000; round++) {
        const text = randomText(random, 40);
        const pieces = cut(text, random, 6);
        assert.equal(html(streamed(pieces, () => random(2) === 0)), html(rendered(text)), JSON.stringify(pieces));
    }
});

test("what is closed is never touched again", () => {
    const target = root();
    const renderer = new StreamRenderer(document, target);
    renderer.append("First.\n\n- a\n- b\n\n```js\nlet x = 1;\n");
    renderer.show();
    const [first, list, code] = target.childNodes;
    const line = [...elementsIn(code)].find((made) => made.attributes.get("class") === "line");
    const item = list.childNodes[0];
    for (const piece of ["let y", " = 2;\n", "```\n", "Last *wor", "d*.\n\n- c"]) {
        renderer.append(piece);
        renderer.show();
        assert.equal(target.childNodes[0], first);
        assert.equal(target.childNodes[1], list);
        assert.equal(list.childNodes[0], item);
        assert.equal(target.childNodes[2], code);
        assert.ok([...elementsIn(code)].includes(line));
    }
});

test("the paragraph that is being written stays the same element", () => {
    const target = root();
    const renderer = new StreamRenderer(document, target);
    renderer.append("A");
    renderer.show();
    const [paragraph] = target.childNodes;
    for (const piece of [" word, ", "**bo", "ld** and `co", "de`, and \\(x", "\\) more"]) {
        renderer.append(piece);
        renderer.show();
        assert.equal(target.childNodes[0], paragraph);
    }
});

/** What is seen after each piece. */
function sights(pieces) {
    const target = root();
    const renderer = new StreamRenderer(document, target);
    return pieces.map((piece) => {
        renderer.append(piece);
        renderer.show();
        return html(target).replaceAll(" dir=\"auto\"", "");
    });
}

test("marks that are open are shown as if they were closed", () => {
    assert.deepEqual(sights(["a **b", " c", "** d"]), [
        "<p>a <strong>b</strong></p>", "<p>a <strong>b c</strong></p>", "<p>a <strong>b c</strong> d</p>"]);
    assert.deepEqual(sights(["a `b"]), ["<p>a <code>b</code></p>"]);
    assert.deepEqual(sights(["a [b](https://exam"]), ["<p>a b</p>"]);
    assert.deepEqual(sights(["a \\(x^"]), ["<p>a <span class=\"pending\">x^</span></p>"]);
});

test("the beginning of a line is not shown before it says what it is", () => {
    for (const start of ["-", "--", "#", "##", "`", "```", "```py", "1", "12.", ">", "> -", "|", "|--", "\\", "\\begin{al", "$", "*", "**"]) {
        assert.deepEqual(sights([start]), [""], start);
    }
    assert.deepEqual(sights(["| a | b |\n", "|---|", "---|\n"]).map((sight) => sight.includes("<table>")),
        [false, false, true]);
});

test("the work for what is shown is linear in the text", () => {
    const counts = [20_000, 40_000, 80_000].map((length) => operations("word *more* `code` ".repeat(length / 19), 20));
    assert.ok(counts[1] < counts[0] * 3 && counts[2] < counts[1] * 3, counts.join(" "));
    const lines = [2_000, 4_000, 8_000].map((length) => operations("```js\n" + "let x = 1;\n".repeat(length / 11), 20));
    assert.ok(lines[2] < lines[1] * 2.2, lines.join(" "));
});

/** How many nodes are made while a text is shown in pieces. */
function operations(text, piece) {
    let count = 0;
    const counting = Object.fromEntries(Object.entries(document).map(([name, make]) => [name, (...values) => {
        count++;
        return make(...values);
    }]));
    const renderer = new StreamRenderer(counting, root());
    for (let index = 0; index < text.length; index += piece) {
        renderer.append(text.slice(index, index + piece));
        renderer.show();
    }
    renderer.finish();
    return count;
}
