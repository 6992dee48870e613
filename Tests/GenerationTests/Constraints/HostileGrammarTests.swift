import Files
import Testing

@testable import Generation

/// Grammars and texts that are meant to take for ever. Steps are counted, never seconds.
@Suite(.timeLimit(.minutes(5))) struct HostileGrammarTests {
    /// What the automaton did for a text: units of one item or frame.
    private func steps(_ grammar: Grammar, _ text: String) throws -> Int {
        var states = ParseStates(grammar.network, horizon: 0)
        var state = try states.start(.answer)
        for byte in text.utf8 where state >= 0 { state = try states.next(state, byte) }
        return states.steps
    }

    private func expectExcessive(_ make: () throws -> Grammar) {
        let error = #expect(throws: InputError.self) { _ = try make() }
        #expect(error?.kind == .excessive, "\(String(describing: error))")
    }

    // MARK: Linear in the text

    private static let grammars: [@Sendable () throws -> Grammar] = [
        { try Grammar(regularExpression: "(?:a*)*b") }, { try Grammar(regularExpression: "(?:a|a)*b") },
        { try Grammar(regularExpression: "(?:a+)+b") }, { try Grammar(regularExpression: "(?:a|aa)+b") },
        { try Grammar(regularExpression: "a{0,1000000}b") }, { try Grammar(regularExpression: "(?:a?){1000000}b") },
        { try Grammar(regularExpression: "(?:(?:(?:a*)*)*)*b") },
        { try Grammar(regularExpression: ".*.*.*.*=.*b|a*b") },
        { try Grammar(gbnf: "root ::= \"a\" root | \"a\" root \"\" | \"b\"") },
        { try Grammar(gbnf: "root ::= a* \"b\"\na ::= \"a\" a | \"a\"") },
        {
            try Grammar.schema(
                #"{"anyOf": [{"type": "string", "pattern": "^(a|a)*$"}, {"type": "string", "pattern": "^(a*)*b$"}]}"#)
        },
    ]

    @Test(arguments: grammars.indices) func stepsGrowAsTheText(_ index: Int) throws {
        let grammar = try Self.grammars[index]()
        let quote = index == 10 ? "\"" : ""
        func text(_ count: Int) -> String { quote + String(repeating: "a", count: count) }
        let (short, long) = (try steps(grammar, text(1_000)), try steps(grammar, text(4_000)))
        #expect(long <= 4 * short + 1_000, "\(short) and \(long)")
        #expect(long < 4_000 * 200)
    }

    @Test func longJSONTakesLinearSteps() throws {
        let grammar = try Grammar.jsonObject()
        func text(_ count: Int) -> String {
            let element = #"{"name": "some text é", "values": [1, 2.5, null, true]}"#
            return #"{"all": ["# + Array(repeating: element, count: count).joined(separator: ", ") + "]}"
        }
        let (short, long) = (try steps(grammar, text(20)), try steps(grammar, text(2_000)))
        // All that comes after the first elements was seen before.
        #expect(short == long)
        #expect(try grammar.accepts(text(2_000)))
    }

    /// A stack that grows with the text: as many ways to end as elements, which is what such a grammar asks for.
    @Test func ambiguityIsLimited() throws {
        let grammar = try Grammar(gbnf: "root ::= (\"a\" | \"aa\"){0,1000000} \"b\"")
        #expect(try grammar.accepts(String(repeating: "a", count: 300) + "b"))
        let error = #expect(throws: InputError.self) { try grammar.accepts(String(repeating: "a", count: 100_000)) }
        #expect(error?.kind == .excessive)
        let constraint = Constraint(grammar, TestVocabularies.bytes(and: [[UInt8](repeating: 97, count: 60_000)]))
        let progress = try constraint.begin()
        let masked = #expect(throws: InputError.self) { try progress.allowed() }
        #expect(masked?.kind == .excessive)
    }

    // MARK: Sizes

    @Test func repetitionsAreCountedNotWrittenOut() throws {
        let grammar = try Grammar(regularExpression: "(?:[a-z]{1000000}){1000000}|(?:ab){3,1000000000}")
        #expect(grammar.network.stateCount < 200)
        #expect(try grammar.accepts("ababab") && !grammar.accepts("abab") && !grammar.accepts("abababa"))
        let schema = try Grammar.schema(
            #"{"type": "array", "maxItems": 1000000, "items": {"type": "string", "maxLength": 2147483647}}"#)
        #expect(schema.network.stateCount < 400)
        #expect(try schema.accepts(#"["a", "bc"]"#))
    }

    @Test func countsAreExact() throws {
        for (least, most) in [(0, 300), (299, 300), (300, 300), (150, 1_000)] {
            let grammar = try Grammar(regularExpression: "(?:ab|é){\(least),\(most)}c")
            for count in [0, 1, 149, 150, 298, 299, 300, 301, 999, 1_000, 1_001] {
                let text = (0..<count).map { $0 % 3 == 0 ? "é" : "ab" }.joined() + "c"
                #expect(try grammar.accepts(text) == (least...most).contains(count), "\(count) in \(least)...\(most)")
            }
        }
    }

    @Test func deepNestingIsRefused() {
        let groups = String(repeating: "(", count: 60_000) + "\"a\"" + String(repeating: ")", count: 60_000)
        expectExcessive { try Grammar(gbnf: "root ::= " + groups) }
        expectExcessive { try Grammar(regularExpression: String(repeating: "(", count: 60_000)) }
        expectExcessive { try Grammar.schema(#"{"pattern": ""# + String(repeating: "(", count: 60_000) + "\"}") }
        let arrays = String(repeating: #"{"items": "#, count: 60_000) + "{}" + String(repeating: "}", count: 60_000)
        expectExcessive { try Grammar.schema(arrays) }
    }

    @Test func deepRepetitionIsRefused() throws {
        expectExcessive { try Grammar(gbnf: "root ::= \"a\"" + String(repeating: "*", count: 100_000)) }
        #expect(try Grammar(gbnf: "root ::= \"a\"" + String(repeating: "*", count: 60)).accepts("aaa"))
        // A large class is read one way, and what is repeated of it is counted.
        let ranges = (0..<20_000).map { "\\u{\(String($0 * 2 + 0x10000, radix: 16))}" }.joined()
        let nested = String(repeating: "(", count: 60) + "[" + ranges + "]" + String(repeating: "){1,3}", count: 60)
        #expect(try Grammar(regularExpression: nested).accepts("\u{10002}\u{10004}"))
    }

    @Test func deepValuesAreWrittenOrRefused() throws {
        func value(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try Grammar.schema("{\"const\": " + value(100) + "}").accepts(value(100)))
        expectExcessive { try Grammar.schema("{\"const\": " + value(126) + "}") }
        expectExcessive { try Grammar.schema("{\"const\": " + value(60_000) + "}") }
    }

    @Test func largeSourcesAreRefused() {
        expectExcessive { try Grammar(gbnf: "root ::= \"" + String(repeating: "a", count: 2 << 20) + "\"") }
        expectExcessive { try Grammar(regularExpression: String(repeating: "a", count: 2 << 20)) }
        expectExcessive { try Grammar.schema("{}" + String(repeating: " ", count: 2 << 20)) }
        // Within the limit of bytes, beyond that of states.
        expectExcessive { try Grammar(regularExpression: String(repeating: "a", count: 1 << 19)) }
        let rules = (0..<70_000).map { "r\($0) ::= \"a\"\n" }.joined()
        expectExcessive { try Grammar(gbnf: "root ::= \"a\"\n" + rules) }
    }

    @Test func smallLimitsHold() throws {
        var limits = GrammarLimits()
        (limits.nesting, limits.repetition) = (3, 5)
        _ = try Grammar(regularExpression: "(((a{5})))", limits: limits)
        expectExcessive { try Grammar(regularExpression: "((((a))))", limits: limits) }
        expectExcessive { try Grammar(gbnf: "root ::= \"a\"{6}", limits: limits) }
        // A schema's count beyond the limit is no limit.
        let schema = try Grammar(jsonSchema: #"{"type": "string", "maxLength": 9}"#, limits: limits)
        #expect(try schema.accepts("\"abcdefghijkl\""))
    }

    @Test func hugeEnumerationsAreOneWayAtATime() throws {
        let values = (0..<20_000).map { "\"value \($0 * 7919 % 20_011)\"" }
        let grammar = try Grammar.schema("{\"enum\": [" + values.joined(separator: ",") + "]}")
        #expect(try grammar.accepts(values[17]) && !grammar.accepts("\"value 20010x\""))
        #expect(try steps(grammar, values[17]) < 2_000)
    }

    @Test func manyPropertiesAreTakenAtOnce() throws {
        let names = (0..<1_500).map { "\"p\($0)\": {\"type\": \"integer\"}" }.joined(separator: ",")
        let grammar = try Grammar.schema(
            "{\"type\": \"object\", \"properties\": {" + names + "}, \"additionalProperties\": false}")
        #expect(try grammar.accepts(#"{"p0": 1, "p17": 2, "p1499": 3}"#) && !grammar.accepts(#"{"p17": 2, "p0": 1}"#))
        let constraint = Constraint(grammar, TestVocabularies.bytes(and: [Array("{\"p".utf8), Array("{\"q".utf8)]))
        let allowed = try constraint.begin().allowed()
        #expect(allowed == [123, 257])
    }

    @Test func alternativesThatMultiplyAreRefused() {
        let choices = (0..<24).map { index in
            #"{"anyOf": [{"properties": {"a\#(index)": {"const": 1}}}, {"properties": {"b\#(index)": {"const": 2}}}]}"#
        }
        expectExcessive {
            try Grammar.schema("{\"type\": \"object\", \"allOf\": [" + choices.joined(separator: ",") + "]}")
        }
    }

    // MARK: References

    @Test func longChainsOfReferencesAreFollowedOrRefused() throws {
        func schema(_ count: Int) -> String {
            let links = (0..<count).map { "\"d\($0)\": {\"$ref\": \"#/$defs/d\($0 + 1)\"}" }
            return "{\"$defs\": {" + links.joined(separator: ",")
                + ", \"d\(count)\": {\"type\": \"null\"}}, \"$ref\": \"#/$defs/d0\"}"
        }
        #expect(try Grammar.schema(schema(200)).accepts("null"))
        expectExcessive { try Grammar.schema(schema(20_000)) }
    }

    @Test func longChainsOfRulesAreFollowed() throws {
        let links = (0..<20_000).map { "r\($0) ::= r\($0 + 1)\n" }.joined()
        let grammar = try Grammar(gbnf: "root ::= r0\n" + links + "r20000 ::= \"a\"\n")
        #expect(try grammar.accepts("a") && !grammar.accepts("aa"))
        let error = #expect(throws: InputError.self) {
            try Grammar(gbnf: "root ::= r0\n" + links + "r20000 ::= r0 \"a\" | \"b\"\n")
        }
        #expect(error?.kind == .unsupported)
        // Each waits for the next, so that the text is as deep as the chain.
        let deep = (0..<20_000).map { "r\($0) ::= r\($0 + 1) \"b\"\n" }.joined()
        expectExcessive { try Grammar(gbnf: "root ::= r0\n" + deep + "r20000 ::= \"a\"\n") }
    }

    // MARK: Depth of texts

    /// Deeper nesting is not begun, and what is begun can be ended.
    @Test func textsAlwaysEnd() throws {
        let grammar = try Grammar.schema(##"{"type": "array", "items": {"$ref": "#"}, "minItems": 0}"##)
        let constraint = Constraint(grammar, TestVocabularies.bytes)
        var (progress, depth) = (try constraint.begin(), 0)
        while try progress.allows(91) {
            try progress.append(91)
            depth += 1
        }
        #expect(depth > 60 && depth <= JSONParser.depthLimit)
        for _ in 0..<depth { try progress.append(93) }
        #expect(progress.isFinished)
    }

    @Test func nestingThatMustGoOnIsNotBegunTooDeep() throws {
        var limits = GrammarLimits()
        limits.depth = 10
        // Behind “((” there is no way but three levels more.
        let grammar = try Grammar(
            gbnf: "root ::= \"((\" a \")\" | \"x\"\na ::= \"<\" b \">\"\nb ::= \"{\" root \"}\"", limits: limits)
        let constraint = Constraint(grammar, TestVocabularies.bytes)
        var random = RandomSource(seed: 1)
        for _ in 0..<200 {
            var progress = try constraint.begin()
            for _ in 0..<200 where !progress.isFinished {
                let token = try #require(try progress.allowed().randomElement(using: &random))
                try progress.append(token)
            }
            #expect(progress.isFinished)
        }
    }

    @Test func rightRecursionNeedsNoStack() throws {
        let grammar = try Grammar(
            gbnf: "root ::= [a-z] rest\nrest ::= \",\" [a-z] rest | \".\" | ws\nws ::= (\" \" ws)?")
        #expect(try grammar.accepts("a" + String(repeating: ",b", count: 50_000) + "."))
        #expect(try steps(grammar, "a" + String(repeating: ",b", count: 50_000)) < 500)
    }
}
