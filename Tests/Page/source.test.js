/**
 * The page's files themselves: what a strict content security policy and the rules of the house demand of them.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { test } from "node:test";
import { pageFolder } from "./support/stub.js";

const files = readdirSync(pageFolder, { recursive: true }).map((name) => join(pageFolder, name)).filter(
    (path) => extname(path) !== "");
const text = (path) => readFileSync(path, "utf8");
const scripts = files.filter((path) => path.endsWith(".js"));

test("there are only files that the page is made of", () => {
    assert.ok(scripts.length > 25);
    for (const path of files) {
        assert.match(path, /\.(html|js|css|svg)$/);
    }
});

for (const path of scripts) {
    test(`${relative(pageFolder, path)} makes no markup or code from text, and is one idea`, () => {
        const source = text(path);
        assert.doesNotMatch(
            source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\b|\bFunction\(/);
        assert.doesNotMatch(source, /setTimeout\(\s*["'`]|setAttribute\(\s*["']on|\.srcdoc|importScripts/);
        const lines = source.split("\n");
        assert.ok(lines.length <= 300, `${lines.length} lines`);
        lines.forEach((line, index) => assert.ok(line.length <= 120, `line ${index + 1} has ${line.length} columns`));
        if (!path.endsWith("theme.js")) {
            assert.ok(source.startsWith("/**\n * "), "it does not say what it is");
        }
    });

    test(`${relative(pageFolder, path)} imports only what is there`, () => {
        for (const [, one, other] of text(path).matchAll(/^(?:import .*?from|export .*?from|import) "([^"]+)";|await import\("([^"]+)"\)/gm)) {
            const name = one ?? other;
            assert.match(name, /^\.\.?\//);
            assert.ok(existsSync(join(dirname(path), name)), name);
        }
    });
}

test("index.html has no script, style or listener in it, and asks only this server", () => {
    const source = text(join(pageFolder, "index.html"));
    assert.doesNotMatch(source, /<style|\sstyle=|\son[a-z]+=|<iframe|javascript:/i);
    for (const [, attributes, body] of source.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)) {
        assert.match(attributes, /src="[a-z.]+"/);
        assert.equal(body, "");
    }
    const names = [...source.matchAll(/\s(?:src|href)="([^"#]+)"/g)].map(([, name]) => name);
    assert.ok(names.length >= 8);
    for (const name of names) {
        assert.ok(existsSync(join(pageFolder, name)), name);
    }
});

test("every identifier that the scripts look for is in index.html, once", () => {
    const source = text(join(pageFolder, "index.html"));
    const wanted = scripts.flatMap((path) => [...text(path).matchAll(/byId\("([^"]+)"\)/g)].map(([, id]) => id));
    assert.ok(wanted.length > 40);
    for (const id of wanted) {
        assert.equal(source.split(`id="${id}"`).length, 2, id);
    }
});

test("every icon that is used is there", () => {
    const source = text(join(pageFolder, "index.html"));
    const used = scripts.flatMap((path) =>
        [...text(path).matchAll(/(?:\bicon|iconButton)\("([a-z]+)"|#icon-([a-z]+)/g)].map(([, one, other]) => one ?? other));
    for (const [, name] of source.matchAll(/href="#icon-([a-z]+)"/g)) {
        used.push(name);
    }
    for (const name of used) {
        assert.ok(source.includes(`<symbol id="icon-${name}"`), name);
    }
});

test("styles and pictures ask for nothing from elsewhere", () => {
    for (const path of files.filter((name) => /\.(css|svg)$/.test(name))) {
        assert.doesNotMatch(text(path).replaceAll("http://www.w3.org/2000/svg", ""), /https?:|@import|url\((?!"data:image\/svg)/);
    }
});
