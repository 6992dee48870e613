import Files
import Foundation
import TestSupport
import Testing
import Tokenizers

@testable import Training

@Suite struct ShardBatchesTests {
    static func data(_ settings: DataSettings) throws -> TrainingData {
        try makeBatches(settings, cache: Fixture.temporaryFolder() + "/cache")
    }

    static func settings(_ packed: PackedTokens..., sequence: Int = 64) -> DataSettings {
        var settings = DataSettings(sequence: sequence, sources: packed.map { DataSettings.Source(path: $0.path) })
        settings.validation = 0
        return settings
    }

    // MARK: Packing

    @Test(arguments: [false, true]) func anEpochHasEveryTokenOnce(crosses: Bool) throws {
        let packed = try DataFixture.corpus(documents: 20)
        var settings = Self.settings(packed)
        settings.crossDocuments = crosses
        settings.passage = 1 << 20
        var batches = try Self.data(settings).training
        let count = packed.training[0].tokenCount
        let sequences = try batches.next(count / 64 + 1)
        let tokens = Array(sequences.flatMap(\.tokens).prefix(count))
        let documents = Set(TokenPackingTests.documents(packed.training))
        #expect(batches.tokenCount == count && batches.documentCount == 20)
        // Documents end with the token 1, and nothing else is one.
        let read = tokens.split(separator: 1).map { Array($0) + [1] }
        #expect(read.count == 20 && Set(read) == documents)
        for sequence in sequences { check(sequence, crosses: crosses) }
    }

    private func check(_ sequence: TrainingSequence, crosses: Bool) {
        #expect(sequence.tokens.count == 64)
        #expect(sequence.spans.count == (crosses ? 1 : sequence.tokens.dropLast().count { $0 == 1 } + 1))
        for (place, token) in sequence.tokens.enumerated() {
            #expect((sequence.targets[place] == nil) == (token == 1))
            if token != 1, place < 63 { #expect(sequence.targets[place] == sequence.tokens[place + 1]) }
        }
        if !crosses { for span in sequence.spans.dropFirst() { #expect(sequence.tokens[span.lowerBound] == 0) } }
    }

    @Test func targetsReachIntoTheNextSequence() throws {
        var settings = try Self.settings(DataFixture.corpus(documents: 1))
        settings.passage = 1 << 20
        var batches = try Self.data(settings).training
        let sequences = try batches.next(20)
        for (first, second) in zip(sequences, sequences.dropFirst()) where first.tokens.last != 1 {
            #expect(first.targets.last == second.tokens.first)
        }
    }

    // MARK: Passages

    /// What is read of one document in an epoch, in tokens and targets, is the same for passages of any length.
    @Test(arguments: [2, 3, 7, 64, 100, 1 << 20]) func passagesHaveEveryTokenAndTargetOnce(_ passage: Int) throws {
        let packed = try DataFixture.corpus(documents: 3)
        var settings = Self.settings(packed)
        settings.passage = passage
        var batches = try Self.data(settings).training
        let count = packed.training[0].tokenCount
        let sequences = try batches.next(count / 64 + 1)
        let read = zip(sequences.flatMap(\.tokens), sequences.flatMap(\.targets)).prefix(count).map { [$0, $1 ?? -1] }
        let expected = TokenPackingTests.documents(packed.training).flatMap { document in
            zip(document, document.dropFirst() + [-1]).map { [$0, $1] }
        }
        #expect(Self.counts(read) == Self.counts(expected))
        #expect(batches.position.sources[0].tokens >= count)
    }

    private static func counts(_ pairs: [[Int32]]) -> [[Int32]: Int] {
        Dictionary(pairs.map { ($0, 1) }, uniquingKeysWith: +)
    }

    /// However long a document is, the sequences of a batch lie apart in it.
    @Test func batchesAreNotOfOnePlace() throws {
        let packed = try DataFixture.corpus(documents: 1)
        var batches = try Self.data(Self.settings(packed)).training
        let document = packed.training[0].tokens(ofDocument: 0)
        let sequences = try batches.next(8)
        let places = sequences.map { sequence in
            document.indices.first { document[$0...].starts(with: sequence.tokens.prefix(32)) } ?? -1
        }
        #expect(!places.contains(-1) && places.sorted() != places)
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 + 64 != $1 })
    }

    // MARK: Order and resuming

    @Test func ordersDependOnSeedAndEpochAlone() throws {
        let packed = try DataFixture.corpus(documents: 40)
        func sequences(_ seed: UInt64) throws -> [TrainingSequence] {
            var settings = Self.settings(packed)
            settings.seed = seed
            var batches = try Self.data(settings).training
            return try batches.next(400)
        }
        let first = try sequences(1)
        #expect(try sequences(1) == first)
        #expect(try sequences(2) != first)
        let half = packed.training[0].tokenCount / 64
        #expect(first[0..<half] != first[half..<2 * half])
    }

    @Test func permutationsAreSuch() {
        for count in [0, 1, 2, 3, 5, 16, 17, 100, 1000] {
            for key in 0..<3 as Range<UInt64> {
                let order = KeyedPermutation(count: count, key: key)
                #expect(Set((0..<count).map { order[$0] }) == Set(0..<count))
            }
        }
        let orders = (0..<20).map { key in (0..<100).map { KeyedPermutation(count: 100, key: key)[$0] } }
        #expect(Set(orders).count == 20)
        #expect(KeyedPermutation(count: 1 << 40, key: 7)[12345] < 1 << 40)
    }

    /// Settings with everything at once: a mixture of text, rearranged, and conversations.
    static func mixture() throws -> DataSettings {
        let text = try DataFixture.corpus(documents: 10)
        let chats = try DataFixture.packed(["a.jsonl": chats(30)])
        var settings = settings(text, chats)
        settings.sources[0].fim = FillInTheMiddleSettings(rate: 0.5, mode: .psm)
        settings.sources[0].weight = 2
        settings.crossDocuments = false
        return settings
    }

    static func chats(_ count: Int) -> String {
        (0..<count).map { index in
            let answer = String(repeating: "tala ", count: index)
            return "{\"prompt\": \"question \(index)\", \"completion\": \"\(answer)\"}"
        }.joined(separator: "\n")
    }

    @Test func resumingContinuesWithTheSameSequences() throws {
        let settings = try Self.mixture()
        var whole = try Self.data(settings).training
        let expected = try whole.next(300)
        for place in [0, 1, 7, 50, 133, 299] {
            var before = try Self.data(settings).training
            _ = try before.next(place)
            let saved = try JSONEncoder().encode(before.position)
            #expect(saved.count < 1000)
            var after = try Self.data(settings).training
            try after.move(to: JSONDecoder().decode(ShardBatches.Position.self, from: saved))
            #expect(try after.next(300 - place) == Array(expected[place...]))
            #expect(after.position == whole.position)
        }
        #expect(whole.position.sources[0].epoch > 0)
        try whole.move(to: whole.start)
        #expect(try whole.next(20) == Array(expected[..<20]))
    }

    @Test func placesInOtherDataAreRefused() throws {
        let packed = try DataFixture.corpus(documents: 5)
        var settings = Self.settings(packed)
        settings.passage = 1 << 20
        var batches = try Self.data(settings).training
        _ = try batches.next(3)
        let position = batches.position
        var other = try Self.data(Self.settings(packed, sequence: 32)).training
        #expect(throws: InputError.self) { try other.move(to: position) }
        func changed(_ change: (inout ShardBatches.Position) -> Void) -> ShardBatches.Position {
            var copy = position
            change(&copy)
            return copy
        }
        for wrong in [
            changed { $0.sources = [] }, changed { $0.sources[0].passage = 6 }, changed { $0.sources[0].epoch = -1 },
            changed { $0.offset = 1 << 40 }, changed { $0.offset = -1 }, changed { $0.open = 3 },
            changed { $0.sources[0].passage = 0 }, changed { $0.data ^= 1 },
        ] {
            #expect(throws: InputError.self) { try batches.move(to: wrong) }
        }
        #expect(batches.position == position)
    }

    // MARK: Mixtures

    @Test func sharesFollowTheWeights() throws {
        var settings = Self.settings(
            try DataFixture.corpus(documents: 40), try DataFixture.packed(["a.txt": "short text", "b.txt": "another"]))
        settings.sources[0].weight = 3
        var batches = try Self.data(settings).training
        _ = try batches.next(500)
        let tokens = batches.position.sources.map { Double($0.tokens) }
        #expect(tokens[0] + tokens[1] == 500 * 64)
        #expect(abs(tokens[0] / tokens[1] - 3) < 0.15)
        #expect(batches.position.sources[1].epoch > 100)
    }

    // MARK: Filling gaps

    @Test func gapsKeepTheText() throws {
        let packed = try DataFixture.corpus(documents: 30)
        let texts = Set(TokenPackingTests.documents(packed.training))
        let tokenizer = try DataFixture.tokenizer.get().tokenizer
        let marks = try ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"].map { try #require(tokenizer.id(of: $0)) }
        for mode in FillInTheMiddleSettings.Mode.allCases {
            var settings = Self.settings(packed, sequence: 128)
            settings.passage = 1 << 20
            settings.sources[0].fim = FillInTheMiddleSettings(rate: 0.5, mode: mode)
            var batches = try Self.data(settings).training
            let tokens = try batches.next(200).flatMap(\.tokens)
            var (whole, cut) = (0, 0)
            for document in tokens.split(separator: 1).prefix(30).map({ Array($0) + [1] }) {
                guard document[1] == marks[0] else {
                    #expect(texts.contains(document))
                    whole += 1
                    continue
                }
                cut += 1
                let text = try Self.restored(document, marks, mode, tokenizer)
                #expect(texts.contains { tokenizer.decodedBytes($0) == text })
            }
            #expect(whole + cut == 30 && (5...25).contains(cut))
        }
    }

    /// The bytes of the document whose parts were rearranged; for suffix, prefix, middle, the gap's place does not matter.
    static func restored(
        _ document: [Int32], _ marks: [Int32], _ mode: FillInTheMiddleSettings.Mode, _ tokenizer: Tokenizer
    ) throws -> [UInt8] {
        let hole = try #require(document.firstIndex(of: marks[1]))
        let end = try #require(document.firstIndex(of: marks[2]))
        let (first, second, third) = (document[2..<hole], document[(hole + 1)..<end], document[(end + 1)...].dropLast())
        if mode == .spm { #expect(first.isEmpty) }
        let parts = mode == .psm ? [first, third, second] : [third, second]
        return tokenizer.decodedBytes([0] + parts.flatMap { Array($0) } + [1])
    }

    // MARK: Conversations

    @Test func conversationsStandWhole() throws {
        let packed = try DataFixture.packed(["a.jsonl": Self.chats(12)])
        var batches = try Self.data(Self.settings(packed)).training
        let documents = Set(TokenPackingTests.documents(packed.training))
        for sequence in try batches.next(40) {
            for span in sequence.spans {
                let tokens = Array(sequence.tokens[span])
                if tokens.allSatisfy({ $0 == 2 }) {
                    #expect(span.upperBound == 64 && sequence.targets[span].allSatisfy { $0 == nil })
                } else {
                    #expect(documents.contains(tokens))
                    #expect(sequence.targets[span].last == .some(nil))
                    #expect(sequence.targets[span.lowerBound] == nil)
                    #expect(sequence.targets[span.upperBound - 2] == 1)
                }
            }
        }
        #expect(batches.position.tooLong == 0)
    }

    @Test func longConversationsAreCutOrSkipped() throws {
        let packed = try DataFixture.packed(["a.jsonl": Self.chats(30)])
        let long = TokenPackingTests.documents(packed.training).count { $0.count > 32 }
        #expect(long > 3)
        var settings = Self.settings(packed, sequence: 32)
        for mode in DataSettings.TooLong.allCases {
            settings.tooLong = mode
            var batches = try Self.data(settings).training
            while batches.position.sources[0].epoch == 0 { _ = try batches.next(1) }
            #expect((long...long + 2).contains(batches.position.tooLong))
            #expect(try batches.next(5).allSatisfy { $0.tokens.count == 32 })
        }
        settings.sequence = 3
        var none = try Self.data(settings).training
        #expect(throws: InputError.self) { try none.next(1) }
    }
}
