import Synchronization

/// What is noted about one request while it is answered.
final class CallRecord: Sendable {
    struct Notes: Sendable {
        var model: String?
        var promptTokens = 0
        var answerTokens = 0
    }

    let begun = ContinuousClock.now
    private let notes = Mutex(Notes())

    /// What was noted so far.
    var summary: Notes { notes.withLock { $0 } }

    /// Notes something.
    func note(_ change: (inout Notes) -> Void) { notes.withLock { change(&$0) } }

    /// Seconds since the request came.
    var seconds: Double { (ContinuousClock.now - begun) / .seconds(1) }
}
