/**
 * What the colouring of code knows about languages: their words and how they write comments and strings.
 *
 * A description has `words` (keywords), `values` (literals and built-in names), `line` (what begins a comment to the
 * end of the line), `blocks` (`[opener, closer]` of comments and strings over several lines), `quotes` (strings within
 * a line), and `extra`.
 */

const list = (text) => new Set(text.trim().split(/\s+/));

const slashes = { line: ["//"], blocks: [["/*", "*/", "comment"]] };

const c = {
    name: "C", ...slashes, quotes: "\"'", line: ["//"], directive: true,
    words: list(`
        auto break case const continue default do else enum extern for goto if inline register restrict return sizeof
        static struct switch typedef union volatile while`),
    values: list(`
        NULL bool char double false float int long short signed size_t true unsigned void int8_t int16_t int32_t int64_t
        uint8_t uint16_t uint32_t uint64_t`),
};

const cpp = {
    ...c, name: "C++",
    words: new Set([...c.words, ...list(`
        alignas alignof catch class concept consteval constexpr constinit co_await co_return co_yield decltype delete
        explicit export final friend mutable namespace new noexcept operator override private protected public requires
        static_assert static_cast template this throw try typename using virtual`)]),
    values: new Set([...c.values, ...list("nullptr std string vector wchar_t")]),
};

const javaScript = {
    name: "JavaScript", ...slashes, quotes: "\"'",
    blocks: [["/*", "*/", "comment"], ["`", "`", "string"]],
    words: list(`
        as async await break case catch class const continue debugger default delete do else export extends finally for
        from function get if import in instanceof let new of return set static super switch this throw try typeof var
        void while with yield`),
    values: list(`
        Array Infinity JSON Map Math NaN Number Object Promise Set String console document false null true undefined
        window`),
};

const typeScript = {
    ...javaScript, name: "TypeScript",
    words: new Set([...javaScript.words, ...list(`
        abstract declare enum implements interface infer is keyof namespace private protected public readonly satisfies
        type`)]),
    values: new Set([...javaScript.values, ...list("any bigint boolean never number object string symbol unknown")]),
};

const python = {
    name: "Python", line: ["#"], quotes: "\"'", blocks: [["\"\"\"", "\"\"\"", "string"], ["'''", "'''", "string"]],
    words: list(`
        and as assert async await break case class continue def del elif else except finally for from global if import
        in is lambda match nonlocal not or pass raise return try while with yield`),
    values: list("False None True bool bytes dict float int len list object print range self set str super tuple type"),
};

const swift = {
    name: "Swift", ...slashes, quotes: "\"", blocks: [["/*", "*/", "comment"], ["\"\"\"", "\"\"\"", "string"]],
    words: list(`
        actor any as associatedtype async await borrowing break case catch class consuming continue convenience default
        defer deinit didSet do else enum extension fallthrough fileprivate final for func get guard if import in
        indirect init inout internal is isolated lazy let mutating nonisolated nonmutating open operator override
        package private protocol public repeat required rethrows return self set some static struct subscript super
        switch throw throws try typealias unowned var weak where while willSet`),
    values: list(`
        Any Array Bool Character Dictionary Double Float Int Optional Result Self Set String UInt Void false nil true`),
};

const java = {
    name: "Java", ...slashes, quotes: "\"'", blocks: [["/*", "*/", "comment"], ["\"\"\"", "\"\"\"", "string"]],
    words: list(`
        abstract assert break case catch class continue default do else enum extends final finally for if implements
        import instanceof interface native new package permits private protected public record return sealed static
        super switch synchronized this throw throws transient try var volatile while yield`),
    values: list(`
        boolean byte char double false float int long null short true void Integer List Map Object String System`),
};

const kotlin = {
    ...java, name: "Kotlin",
    words: list(`
        abstract as break by class companion const constructor continue data do else enum final finally for fun get if
        import in infix init inline inner interface internal is lateinit object open operator override package private
        protected public return sealed set super suspend this throw try typealias val var when where while`),
    values: list("Any Boolean Double Int List Long Map String Unit false null true"),
};

const cSharp = {
    ...java, name: "C#",
    words: new Set([...java.words, ...list(`
        as async await base checked const delegate event explicit fixed foreach get goto implicit in init internal is
        lock namespace nameof operator out override params readonly ref sealed set sizeof struct this typeof unsafe
        using virtual where`)]),
    values: list(`
        bool byte char decimal double dynamic false float int long null object short string true uint ulong void`),
};

const go = {
    name: "Go", ...slashes, quotes: "\"'", blocks: [["/*", "*/", "comment"], ["`", "`", "string"]],
    words: list(`
        break case chan const continue default defer else fallthrough for func go goto if import interface map package
        range return select struct switch type var`),
    values: list(`
        any append bool byte cap error false float32 float64 int int32 int64 iota len make new nil rune string
        true uint`),
};

const rust = {
    name: "Rust", ...slashes, quotes: "\"",
    words: list(`
        as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub
        ref return self static struct super trait type unsafe use where while`),
    values: list(`
        Box Err None Ok Option Result Self Some String Vec bool char f32 f64 false i32 i64 i8 str true u32 u64 u8
        usize`),
};

const shell = {
    name: "Shell", line: ["#"], quotes: "\"'", variables: true,
    words: list(`
        case do done elif else esac export fi for function if in local return set shift source then unset until while`),
    values: list(`
        awk cat cd chmod cp curl echo exit false find git grep ls make mkdir mv printf pwd read rm sed sudo test true`),
};

const sql = {
    name: "SQL", line: ["--"], quotes: "'\"", blocks: [["/*", "*/", "comment"]], ignoresCase: true,
    words: list(`
        add all alter and as asc between by case create delete desc distinct drop else end exists foreign from full
        group having if in index inner insert into is join key left like limit not offset on or order outer over
        partition primary references right select set table then union unique update using values view when where
        with`),
    values: list(`
        avg bigint boolean char count date decimal false integer int max min null numeric sum text timestamp true
        varchar`),
};

const lean = {
    name: "Lean", line: ["--"], quotes: "\"", blocks: [["/-", "-/", "comment"]],
    words: list(`
        abbrev at axiom by calc case class decide def deriving do else end example exact fun have if import in inductive
        instance intro lemma let match mutual namespace noncomputable obtain open private rcases rfl rw section show
        simp structure suffices termination_by then theorem unfold use variable where with`),
    values: list("False Finset Int List Nat Prop Rat Real Set Sort True Type"),
};

const json = { name: "JSON", quotes: "\"", words: new Set(), values: list("true false null") };
const yaml = { name: "YAML", line: ["#"], quotes: "\"'", keys: true, words: new Set(), values: list(`
    true false null yes no`) };
const toml = { ...yaml, name: "TOML", keys: true };

const css = {
    name: "CSS", blocks: [["/*", "*/", "comment"]], quotes: "\"'", keys: true, words: new Set(), values: new Set(),
};

const markup = {
    name: "HTML", blocks: [["<!--", "-->", "comment"]], quotes: "\"", tags: true, words: new Set(), values: new Set(),
};

const diff = { name: "Diff", whole: { "+": "added", "-": "removed", "@": "keyword" } };
const makefile = { ...shell, name: "Makefile" };

const languages = new Map(Object.entries({
    c, h: c, cpp, "c++": cpp, cc: cpp, hpp: cpp, cuda: { ...cpp, name: "CUDA" }, js: javaScript, javascript: javaScript,
    jsx: javaScript, mjs: javaScript, node: javaScript, ts: typeScript, typescript: typeScript, tsx: typeScript,
    py: python, python, python3: python, swift, java, kotlin, kt: kotlin, cs: cSharp, csharp: cSharp, "c#": cSharp, go,
    golang: go, rust, rs: rust, sh: shell, bash: shell, zsh: shell, shell, console: shell, sql, sqlite: sql,
    postgresql: sql, mysql: sql, lean, lean4: lean, json, jsonc: { ...json, line: ["//"] }, yaml, yml: yaml, toml,
    ini: toml, css, scss: css, html: markup, xml: { ...markup, name: "XML" }, svg: { ...markup, name: "SVG" },
    vue: markup, diff, patch: diff, make: makefile, makefile,
}));

/** What is known of a language by the word behind its fence, or undefined. */
export function languageNamed(word) {
    return languages.get(word.toLowerCase());
}

/** What a person reads above a block of code. */
export function languageName(word) {
    return languageNamed(word)?.name ?? word;
}
