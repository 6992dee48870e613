import Testing

@testable import Tokenizers

/// Vocabularies of a few merges over all bytes.
enum TinyVocabulary {
    /// The byte b has the id b; each merge of two spellings makes the next id, unless its result is a token already.
    static func make(merges: [(String, String)], kind: PreTokenizerKind = .deepSeekV3) -> Vocabulary {
        var tokens: [String?] = ByteAlphabet.characters.map { String(Character($0)) }
        var known = Set(tokens)
        for (left, right) in merges where known.insert(left + right).inserted { tokens.append(left + right) }
        return Vocabulary(
            source: "tiny", tokens: tokens, merges: merges.map { (left: $0.0, right: $0.1) }, addedTokens: [],
            preTokenizer: kind)
    }

    /// Random merges of `a`, `b` and `c`; in an order that training never gives if `isShuffled`.
    static func random(_ generator: inout TestGenerator, isShuffled: Bool) -> Vocabulary {
        var spellings = ["a", "b", "c"]
        var merges: [(String, String)] = []
        for _ in 0..<Int.random(in: 1...24, using: &generator) {
            let left = spellings[Int.random(in: spellings.indices, using: &generator)]
            let right = spellings[Int.random(in: spellings.indices, using: &generator)]
            guard !merges.contains(where: { $0 == (left, right) }) else { continue }
            // One token that several merges make is what puts real tables out of order.
            if !isShuffled, spellings.contains(left + right) { continue }
            merges.append((left, right))
            if !spellings.contains(left + right) { spellings.append(left + right) }
        }
        return make(merges: isShuffled ? merges.shuffled(using: &generator) : merges)
    }
}

@Suite struct MergerTests {
    /// The definition, word for word: the lowest rank, of equals the leftmost, one at a time.
    static func naive(_ ids: [Int32], _ table: MergeTable) -> [Int32] {
        var ids = ids
        while true {
            let pairs = zip(ids, ids.dropFirst()).map { table.merge($0, $1) }
            guard let least = pairs.min(), least != MergeTable.none, let place = pairs.firstIndex(of: least) else {
                return ids
            }
            ids[place] = Int32(least & 0xFFFF_FFFF)
            ids.remove(at: place + 1)
        }
    }

    @Test(arguments: [false, true]) func allWaysEqualTheDefinition(isShuffled: Bool) throws {
        var generator = TestGenerator(state: isShuffled ? 5 : 6)
        var ordered = 0
        for round in 0..<400 {
            let merger = try Tokenizer(TinyVocabulary.random(&generator, isShuffled: isShuffled)).merger
            let length = Int.random(in: 1...(round % 10 == 0 ? 400 : 40), using: &generator)
            let letters = round % 3 == 0 ? 1 : 3
            let bytes = (0..<length).map { _ in
                UInt8(ascii: "a") + UInt8.random(in: 0..<UInt8(letters), using: &generator)
            }
            let ids = bytes.map { merger.byteTokens[Int($0)] }
            let expected = Self.naive(ids, merger.table)
            var scanned: [Int32] = [7]
            merger.appendByScan(bytes, bytes.indices, to: &scanned)
            #expect(scanned == [7] + expected)
            var heaped: [Int32] = []
            merger.appendByHeap(ids, to: &heaped)
            #expect(heaped == expected)
            if merger.table.isOrdered {
                ordered += 1
                var bucketed: [Int32] = []
                merger.appendByBuckets(ids, to: &bucketed)
                #expect(bucketed == expected)
            }
        }
        #expect(isShuffled ? ordered < 300 : ordered == 400)
    }

    @Test func longPiecesOfTheReleasedVocabularyAgree() throws {
        let merger = try ReferenceTokenizers.deepSeekV3.get().merger
        var generator = TestGenerator(state: 7)
        let letters = (0..<9000).map { _ in UInt8(ascii: "a") + UInt8.random(in: 0..<26, using: &generator) }
        for bytes in [
            [UInt8](repeating: 0x61, count: 9001), [UInt8](repeating: 0x20, count: 8191), letters,
            Array(generator.text(3000).utf8),
        ] {
            let ids = bytes.map { merger.byteTokens[Int($0)] }
            var (heaped, bucketed, chosen): ([Int32], [Int32], [Int32]) = ([], [], [])
            merger.appendByHeap(ids, to: &heaped)
            merger.appendByBuckets(ids, to: &bucketed)
            merger.append(bytes, bytes.indices, to: &chosen)
            #expect(heaped == bucketed && chosen == heaped)
        }
    }

    @Test func heapGivesNumbersInOrder() {
        var generator = TestGenerator(state: 8)
        var heap = MinimumHeap()
        let numbers = (0..<1000).map { _ in generator.next() % 100 }
        for number in numbers { heap.push(number) }
        var result: [UInt64] = []
        while let number = heap.pop() { result.append(number) }
        #expect(result == numbers.sorted())
    }

    @Test func repeatedPiecesAreCopiedRight() throws {
        let tokenizer = try ReferenceTokenizers.deepSeekV3.get()
        var generator = TestGenerator(state: 9)
        let words = (0..<3000).map { _ in generator.text(Int.random(in: 1...5, using: &generator)) }
        let text = (0..<20000).map { _ in words[Int.random(in: words.indices, using: &generator)] }.joined()
        // The same text without the cache: each piece alone.
        var alone: [Int32] = []
        let scanner = TextScanner(Array(text.utf8))
        tokenizer.preTokenizer.split(scanner.bytes.indices, of: scanner) {
            tokenizer.merger.append(scanner.bytes, $0, to: &alone)
        }
        #expect(tokenizer.encode(text) == alone)
    }
}
