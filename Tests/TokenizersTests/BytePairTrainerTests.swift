import Files
import TestSupport
import Testing

@testable import Tokenizers

/// The trainer against Hugging Face's (Tests/Fixtures/make/tokenizer_training.py), and what must hold of any vocabulary.
@Suite struct BytePairTrainerTests {
    static func text() throws -> [UInt8] { Array(try Fixture.data("tokenizers/trained/text.txt")) }

    static func trained(
        _ texts: [[UInt8]], size: Int, kind: PreTokenizerKind = .deepSeekV3, leastCount: Int = 2
    ) throws -> Vocabulary {
        var counts = PieceCounts(kind)
        for text in texts { counts.add(text) }
        return try BytePairTrainer(size: size, leastCount: leastCount).vocabulary(from: counts)
    }

    @Test func mergesAndIdsEqualTheReference() throws {
        let golden = try JSONParser.parse(MappedFile(path: Fixture.path("tokenizers/trained/merges.json")))
        let merges = try #require(golden["merges"]?.array).map { try #require($0.array).compactMap(\.string) }
        let size = try #require(golden["size"]?.integer) + BytePairTrainer.lastTokens.count
        let vocabulary = try Self.trained([Self.text()], size: size)
        #expect(vocabulary.merges.map { [$0.left, $0.right] } == merges)
        #expect(merges.count == 594)
        let tokenizer = try Tokenizer(vocabulary)
        for row in try #require(golden["strings"]?.array) {
            let text = try #require(row["text"]?.string)
            let ids = try #require(row["ids"]?.array).map { Int32(try #require($0.integer)) }
            #expect(tokenizer.encode(text) == ids, "\(text)")
        }
    }

    @Test func fileReadsBackAsTheSameVocabulary() throws {
        let vocabulary = try Self.trained([Self.text()], size: 500)
        let folder = try Fixture.temporaryFolder()
        let path = folder + "/tokenizer.json"
        try writeAtomically(to: path) { try $0.append(Array(vocabulary.tokenizerFile().text.utf8)) }
        let configuration = vocabulary.tokenizerConfiguration(chatTemplate: ChatTemplate.v3Jinja, contextLength: 1024)
        let read = try Vocabulary(tokenizerFile: MappedFile(path: path), configuration: configuration.object)
        #expect(read.identity == vocabulary.identity)
        #expect(read.beginOfSequence == 0 && read.endOfSequence == 1 && read.padding == 2)
        let (first, second) = (try Tokenizer(vocabulary), try Tokenizer(read))
        #expect(first.vocabularySize == 500 && second.vocabularySize == 500)
        let text = String(decoding: try Self.text(), as: UTF8.self) + "<｜fim▁hole｜><think>"
        #expect(first.encode(text, parsingSpecialTokens: true) == second.encode(text, parsingSpecialTokens: true))
        #expect(second.id(of: "<｜fim▁hole｜>").map(second.isAdded) == true)
    }

    @Test func templateIsRecognized() throws {
        #expect(ChatTemplate(recognizing: ChatTemplate.v3Jinja) == .v3)
        #expect(ChatTemplate(recognizing: ChatTemplate.r1Jinja) == .r1)
        for (name, jinja) in ChatTemplate.releasedJinja {
            #expect(jinja == String(decoding: try Fixture.data("chat/templates/\(name).jinja"), as: UTF8.self))
        }
    }

    @Test(arguments: PreTokenizerKind.allCases) func everythingDecodesToItself(kind: PreTokenizerKind) throws {
        let tokenizer = try Tokenizer(Self.trained([Self.text()], size: 600, kind: kind))
        var generator = TestGenerator(state: 5)
        for count in 0..<100 {
            let bytes = count % 2 == 0 ? generator.bytes(count * 3) : Array(generator.text(count).utf8)
            #expect(tokenizer.decodedBytes(tokenizer.encode(bytes: bytes)) == bytes)
        }
    }

    /// Counts pairs anew before each merge: what the trainer's bookkeeping must amount to.
    @Test func mergesEqualAPlainCount() throws {
        var generator = TestGenerator(state: 6)
        for round in 0..<30 {
            let text = generator.letters(300, of: 2 + round % 4)
            let vocabulary = try Self.trained([text], size: BytePairTrainer.leastSize + 40)
            let expected = Self.plainMerges(text, count: vocabulary.merges.count)
            #expect(vocabulary.merges.map { $0.left + " " + $0.right } == expected)
        }
    }

    /// The merges of a text of ASCII letters that is one piece.
    static func plainMerges(_ text: [UInt8], count: Int) -> [String] {
        var tokens = text.map { String(UnicodeScalar($0)) }
        var ids = Dictionary(uniqueKeysWithValues: (0..<128).map { (String(UnicodeScalar(UInt8($0))), $0) })
        var merges: [String] = []
        while merges.count < count {
            var counts: [[String]: Int] = [:]
            for (left, right) in zip(tokens, tokens.dropFirst()) { counts[[left, right], default: 0] += 1 }
            func order(_ pair: [String]) -> (Int, Int, Int) {
                (-(counts[pair] ?? 0), ids[pair[0]] ?? 0, ids[pair[1]] ?? 0)
            }
            guard let best = counts.keys.min(by: { order($0) < order($1) }) else { break }
            let joined = best.joined()
            if !merges.contains(best.joined(separator: " ")) { merges.append(best.joined(separator: " ")) }
            if ids[joined] == nil { ids[joined] = 1000 + ids.count }
            var next: [String] = []
            for token in tokens {
                if next.last == best[0], token == best[1], next.count > 0 {
                    next[next.count - 1] = joined + "\u{0}"
                } else {
                    next.append(token)
                }
            }
            tokens = next.map { $0.replacing("\u{0}", with: "") }
        }
        return merges
    }

    @Test func countsDoNotDependOnHowTextsAreGrouped() throws {
        let lines = try Self.text().split(separator: UInt8(ascii: "\n")).map { Array($0) }
        var (all, first, second) = (PieceCounts(.deepSeekV3), PieceCounts(.deepSeekV3), PieceCounts(.deepSeekV3))
        for (index, line) in lines.enumerated() {
            all.add(line)
            if index < 100 { first.add(line) } else { second.add(line) }
        }
        first.add(second)
        func listed(_ counts: PieceCounts) -> [[UInt8]: Int] {
            var list: [[UInt8]: Int] = [:]
            counts.forEach { list[Array($0)] = $1 }
            return list
        }
        #expect(listed(all) == listed(first))
        #expect(all.count == first.count)
    }

    @Test func rarePiecesAreForgottenBeyondTheLimit() {
        var counts = PieceCounts(.deepSeekV3, limit: 10)
        for word in ["common", "common", "usual", "usual"] { counts.add(Array(word.utf8)) }
        for letter in "abcdefghijklmnop".utf8 { counts.add([letter]) }
        var words: [String] = []
        counts.forEach(atLeast: 2) { piece, _ in words.append(String(decoding: piece, as: UTF8.self)) }
        #expect(counts.count <= 10)
        #expect(words.sorted() == ["common", "usual"])
    }

    @Test func edges() throws {
        #expect(throws: InputError.self) { try BytePairTrainer(size: BytePairTrainer.leastSize - 1) }
        #expect(throws: InputError.self) { try BytePairTrainer(size: 1 << 21) }
        let bytesOnly = try Self.trained([Self.text()], size: BytePairTrainer.leastSize)
        #expect(bytesOnly.merges.isEmpty)
        let nothing = try Self.trained([], size: 1000)
        #expect(try Tokenizer(nothing).vocabularySize == BytePairTrainer.leastSize)
        let long = try Self.trained([[UInt8](repeating: 0x61, count: 5000)], size: 300)
        #expect(try Tokenizer(long).decodedBytes(Tokenizer(long).encode("aaaaa")) == Array("aaaaa".utf8))
    }
}
