import Files
import Generation
import Tensors

/// Pieces of one text in memory, in an order drawn anew for each pass.
package struct TokenBatches: BatchSource {
    package struct Position: Codable, Sendable, Equatable {
        /// Passes over the text that are complete.
        package var pass: Int
        /// Pieces of this pass that were read.
        package var read: Int
    }

    package private(set) var position = Position(pass: 0, read: 0)
    private let pieces: [TrainingSequence]
    private let seed: UInt64
    private var order: [Int]

    /// - Parameter length: tokens of a piece; the last ones that fill none are left out.
    /// - Throws: `InputError` if the text is shorter than a piece and the token after it.
    package init(_ tokens: [Int32], length: Int, seed: UInt64, source: String) throws {
        pieces = Self.pieces(tokens, length: length)
        guard !pieces.isEmpty else {
            throw InputError(
                .truncated, source: source, found: "found \(tokens.count) tokens",
                expected: "at least \(length + 1), for one sequence and the token after it",
                advice: "give a longer text, or make `data.sequence` smaller")
        }
        self.seed = seed
        order = Self.order(pieces.count, seed: seed, pass: 0)
    }

    /// The text cut into sequences of `length` tokens, each of which is to predict the next.
    package static func pieces(_ tokens: [Int32], length: Int) -> [TrainingSequence] {
        stride(from: 0, to: max(tokens.count - 1, 0) / length * length, by: length).map { start in
            TrainingSequence(
                tokens: Array(tokens[start..<start + length]), targets: Array(tokens[start + 1...start + length]))
        }
    }

    package mutating func move(to position: Position) throws {
        guard position.pass >= 0, (0...pieces.count).contains(position.read) else {
            throw InputError(
                .outOfBounds, source: "state.json", field: "position",
                found: "found piece \(position.read) of pass \(position.pass)",
                expected: "one of the \(pieces.count) of this text",
                advice: "go on with the text that the run began with")
        }
        self.position = position
        order = Self.order(pieces.count, seed: seed, pass: position.pass)
    }

    package mutating func next(_ count: Int) throws -> [TrainingSequence] {
        (0..<count).map { _ in
            if position.read == pieces.count {
                position = Position(pass: position.pass + 1, read: 0)
                order = Self.order(pieces.count, seed: seed, pass: position.pass)
            }
            defer { position.read += 1 }
            return pieces[order[position.read]]
        }
    }

    /// All places, shuffled (Fisher and Yates) by numbers that depend on the seed and the pass.
    private static func order(_ count: Int, seed: UInt64, pass: Int) -> [Int] {
        var random = RandomSource(seed: seed &+ UInt64(truncatingIfNeeded: pass) &* .goldenStep)
        var order = Array(0..<count)
        for last in order.indices.dropFirst().reversed() {
            order.swapAt(last, Int(random.next() % UInt64(last + 1)))
        }
        return order
    }
}
