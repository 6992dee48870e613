/// Tokens of a fixed length that a model learns from in one piece, with what is to be predicted at each.
package struct TrainingSequence: Sendable, Equatable {
    package let tokens: [Int32]
    /// The token that should follow each; `nil` where nothing is learned: prompts of supervised answers, and the last token of
    /// a document that must not guess the next one's first.
    package let targets: [Int32?]
    /// Consecutive ranges that cover all tokens; attention does not cross their borders. One range if it may.
    package let spans: [Range<Int>]

    /// - Precondition: as many targets as tokens, and spans that cover them once, in order.
    package init(tokens: [Int32], targets: [Int32?], spans: [Range<Int>]? = nil) {
        let spans = spans ?? [0..<tokens.count]
        precondition(targets.count == tokens.count, "a target or none for each token")
        precondition(spans.reduce(0) { $1.lowerBound == $0 ? $1.upperBound : -1 } == tokens.count, "spans cover all")
        (self.tokens, self.targets, self.spans) = (tokens, targets, spans)
    }
}

/// Where batches come from, in an order that depends on the seed alone.
package protocol BatchSource {
    /// Where reading stands: a batch source of the same settings that is moved there goes on with the next batch.
    associatedtype Position: Codable, Sendable, Equatable

    var position: Position { get }

    /// - Throws: `InputError` if the position belongs to other data.
    mutating func move(to position: Position) throws

    /// The next `count` sequences; sources start again from the beginning, in another order, when all were read.
    /// - Throws: `InputError` if data cannot be read or is damaged.
    mutating func next(_ count: Int) throws -> [TrainingSequence]
}
