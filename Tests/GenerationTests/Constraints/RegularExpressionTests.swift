import Files
import TestSupport
import Testing

@testable import Generation

@Suite struct RegularExpressionTests {
    private func grammar(_ pattern: String) throws -> Grammar { try Grammar(regularExpression: pattern) }

    /// Random expressions over a small alphabet, judged by Python's `re`.
    @Test func recordedMatchesAreTheSame() throws {
        let file = try MappedFile(path: Fixture.path("constraints/patterns.json"))
        let cases = try #require(try JSONParser.parse(file)["cases"]?.array)
        #expect(cases.count == 300)
        for value in cases {
            let pattern = try #require(value["pattern"]?.string)
            let grammar = try grammar(pattern)
            for text in try #require(value["matching"]?.array).compactMap(\.string) {
                #expect(try grammar.accepts(text), "\(pattern) matches “\(text)”")
            }
            for text in try #require(value["others"]?.array).compactMap(\.string) {
                #expect(try !grammar.accepts(text), "\(pattern) does not match “\(text)”")
            }
        }
    }

    struct Example: Sendable {
        var pattern: String
        var accepted: [String]
        var rejected: [String]
    }

    private static let examples: [Example] = [
        .init(pattern: "", accepted: [""], rejected: ["a"]),
        .init(pattern: "^abc$", accepted: ["abc"], rejected: ["", "xabc"]),
        .init(pattern: "^a|b$", accepted: ["a", "b"], rejected: ["ab"]),
        .init(pattern: "a|", accepted: ["a", ""], rejected: ["aa"]),
        .init(pattern: "(?:a|(?<x>b))+", accepted: ["abba"], rejected: [""]),
        .init(pattern: #"\d\D\w\W\s\S"#, accepted: ["1a_- x", "0中9!\u{3000}é"], rejected: ["aaaaaa"]),
        .init(pattern: #"[\d\-x]+"#, accepted: ["1-x"], rejected: ["a"]),
        .init(pattern: #"[\d-z]"#, accepted: ["-", "7", "z"], rejected: ["y"]),
        .init(pattern: #"[^\d]"#, accepted: ["a", "é"], rejected: ["5"]),
        .init(pattern: "[^]", accepted: ["a", "\n"], rejected: [""]),
        .init(
            pattern: #"\t\n\r\f\v\0\x41\u00e9\u{1F642}\uD83D\uDE42"#, accepted: ["\t\n\r\u{C}\u{B}\0Aé🙂🙂"], rejected: []
        ),
        .init(pattern: #"\.\*\+\?\(\)\[\]\{\}\|\^\$\\\/"#, accepted: [".*+?()[]{}|^$\\/"], rejected: []),
        .init(pattern: "a{2,3}?b{0}c{1,}", accepted: ["aac", "aaacc"], rejected: ["abc", "aa"]),
        .init(pattern: "a{,2}", accepted: ["a{,2}"], rejected: ["aa"]),
        .init(pattern: "{x}", accepted: ["{x}"], rejected: []),
        .init(pattern: "]}", accepted: ["]}"], rejected: []),
        .init(pattern: ".", accepted: ["é", "\u{85}"], rejected: ["\n", "\r", "\u{2028}"]),
        .init(pattern: #"[\b]"#, accepted: ["\u{8}"], rejected: ["b"]),
        .init(pattern: "[一-龥]+", accepted: ["深度"], rejected: ["a"]),
    ]

    @Test(arguments: examples.indices) func textsAreAcceptedOrRejected(_ index: Int) throws {
        let example = Self.examples[index]
        let grammar = try grammar(example.pattern)
        for text in example.accepted {
            #expect(try grammar.accepts(text), "\(text.debugDescription) of \(example.pattern)")
        }
        for text in example.rejected {
            #expect(try !grammar.accepts(text), "\(text.debugDescription) of \(example.pattern)")
        }
    }

    struct Defect: Sendable {
        var pattern: String
        var kind: InputError.Kind
        var offset: UInt64
    }

    private static let defects: [Defect] = [
        .init(pattern: #"(a)\1"#, kind: .unsupported, offset: 3),
        .init(pattern: "é(?=a)", kind: .unsupported, offset: 3),
        .init(pattern: "(?!a)", kind: .unsupported, offset: 1),
        .init(pattern: "(?<=a)b", kind: .unsupported, offset: 1),
        .init(pattern: "(?<!a)b", kind: .unsupported, offset: 1),
        .init(pattern: "(?i)a", kind: .unsupported, offset: 1),
        .init(pattern: #"\bword"#, kind: .unsupported, offset: 0),
        .init(pattern: #"\B"#, kind: .unsupported, offset: 0),
        .init(pattern: #"\p{L}"#, kind: .unsupported, offset: 0),
        .init(pattern: #"\k<x>"#, kind: .unsupported, offset: 0),
        .init(pattern: "a^b", kind: .unsupported, offset: 1), .init(pattern: "a$b", kind: .unsupported, offset: 2),
        .init(pattern: "(^a)", kind: .unsupported, offset: 1), .init(pattern: "(a", kind: .invalidValue, offset: 2),
        .init(pattern: "a)", kind: .invalidValue, offset: 1), .init(pattern: "[a", kind: .truncated, offset: 2),
        .init(pattern: "*a", kind: .invalidValue, offset: 0), .init(pattern: "a**", kind: .invalidValue, offset: 2),
        .init(pattern: "[b-a]", kind: .invalidValue, offset: 4),
        .init(pattern: "a{2,1}", kind: .invalidValue, offset: 6), .init(pattern: "\\", kind: .truncated, offset: 0),
        .init(pattern: #"\u{110000}"#, kind: .invalidValue, offset: 10),
        .init(pattern: #"\uD800"#, kind: .invalidValue, offset: 6),
        .init(pattern: #"\xZ0"#, kind: .invalidValue, offset: 2),
        .init(pattern: "(?<name", kind: .invalidValue, offset: 7),
    ]

    @Test(arguments: defects.indices) func whatIsNotRegularOrWrongIsRefused(_ index: Int) throws {
        let defect = Self.defects[index]
        let error = try #require(throws: InputError.self) { try grammar(defect.pattern) }
        #expect(error.kind == defect.kind && error.offset == defect.offset, "\(error)")
    }

    @Test func impossibleExpressionsAreRefused() {
        let error = #expect(throws: InputError.self) { try grammar("a[]") }
        #expect(error?.description.contains("no text") == true)
    }
}
