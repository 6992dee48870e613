import Files
import Testing

@testable import Generation

@Suite struct GBNFTests {
    struct Example: Sendable {
        var grammar: String
        var accepted: [String]
        var rejected: [String]
    }

    private static let examples: [Example] = [
        .init(grammar: #"root ::= "a""#, accepted: ["a"], rejected: ["", "b", "aa"]),
        .init(grammar: #"root ::= "a" | "bc" | """#, accepted: ["a", "bc", ""], rejected: ["b", "abc"]),
        .init(grammar: "root ::= [a-c] [^a-c]", accepted: ["ad", "b中", "c\n"], rejected: ["aa", "d", "ab"]),
        .init(grammar: "root ::= [-a]", accepted: ["-", "a"], rejected: ["b"]),
        .init(grammar: "root ::= [a-]", accepted: ["-", "a"], rejected: ["b"]),
        .init(grammar: "root ::= [\\]\\[\\\\]+", accepted: ["[]\\"], rejected: ["a", ""]),
        .init(grammar: "root ::= .", accepted: ["a", "\n", "é", "🙂"], rejected: ["", "ab"]),
        .init(grammar: #"root ::= "a"* "b"+ "c"?"#, accepted: ["b", "aab", "abbc"], rejected: ["", "ac", "bcc"]),
        .init(grammar: #"root ::= "ab"{2}"#, accepted: ["abab"], rejected: ["ab", "ababab"]),
        .init(grammar: #"root ::= "ab"{1,}"#, accepted: ["ab", "ababab"], rejected: ["", "aba"]),
        .init(grammar: #"root ::= "ab"{0,2} "a""#, accepted: ["a", "aba", "ababa"], rejected: ["ab", "abababa"]),
        .init(
            grammar: #"root ::= ( "a" | "b" ){2} x"# + "\n" + #"x ::= "x" | y"# + "\n" + #"y ::= "y""#,
            accepted: ["abx", "bby"], rejected: ["ax", "abxx"]),
        .init(
            grammar: "# about\nroot ::= # here\n  a |\n  b\n\na ::= \"a\" # one\nb ::= (\n \"b\" # two\n \"c\"\n)\n",
            accepted: ["a", "bc"], rejected: ["b", "ab"]),
        .init(grammar: #"root ::= "\x41\u00e9\U0001F642\n\t\"\\""#, accepted: ["Aé🙂\n\t\"\\"], rejected: ["A"]),
        .init(grammar: "root ::= [\\x41-\\x43é-ñ\\u4e00]", accepted: ["B", "ë", "一"], rejected: ["D", "ó"]),
        .init(grammar: "hira-gana_2 ::= [ぁ-ゟ]\nroot ::= hira-gana_2+", accepted: ["ひらがな"], rejected: ["カ", ""]),
        .init(grammar: #"root ::= "(" root ")" | "x""#, accepted: ["x", "((x))"], rejected: ["(x", "()"]),
        .init(
            grammar: #"root ::= item root | item"# + "\nitem ::= [0-9]+ \"\\n\"", accepted: ["1\n", "12\n3\n"],
            rejected: ["1"]),
        .init(grammar: "root ::= s \"x\" s\ns ::= | \" \" s", accepted: ["x", "  x ", "x   "], rejected: ["xx", " "]),
        .init(grammar: #"root ::= (("a")*)*  "b""#, accepted: ["b", "aab"], rejected: ["a"]),
        .init(grammar: #"root ::= ("a"?){3}"#, accepted: ["", "a", "aaa"], rejected: ["aaaa"]),
        .init(
            grammar: "root ::= expr\nexpr ::= term ([-+*] term)*\nterm ::= [0-9]+ | \"(\" expr \")\"",
            accepted: ["1", "1+2*(3-4)", "((7))"], rejected: ["1+", "(1", "+1", "1 + 1"]),
        .init(
            grammar: "root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"-\"", accepted: ["aa-bc", "-"],
            rejected: ["aa-b", "a-"]),
    ]

    @Test(arguments: examples.indices) func textsAreAcceptedOrRejected(_ index: Int) throws {
        let example = Self.examples[index]
        let grammar = try Grammar(gbnf: example.grammar)
        for text in example.accepted {
            #expect(try grammar.accepts(text), "\(text.debugDescription) of \(example.grammar)")
        }
        for text in example.rejected {
            #expect(try !grammar.accepts(text), "\(text.debugDescription) of \(example.grammar)")
        }
    }

    struct Defect: Sendable {
        var grammar: String
        var kind: InputError.Kind
        var words: String
    }

    private static let defects: [Defect] = [
        .init(grammar: "", kind: .missing, words: "root"),
        .init(grammar: "a ::= \"b\"", kind: .missing, words: "root"),
        .init(grammar: "root ::= other", kind: .missing, words: "“other”"),
        .init(grammar: "root ::= \"a\"\nroot ::= \"b\"", kind: .duplicate, words: "a second time"),
        .init(grammar: "root = \"a\"", kind: .invalidValue, words: "::="),
        .init(grammar: "root ::= \"a", kind: .truncated, words: "“\"”"),
        .init(grammar: "root ::= [a", kind: .truncated, words: "“]”"),
        .init(grammar: "root ::= [z-a]", kind: .invalidValue, words: "range"),
        .init(grammar: "root ::= []", kind: .invalidValue, words: "empty class"),
        .init(grammar: "root ::= (\"a\"", kind: .invalidValue, words: "“)”"),
        .init(grammar: "root ::= \"a\" )", kind: .invalidValue, words: "the end of the line"),
        .init(grammar: "root ::= \"a\"{3,2}", kind: .invalidValue, words: "maximum"),
        .init(grammar: "root ::= \"a\"{x}", kind: .invalidValue, words: "a number"),
        .init(grammar: "root ::= \"a\"{99999999999}", kind: .excessive, words: "repetition"),
        .init(grammar: "root ::= \"\\q\"", kind: .invalidValue, words: "escape"),
        .init(grammar: "root ::= \"\\ud800\"", kind: .invalidValue, words: "no character"),
        .init(grammar: "root ::= \"\\U00110000\"", kind: .invalidValue, words: "no character"),
        .init(grammar: "root ::= <think> \"a\"", kind: .unsupported, words: "token"),
        .init(grammar: "root ::= <[1000]>", kind: .unsupported, words: "token"),
        .init(grammar: "root ::= !</think>*", kind: .unsupported, words: "token"),
        .init(
            grammar: "root ::= root \"a\" | \"b\"", kind: .unsupported, words: "root: found that it begins with itself"),
        .init(
            grammar: "root ::= a \"x\"\na ::= b*  c\nb ::= \"b\"\nc ::= a \"c\" | \"d\"", kind: .unsupported,
            words: "begins with itself"),
        .init(grammar: "root ::= \"a\" root", kind: .invalidValue, words: "no text can follow"),
    ]

    @Test(arguments: defects.indices) func defectsAreNamed(_ index: Int) throws {
        let defect = Self.defects[index]
        let error = try #require(throws: InputError.self) { try Grammar(gbnf: defect.grammar, source: "g.gbnf") }
        #expect(error.kind == defect.kind && error.description.contains(defect.words), "\(error)")
        #expect(error.description.hasPrefix("g.gbnf"))
    }

    @Test func bytesThatAreNotUTF8AreRejected() throws {
        let grammar = try Grammar(gbnf: "root ::= .*")
        for bytes in [
            [0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0x80], [0xFF],
        ] as [[UInt8]] {
            #expect(try !grammar.matches(bytes))
        }
        for scalar in [0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF] as [UInt32] {
            #expect(try grammar.accepts(String(try #require(Unicode.Scalar(scalar)))))
        }
    }
}
