/// What a step, or several, had of an expert store: collected by the thread that runs them.
package final class ExpertUse {
    package private(set) var counts = ExpertCounts()

    package init() {}

    func count(hits: Int) { counts.hits += hits }

    func count(missOf bytes: Int) {
        counts.misses += 1
        counts.bytesRead += bytes
    }

    func count(waiting time: Duration) { counts.waiting += time }

    /// Adds what another has counted.
    package func add(_ more: ExpertCounts) { counts += more }

    /// What was counted since this was last asked for.
    package func take() -> ExpertCounts {
        defer { counts = ExpertCounts() }
        return counts
    }
}

/// How often chosen experts were in memory, and what it cost that others were not.
package struct ExpertCounts: Sendable, Equatable {
    /// Experts that a layer needed and that were in memory, or on their way there.
    package var hits = 0
    /// Experts that had to be read.
    package var misses = 0
    /// Bytes that were read for them, whole pages.
    package var bytesRead = 0
    /// How long computing stood still for them.
    package var waiting = Duration.zero

    package init() {}

    package static func += (total: inout ExpertCounts, more: ExpertCounts) {
        total.hits += more.hits
        total.misses += more.misses
        total.bytesRead += more.bytesRead
        total.waiting += more.waiting
    }
}
