import Testing

@testable import Generation

/// Masks against trying every token.
@Suite struct MaskTests {
    private static let grammars: [@Sendable () throws -> Grammar] = [
        { try Grammar(regularExpression: "[a-c]*|é+中?|true") },
        { try Grammar(regularExpression: "(?:name|value|\\d{2,40}){0,7}") },
        { try Grammar(gbnf: "root ::= \"{\" root \"}\" | \"[\" root* \"]\" | [0-9]+ \"a\"?") },
        {
            try Grammar(
                gbnf:
                    "root ::= (\"a\"* | \"a\" \"b\"* | root2)* \"]\"\nroot2 ::= \"\\\"\" [^\"]* \"\\\"\" root2 | \"0\"")
        },
        { try Grammar.schema(#"{"type": "string", "maxLength": 40}"#) },
        { try Grammar.schema(#"{"type": "string", "minLength": 30, "maxLength": 33}"#) },
        { try Grammar.schema(#"{"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 25}"#) },
        {
            try Grammar.schema(
                #"{"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}, "age": {"type": "integer", "minimum": 0, "maximum": 120}}, "required": ["name"], "additionalProperties": {"type": "null"}}"#
            )
        },
        {
            try Grammar.schema(
                ##"{"anyOf": [{"type": "null"}, {"type": "object", "properties": {"kind": {"$ref": "#"}}, "required": ["kind"]}, {"type": "array", "items": {"$ref": "#"}}]}"##
            )
        },
        { try Grammar.jsonObject() },
    ]

    @Test(arguments: grammars.indices) func masksEqualTryingEveryToken(_ index: Int) throws {
        var random = RandomSource(seed: UInt64(index) + 100)
        let vocabulary = TestVocabularies.realistic(&random, count: 300)
        let constraint = Constraint(try Self.grammars[index](), vocabulary)
        for _ in 0..<6 {
            var progress = try constraint.begin()
            for _ in 0..<60 where !progress.isFinished {
                let allowed = try progress.allowed()
                let tried = (0..<Int32(vocabulary.size)).filter { token in
                    var copy = progress
                    do { try copy.append(token) } catch { return false }
                    return true
                }
                #expect(allowed == tried)
                #expect(try allowed.contains(256) == progress.isComplete)
                for token in [allowed[0], allowed[allowed.count - 1]] { #expect(try progress.allows(token)) }
                guard let token = allowed.filter({ $0 != 256 }).randomElement(using: &random) else { break }
                try progress.append(token)
            }
        }
    }

    /// How many characters came makes no difference for one token, far from the ends of what is allowed.
    @Test func countsFarFromTheirEndsShareMasks() throws {
        let grammar = try Grammar.schema(#"{"type": "string", "minLength": 1000, "maxLength": 3000}"#)
        let constraint = Constraint(grammar, TestVocabularies.bytes(and: [Array("abcd".utf8)]))
        var progress = try constraint.begin()
        try progress.append(34)
        for count in 0..<3_000 {
            #expect(try progress.allows(34) == (count >= 1_000) && progress.allows(97))
            #expect(try progress.allows(257) == (count + 4 <= 3_000))
            try progress.append(97)
        }
        #expect(try progress.allowed() == [34])
        #expect(constraint.work.masks <= 20)
    }

    /// A table that is full gives way to another, and nothing changes.
    @Test(arguments: [3, 8, 9]) func fullTablesAreLeftBehind(_ index: Int) throws {
        var random = RandomSource(seed: 7)
        let vocabulary = TestVocabularies.realistic(&random, count: 100)
        let grammar = try Self.grammars[index]()
        let large = Constraint(grammar, vocabulary)
        let small = Constraint(grammar, vocabulary, byteLimit: 4_000)
        var (expected, found) = (try large.begin(), try small.begin())
        for _ in 0..<150 where !expected.isFinished {
            let allowed = try expected.allowed()
            #expect(try found.allowed() == allowed)
            guard let token = allowed.filter({ $0 != 256 }).randomElement(using: &random) else { break }
            try expected.append(token)
            try found.append(token)
            #expect(try found.isFinished == expected.isFinished && found.isComplete == expected.isComplete)
        }
    }

    @Test func treesHoldEveryTokenOnce() {
        let trie = TokenTrie([
            (3, [97]), (1, [97, 98]), (7, [97, 98]), (2, [98, 200]), (5, [97, 98, 99]), (0, [99]),
        ])
        #expect(trie.bytes == [97, 98, 99, 98, 200, 99])
        #expect(trie.ends == [3, 3, 3, 5, 5, 6])
        #expect(trie.tokens == [3, 1, 7, 5, 2, 0] && trie.longest == 3)
        #expect(trie.firstTokens == [0, 1, 3, 4, 4, 5, 6])
        var set = LowByteSet()
        for byte in [98, 99] as [UInt8] { set.insert(byte) }
        #expect(trie.below[0] == set && set.contains(trie.below[1]) && !set.contains(trie.below[3]))
        #expect(TokenTrie([]).firstTokens == [0])
    }

    @Test func masksForbidWhatIsOutsideOfThem() {
        var mask = TokenMask(size: 70)
        for token in [0, 63, 64, 69] as [Int32] { mask.insert(token) }
        #expect(
            mask.count == 4 && mask.contains(64) && !mask.contains(65) && !mask.contains(-1) && !mask.contains(4_000))
        var logits = (0..<200).map(Float.init)
        mask.apply(to: &logits, allowing: [5, 150, 900, -3])
        #expect(logits.indices.filter { logits[$0] > -.infinity } == [0, 5, 63, 64, 69, 150])
        #expect(logits[150] == 150 && logits[69] == 69)
    }
}
