import assert from "node:assert/strict";
import { test } from "node:test";
import { formulaNode } from "../../../Sources/Serving/Page/tex/formula.js";
import { randomNumbers } from "../support/rendering.js";
import { create } from "../../../Sources/Serving/Page/rendering/dom.js";
import { document, html } from "../support/dom.js";

/** The MathML inside the outermost row, without attributes. */
function math(source) {
    const result = html(create(document, formulaNode(source, true))).replace(/<([a-z]+)[^>]*>/g, "<$1>");
    return /^<math><mrow>(.*)<\/mrow><\/math>$/s.exec(result)?.[1] ?? result;
}

const examples = {
    "x^2": "<msup><mi>x</mi><mn>2</mn></msup>",
    "x_i^{n+1}": "<msubsup><mi>x</mi><mi>i</mi><mrow><mi>n</mi><mo>+</mo><mn>1</mn></mrow></msubsup>",
    "f'": "<msup><mi>f</mi><mrow><mo>′</mo></mrow></msup>",
    "\\frac{a}{b}": "<mfrac><mi>a</mi><mi>b</mi></mfrac>",
    "\\frac12": "<mfrac><mn>1</mn><mn>2</mn></mfrac>",
    "\\sqrt{2}": "<msqrt><mn>2</mn></msqrt>",
    "\\sqrt[3]{x}": "<mroot><mi>x</mi><mn>3</mn></mroot>",
    "\\alpha\\Omega\\infty": "<mi>α</mi><mi>Ω</mi><mi>∞</mi>",
    "\\sum_{i=1}^n": "<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover>",
    "\\int_0^1": "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>",
    "\\lim_{x\\to0}": "<munder><mo>lim</mo><mrow><mi>x</mi><mo>→</mo><mn>0</mn></mrow></munder>",
    "\\sin x": "<mo>sin</mo><mi>x</mi>",
    "a-b": "<mi>a</mi><mo>−</mo><mi>b</mi>",
    "\\mathbb{R}\\mathcal{L}\\mathbf{x}": "<mi>ℝ</mi><mi>ℒ</mi><mi>𝐱</mi>",
    "\\text{if } x": "<mtext>if\u00a0</mtext><mi>x</mi>",
    "\\boxed{42}": "<mrow><mn>42</mn></mrow>",
    "\\left(\\frac12\\right]": "<mrow><mo>(</mo><mfrac><mn>1</mn><mn>2</mn></mfrac><mo>]</mo></mrow>",
    "\\left.x\\right|": "<mrow><mi>x</mi><mo>|</mo></mrow>",
    "\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}": "<mrow><mo>(</mo><mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr>" +
        "<mtr><mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable><mo>)</mo></mrow>",
    "\\begin{cases}1\\\\0\\end{cases}": "<mrow><mo>{</mo><mtable><mtr><mtd><mn>1</mn></mtd></mtr><mtr><mtd><mn>0</mn></mtd></mtr></mtable></mrow>",
    "a&=b\\\\&=c": "<mtable><mtr><mtd><mi>a</mi></mtd><mtd><mo>=</mo><mi>b</mi></mtd></mtr><mtr><mtd></mtd><mtd><mo>=</mo><mi>c</mi></mtd></mtr></mtable>",
    "\\hat{x}": "<mover><mi>x</mi><mo>^</mo></mover>",
    "\\underbrace{a}_{n}": "<munder><munder><mi>a</mi><mo>⏟</mo></munder><mi>n</mi></munder>",
    "\\not=": "<mo>≠</mo>",
    "\\binom{n}{k}": "<mrow><mo>(</mo><mfrac><mi>n</mi><mi>k</mi></mfrac><mo>)</mo></mrow>",
    "\\operatorname{rank}A": "<mo>rank</mo><mi>A</mi>",
    "1{,}000 \\%": "<mn>1</mn><mrow><mo>,</mo></mrow><mn>000</mn><mi>%</mi>",
    "3.14": "<mn>3.14</mn>",
    "\\overset{!}{=}": "<mover><mrow><mo>=</mo></mrow><mrow><mo>!</mo></mrow></mover>",
    "\\substack{a\\\\b}": "<mtable><mtr><mtd><mi>a</mi></mtd></mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable>",
};

for (const [source, expected] of Object.entries(examples)) {
    test(`TeX: ${source}`, () => assert.equal(math(source), expected));
}

test("an unknown command is shown as it is written, and the rest goes on", () => {
    assert.equal(math("\\foo{x}+1"), "<mtext>\\foo</mtext><mi>x</mi><mo>+</mo><mn>1</mn>");
    assert.equal(math("\\constructor"), "<mtext>\\constructor</mtext>");
});

const broken = ["{", "}", "\\frac{1}", "\\sqrt[", "\\left(", "\\right)", "\\begin{matrix}", "\\end{matrix}",
    "\\begin{x}\\end{y}", "x^", "_",
    "\\begin{nosuch}a\\end{nosuch}", "x_", "\\text{", "{".repeat(100) + "}".repeat(100), "", " ", "x".repeat(20001)];

for (const source of broken) {
    test(`a formula that cannot be read is its source: ${source.slice(0, 30)}`, () => {
        assert.equal(html(create(document, formulaNode(source, false))), `<code class="source">${source}</code>`);
    });
}

test("a sign stands closer than an operator", () => {
    const signs = html(create(document, formulaNode("-a=-b-c", false))).match(/<mo[^>]*>−/g);
    assert.deepEqual(signs.map((sign) => sign.includes("prefix")), [true, true, false]);
});

test("random formulas come out as MathML or as their source", () => {
    const parts = ["\\frac", "{", "}", "^", "_", "x", "1", "\\left", "\\right", "(", ")", ".", "\\begin{cases}",
        "\\end{cases}", "&", "\\\\",
        "\\sqrt", "[", "]", "\\text", "'", "\\sum", "\\limits", "\\mathbb", "\\not", "\\hat", " ", "\\", "\\big", "|",
        "\\middle", "\\substack"];
    const random = randomNumbers(3);
    for (let round = 0; round < 5000; round++) {
        const source = Array.from({ length: random(25) }, () => parts[random(parts.length)]).join("");
        assert.match(html(create(document, formulaNode(source, round % 2 === 0))), /^<(math|code)/);
    }
});
