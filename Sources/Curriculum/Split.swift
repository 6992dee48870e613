import Files
import Generation

/// What an exercise may be used for. It follows from its task and content alone: what is held out is held out from every corpus, whatever
/// its seed, size and mixture.
package enum Split: String, Sendable, CaseIterable {
    /// To learn from.
    case training
    /// To watch the loss on while learning.
    case validation
    /// To be asked in the end, and never before.
    case test

    /// Of a hundred contents, how many are for tests, and how many for validation.
    static let testShare: UInt64 = 5
    static let validationShare: UInt64 = 3

    /// The split that this content of the task `name` belongs to; what has none is for training.
    package init(task name: String, content: String?) {
        guard let content else {
            self = .training
            return
        }
        var hash = ContentHash()
        hash.update(name.utf8)
        // Ends the name, so that no other name with another content gives the same bytes.
        hash.update([0])
        hash.update(content.utf8)
        switch hash.value % 100 {
        case ..<Split.testShare: self = .test
        case ..<(Split.testShare + Split.validationShare): self = .validation
        default: self = .training
        }
    }
}
