import assert from "node:assert/strict";
import { test } from "node:test";
import { highlight } from "../../../Sources/Serving/Page/code/highlight.js";
import { languageName } from "../../../Sources/Serving/Page/code/languages.js";
import { textOf } from "../../../Sources/Serving/Page/rendering/tree.js";

/** Lines of code with what is coloured in brackets. */
function coloured(language, ...lines) {
    let open = "";
    return lines.map((line) => {
        const { nodes, after } = highlight(line, language, open);
        open = after;
        assert.equal(nodes.map(textOf).join(""), line);
        return nodes.map(
            (node) => (typeof node === "string" ? node : `[${node.attributes.class} ${textOf(node)}]`)).join("");
    });
}

test("words, numbers, strings, comments, calls", () => {
    assert.deepEqual(coloured("swift", "let x = f(1.5) // a \"b\""),
        ["[keyword let] x = [name f]([number 1.5]) [comment // a \"b\"]"]);
    assert.deepEqual(coloured("python", "print('a\\'b', None) # c"),
        ["[value print]([string 'a\\'b'], [value None]) [comment # c]"]);
    assert.deepEqual(coloured("c", "#include <stdio.h>"), ["[keyword #include] <stdio.h>"]);
    assert.deepEqual(coloured("bash", "echo \"$HOME\" $x#y # z"),
        ["[value echo] [string \"$HOME\"] [value $x]#y [comment # z]"]);
    assert.deepEqual(coloured("sql", "SELECT 1 -- a"), ["[keyword SELECT] [number 1] [comment -- a]"]);
    assert.deepEqual(coloured("json", "{\"a\": \"b\", \"c\": 1}"),
        ["{[name \"a\"]: [string \"b\"], [name \"c\"]: [number 1]}"]);
    assert.deepEqual(coloured("diff", "+a", "-b", " c"), ["[added +a]", "[removed -b]", " c"]);
});

test("comments and strings over several lines", () => {
    assert.deepEqual(coloured("c", "a /* b", "c", "d */ e"), ["a [comment /* b]", "[comment c]", "[comment d */] e"]);
    assert.deepEqual(coloured("python", "x = \"\"\"a", "def\"\"\" + 1"),
        ["x = [string \"\"\"a]", "[string def\"\"\"] + [number 1]"]);
    assert.deepEqual(coloured("js", "`a", "b` + 1"), ["[string `a]", "[string b`] + [number 1]"]);
});

test("unknown languages and endless lines stay plain", () => {
    assert.deepEqual(coloured("brainfuck", "let x"), ["let x"]);
    assert.deepEqual(coloured("__proto__", "let x"), ["let x"]);
    assert.deepEqual(coloured("js", "1".repeat(3000)), ["1".repeat(3000)]);
});

test("names of languages as people write them", () => {
    assert.deepEqual(["py", "C++", "ts", "sh", "zig", ""].map(languageName),
        ["Python", "C++", "TypeScript", "Shell", "zig", ""]);
});

test("no text is lost in any language", () => {
    const line = "if x == \"a\\\"b\" { /* c */ $d <e f=\"g\"> 0x1F 'h' @i #j -- k `l` \u{1d54f}é = [1e5]: y }";
    for (const language of ["c", "cpp", "js", "ts", "py", "swift", "java", "kotlin", "cs", "go", "rust", "sh", "sql",
        "lean", "json", "yaml",
        "toml", "css", "html", "xml", "diff", "make"]) {
        coloured(language, line, line, "");
    }
});
