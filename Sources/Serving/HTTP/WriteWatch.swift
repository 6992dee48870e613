import Synchronization

/// Notices that a client does not read what it asked for.
final class WriteWatch: Sendable {
    private let begun = Mutex<ContinuousClock.Instant?>(nil)
    private let limit: Duration

    /// - Parameter limit: how long one write may take.
    init(limit: Duration) { self.limit = limit }

    func begin() { begun.withLock { $0 = .now } }

    func end() { begun.withLock { $0 = nil } }

    /// Returns once a write took too long; throws when it is cancelled before.
    func waitForStall() async throws {
        while true {
            try await pause(limit / 4)
            if let start = begun.withLock({ $0 }), ContinuousClock.now - start > limit { return }
        }
    }
}
