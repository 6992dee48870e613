import Synchronization

/// What a step, or several, had of an expert store.
package final class ExpertUse: Sendable {
    private let total = Mutex(ExpertCounts())

    package init() {}

    package var counts: ExpertCounts { total.withLock { $0 } }

    func count(hits: Int) { total.withLock { $0.hits += hits } }

    func count(foreseen: Int) { total.withLock { $0.foreseen += foreseen } }

    func count(missOf bytes: Int) {
        total.withLock { counts in
            counts.misses += 1
            counts.bytesRead += bytes
        }
    }

    /// Bytes read for an expert that nobody has wanted yet; counted by the thread that reads.
    func count(readAhead bytes: Int) {
        total.withLock { counts in
            counts.bytesRead += bytes
            counts.bytesReadAhead += bytes
        }
    }

    func count(waiting time: Duration) { total.withLock { $0.waiting += time } }

    /// Adds what another has counted.
    package func add(_ more: ExpertCounts) { total.withLock { $0 += more } }

    /// What was counted since this was last asked for.
    package func take() -> ExpertCounts {
        total.withLock { counts in
            defer { counts = ExpertCounts() }
            return counts
        }
    }
}

/// How often chosen experts were in memory, and what it cost that others were not.
package struct ExpertCounts: Sendable, Equatable {
    /// Experts that a layer needed and that were in memory, or on their way there for another sequence.
    package var hits = 0
    /// Experts that were there, or on their way, because they were expected to be needed.
    package var foreseen = 0
    /// Experts that had to be read.
    package var misses = 0
    /// Bytes that were read, whole pages: for misses, and for experts that were expected.
    package var bytesRead = 0
    /// Those of them that were read before the expert was needed.
    package var bytesReadAhead = 0
    /// How long computing stood still for experts.
    package var waiting = Duration.zero

    package init() {}

    package static func += (total: inout ExpertCounts, more: ExpertCounts) {
        total.hits += more.hits
        total.foreseen += more.foreseen
        total.misses += more.misses
        total.bytesRead += more.bytesRead
        total.bytesReadAhead += more.bytesReadAhead
        total.waiting += more.waiting
    }
}
