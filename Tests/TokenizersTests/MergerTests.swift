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
        for round in 0..<400 {
            let merger = try Tokenizer(TinyVocabulary.random(&generator, isShuffled: isShuffled)).merger
            let length = Int.random(in: 1...(round % 10 == 0 ? 400 : 40), using: &generator)
            let bytes = generator.letters(length, of: round % 3 == 0 ? 1 : 3)
            let expected = [7] + Self.naive(bytes.map { merger.byteTokens[Int($0)] }, merger.table)
            var scanned: [Int32] = [7]
            merger.appendByScan(bytes, bytes.indices, to: &scanned)
            #expect(scanned == expected)
            // Windows so short that most cuts leave traces and must be undone, and one as long as the text.
            for window in [1, 12, 40, 1000] {
                var long = LongPieceMerger(merger, window: window)
                for _ in 0..<2 {
                    var merged: [Int32] = [7]
                    long.append(bytes, bytes.indices, to: &merged)
                    #expect(merged == expected, "window \(window)")
                }
            }
        }
    }

    @Test(arguments: [false, true]) func longTextsOfFewLettersEqualTheDefinition(isShuffled: Bool) throws {
        var generator = TestGenerator(state: isShuffled ? 10 : 11)
        for round in 0..<60 {
            let merger = try Tokenizer(TinyVocabulary.random(&generator, isShuffled: isShuffled)).merger
            let bytes = generator.letters(2000, of: 1 + round % 3)
            let expected = Self.naive(bytes.map { merger.byteTokens[Int($0)] }, merger.table)
            for window in [64, 512, 4096] {
                var long = LongPieceMerger(merger, window: window)
                var merged: [Int32] = []
                long.append(bytes, bytes.indices, to: &merged)
                #expect(merged == expected, "window \(window)")
            }
        }
    }

    /// Each merge is earlier than the one to its left, so that the end of the text decides how its beginning is merged.
    @Test func cutsThatLeaveATraceAreUndone() throws {
        let letters = (0..<60).map { String(ByteAlphabet.characters[0x41 + $0]) }
        let merges = zip(letters, letters.dropFirst()).map { ($0, $1) }.reversed()
        let merger = try Tokenizer(TinyVocabulary.make(merges: Array(merges))).merger
        for length in [59, 60] {
            let bytes = (0..<length).map { UInt8(0x41 + $0) }
            let expected = Self.naive(bytes.map { merger.byteTokens[Int($0)] }, merger.table)
            for window in [10, 16, 30] {
                var long = LongPieceMerger(merger, window: window)
                var merged: [Int32] = []
                long.append(bytes, bytes.indices, to: &merged)
                #expect(merged == expected)
            }
        }
    }

    @Test func longPiecesOfTheReleasedVocabularyAgree() throws {
        let merger = try ReferenceTokenizers.deepSeekV3.get().merger
        var generator = TestGenerator(state: 7)
        for bytes in [
            [UInt8](repeating: 0x61, count: 9001), [UInt8](repeating: 0x20, count: 8191),
            generator.letters(9000, of: 26), Array(generator.text(3000).utf8),
        ] {
            var scanned: [Int32] = []
            merger.appendByScan(bytes, bytes.indices, to: &scanned)
            var long: LongPieceMerger?
            for _ in 0..<2 {
                var chosen: [Int32] = []
                merger.append(bytes, bytes.indices, to: &chosen, &long)
                #expect(chosen == scanned)
            }
        }
    }

    @Test func heapGivesNumbersInOrder() {
        var generator = TestGenerator(state: 8)
        var heap = MinimumHeap()
        let numbers = (0..<1000).map { _ in Int32(generator.next() % 100) }
        for number in numbers { heap.push(number) }
        var result: [Int32] = []
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
        var long: LongPieceMerger?
        let scanner = TextScanner(Array(text.utf8))
        tokenizer.preTokenizer.split(scanner.bytes.indices, of: scanner) {
            tokenizer.merger.append(scanner.bytes, $0, to: &alone, &long)
        }
        #expect(tokenizer.encode(text) == alone)
    }
}
