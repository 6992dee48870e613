import Files
import Generation

/// Sequences of a fixed length from the documents of packed sources.
///
/// Plain documents, long ones in passages, are laid end to end, and a sequence ends wherever it is full; the next goes on with the
/// same passage. A conversation stands whole in one sequence, as a span of its own, with what is left at the end filled up; of one that is longer
/// than a sequence the end is left out, or all of it, as `DataSettings.TooLong` says.
///
/// The next passage comes from the source that has given the fewest tokens for its weight, so that shares are kept at every
/// moment. Each epoch of a source has its own order. All of it follows from the settings and the position.
package struct ShardBatches: BatchSource, Sendable {
    /// Where reading stands; some hundred bytes.
    package struct Position: Codable, Sendable, Equatable {
        /// A source's place.
        package struct Source: Codable, Sendable, Equatable {
            /// How many times all its passages were read.
            package var epoch = 0
            /// How many passages of this epoch were read or are being read.
            package var passage = 0
            /// Tokens taken from it, over all epochs.
            package var tokens = 0
        }

        /// Of the sources and settings that the position belongs to.
        var data: UInt64
        package var sources: [Source]
        /// The source whose last passage is being read.
        var open: Int?
        /// How many tokens of that passage were taken.
        var offset = 0
        /// Conversations that were longer than a sequence.
        package var tooLong = 0
    }

    /// A source's documents and what is done to them.
    struct Stream: Sendable {
        let order: DocumentOrder
        let weight: Double
        let fim: FillInTheMiddle?
    }

    package private(set) var position: Position
    /// The position before the first sequence.
    package let start: Position
    /// Tokens of a sequence.
    package let length: Int

    private let streams: [Stream]
    private let crossesDocuments: Bool
    private let tooLong: DataSettings.TooLong
    private let filler: Int32
    /// The passage that is being read, as it was rearranged.
    private var passage: DocumentOrder.Passage?

    /// - Precondition: every stream has documents.
    init(_ streams: [Stream], _ settings: DataSettings, filler: Int32) {
        precondition(!streams.isEmpty && streams.allSatisfy { $0.order.documentCount > 0 })
        (self.streams, self.filler, length) = (streams, filler, settings.sequence)
        (crossesDocuments, tooLong) = (settings.crossDocuments, settings.tooLong)
        var hash = ContentHash()
        for stream in streams {
            stream.order.fingerprint.forEach { hash.update($0) }
            hash.update(stream.weight.bitPattern)
            hash.update((stream.fim?.settings.rate ?? 0).bitPattern)
            hash.update(stream.fim?.settings.mode == .spm ? 1 : 0)
        }
        hash.update(UInt64(length))
        hash.update(tooLong == .skip ? 1 : 0)
        start = Position(data: hash.value, sources: streams.map { _ in Position.Source() })
        position = start
    }

    /// Documents of one epoch, all sources together.
    package var documentCount: Int { streams.reduce(0) { $0 + $1.order.documentCount } }

    /// Tokens of one epoch, all sources together, before documents are rearranged.
    package var tokenCount: Int { streams.reduce(0) { $0 + $1.order.tokenCount } }

    package mutating func move(to position: Position) throws {
        guard position.data == start.data, isInside(position) else {
            throw InputError(
                .invalidValue, source: "data", field: "position", found: "found a place in other data",
                expected: "a place in the sources that the settings name, unchanged and in the same order",
                advice: "restore the sources and settings of the run, or begin a new run")
        }
        self.position = position
        passage = nil
        if let open = position.open { passage = loaded(open, at: position.sources[open]) }
    }

    package mutating func next(_ count: Int) throws -> [TrainingSequence] {
        try (0..<max(count, 0)).map { _ in try nextSequence() }
    }

    private func isInside(_ position: Position) -> Bool {
        let isPlausible = zip(position.sources, streams).allSatisfy { source, stream in
            source.epoch >= 0 && source.tokens >= 0 && (0...stream.order.passageCount).contains(source.passage)
        }
        guard position.sources.count == streams.count, isPlausible, position.tooLong >= 0 else { return false }
        guard let open = position.open else { return position.offset == 0 }
        return streams.indices.contains(open) && position.sources[open].passage > 0
            && (0..<(loaded(open, at: position.sources[open]).tokens.count)).contains(position.offset)
    }

    // MARK: Sequences

    private mutating func nextSequence() throws -> TrainingSequence {
        var sequence = SequenceBuilder(length: length, crossesDocuments: crossesDocuments)
        while !sequence.isFull {
            let (source, passage) = try openPassage()
            if streams[source].order.isSupervised {
                guard passage.tokens.count <= sequence.space else {
                    sequence.fill(with: filler)
                    break
                }
                sequence.append(passage, 0..<passage.tokens.count, isWhole: true)
                close(source, taking: passage.tokens.count)
            } else {
                let end = min(passage.tokens.count, position.offset + sequence.space)
                sequence.append(passage, position.offset..<end, isWhole: false)
                advance(source, to: end, of: passage.tokens.count)
            }
        }
        return sequence.sequence
    }

    /// The passage that is being read, or the next one.
    private mutating func openPassage() throws -> (source: Int, DocumentOrder.Passage) {
        if let open = position.open, let passage { return (open, passage) }
        var skipped = 0
        while true {
            let source = nextSource()
            step(source)
            if isTooLong(source) {
                position.tooLong += 1
                if tooLong == .skip {
                    skipped += 1
                    guard skipped <= documentCount else { throw nothingFits() }
                    continue
                }
            }
            let next = loaded(source, at: position.sources[source])
            (position.open, position.offset, passage) = (source, 0, next)
            return (source, next)
        }
    }

    /// Goes to the source's next passage; from the last to the first of the next epoch.
    private mutating func step(_ source: Int) {
        if position.sources[source].passage == streams[source].order.passageCount {
            position.sources[source].passage = 0
            position.sources[source].epoch += 1
        }
        position.sources[source].passage += 1
    }

    private func isTooLong(_ source: Int) -> Bool {
        let order = streams[source].order
        return order.isSupervised && order.documentLength(number(source, at: position.sources[source])) > length
    }

    /// The source with the fewest tokens for its weight; the first of equals.
    private func nextSource() -> Int {
        streams.indices.min { left, right in
            Double(position.sources[left].tokens) / streams[left].weight
                < Double(position.sources[right].tokens) / streams[right].weight
        } ?? 0
    }

    private mutating func advance(_ source: Int, to end: Int, of count: Int) {
        position.sources[source].tokens += end - position.offset
        position.offset = end
        if end == count { close(source, taking: 0) }
    }

    private mutating func close(_ source: Int, taking count: Int) {
        position.sources[source].tokens += count
        (position.open, position.offset, passage) = (nil, 0, nil)
    }

    /// The passage that a source's `place` stands behind.
    private func number(_ source: Int, at place: Position.Source) -> Int {
        streams[source].order.permutation(epoch: place.epoch)[place.passage - 1]
    }

    /// That passage as it is to be read.
    private func loaded(_ source: Int, at place: Position.Source) -> DocumentOrder.Passage {
        let order = streams[source].order
        let number = number(source, at: place)
        var passage = order.passage(number)
        if let fim = streams[source].fim {
            var random = RandomSource(seed: order.seed(epoch: place.epoch, passage: number))
            let rearranged = fim(passage.tokens, &random)
            // What follows the passage does not follow its middle.
            if rearranged != passage.tokens { passage = DocumentOrder.Passage(tokens: rearranged) }
        }
        if order.isSupervised, tooLong == .cut, passage.tokens.count > length {
            passage.tokens = Array(passage.tokens.prefix(length))
            passage.learned = passage.learned.map { Array($0.prefix(length)) }
        }
        return passage
    }

    private func nothingFits() -> InputError {
        InputError(
            .excessive, source: "data", field: "sequence", found: "found no conversation of at most \(length) tokens",
            expected: "conversations that fit into a sequence", advice: "set a longer sequence, or tooLong: cut")
    }
}
