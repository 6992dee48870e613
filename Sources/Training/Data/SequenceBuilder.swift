/// A sequence that documents are laid into, one after the other.
struct SequenceBuilder {
    private let length: Int
    private let crossesDocuments: Bool
    private var tokens: [Int32] = []
    private var targets: [Int32?] = []
    private var spans: [Range<Int>] = []
    /// Whether the last span may take a further document.
    private var isOpen = false

    init(length: Int, crossesDocuments: Bool) {
        (self.length, self.crossesDocuments) = (length, crossesDocuments)
        tokens.reserveCapacity(length)
        targets.reserveCapacity(length)
    }

    /// How many tokens there is room for.
    var space: Int { length - tokens.count }
    var isFull: Bool { space == 0 }

    /// Adds the tokens in `range` of a passage. The target of each is the one that follows it in the document, even outside of
    /// the range or the passage, if that is learned.
    /// - Parameter isWhole: whether attention must not enter or leave the passage, whatever the settings say.
    /// - Precondition: there is room for them.
    mutating func append(_ passage: DocumentOrder.Passage, _ range: Range<Int>, isWhole: Bool) {
        precondition(range.count <= space)
        add(range.count, joins: crossesDocuments && !isWhole)
        tokens += passage.tokens[range]
        for next in range.lowerBound + 1..<range.upperBound + 1 {
            let isInside = next < passage.tokens.count
            let isLearned = isInside && passage.learned?[next] ?? true
            targets.append(isInside ? (isLearned ? passage.tokens[next] : nil) : passage.next)
        }
    }

    /// Fills the rest with `token`, from which nothing is learned.
    mutating func fill(with token: Int32) {
        let count = space
        guard count > 0 else { return }
        add(count, joins: false)
        tokens += repeatElement(token, count: count)
        targets += repeatElement(nil, count: count)
    }

    private mutating func add(_ count: Int, joins: Bool) {
        if joins, isOpen, let last = spans.popLast() {
            spans.append(last.lowerBound..<tokens.count + count)
        } else {
            spans.append(tokens.count..<tokens.count + count)
        }
        isOpen = joins
    }

    /// - Precondition: it is full.
    var sequence: TrainingSequence { TrainingSequence(tokens: tokens, targets: targets, spans: spans) }
}
