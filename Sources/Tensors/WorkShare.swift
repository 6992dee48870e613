import Synchronization

/// A range of numbers that threads take from: its owner from the front, others from the back.
final class WorkShare: Sendable {
    /// The first number that is left, and 2³² times the end.
    private let bounds = Atomic<UInt64>(0)
    /// Keeps other shares out of the cache line, which its owner writes all the time.
    private let padding = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))

    /// Fills it, while nobody takes.
    /// - Precondition: `range` has numbers below 2³² only.
    func fill(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound < 1 << 32, "numbers of 32 bits")
        bounds.store(UInt64(range.upperBound) << 32 | UInt64(range.lowerBound), ordering: .relaxed)
    }

    func takeFirst() -> Int? { take { first, end in (first, first + 1, end) } }

    func takeLast() -> Int? { take { first, end in (end - 1, first, end - 1) } }

    /// - Parameter choose: of the first number and the end, what is taken, and the two that then hold.
    private func take(_ choose: (UInt64, UInt64) -> (taken: UInt64, first: UInt64, end: UInt64)) -> Int? {
        var found = bounds.load(ordering: .relaxed)
        while found & 0xFFFF_FFFF < found >> 32 {
            let (taken, first, end) = choose(found & 0xFFFF_FFFF, found >> 32)
            let (exchanged, now) = bounds.weakCompareExchange(
                expected: found, desired: end << 32 | first, ordering: .relaxed)
            if exchanged { return Int(taken) }
            found = now
        }
        return nil
    }
}
