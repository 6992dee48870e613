/// Measures how many operations a second the threads of a pool can do at most on one kind of numbers.
///
/// Work is cut into pieces that threads take as they come free, so that a core that is busy elsewhere for a moment does not stand
/// for all of them.
package struct PeakMeter: Sendable {
    private static let piecesPerThread = 16
    private static let pieceSeconds = 0.002

    private let loop: PeakLoop
    private let pool: ThreadPool
    private let iterations: Int
    private let clock = ContinuousClock()

    /// Takes some hundredths of a second: so long that pieces can be cut to equal times.
    /// - Returns: `nil` where there are no such numbers.
    package init?(_ kind: PeakLoop.Kind, form: FloatKernels.Form, pool: ThreadPool) {
        guard let loop = PeakLoop(kind, form: form) else { return nil }
        (self.loop, self.pool) = (loop, pool)
        iterations = Self.iterations(of: loop, clock)
    }

    /// What the loop multiplies and adds with.
    package var instructions: String { loop.instructions }

    /// Operations of all threads together in a second, two for each multiply-add: the best of `passes` passes, as nothing but other
    /// programs makes any of them slower. A pass takes some 30 milliseconds.
    package func sample(passes: Int = 1) -> Double {
        let pieces = Self.piecesPerThread * pool.threads
        let operations = Double(pieces * iterations * loop.operationsPerIteration)
        let times = (0..<max(passes, 1)).map { _ in
            clock.measure { pool.parallelChunks(count: pieces) { _ in loop.run(iterations: iterations) } } / .seconds(1)
        }
        return operations / max(times.min() ?? 0, 1e-9)
    }

    /// Iterations that take about `pieceSeconds`.
    private static func iterations(of loop: PeakLoop, _ clock: ContinuousClock) -> Int {
        var count = 1024
        while true {
            // The best of three: a core that is busy elsewhere meanwhile would make the pieces too small.
            let times = (0..<3).map { _ in clock.measure { loop.run(iterations: count) } / .seconds(1) }
            let seconds = max(times.min() ?? 0, 1e-9)
            if seconds > pieceSeconds / 2 || count > 1 << 30 {
                return max(Int(Double(count) * pieceSeconds / seconds), 1)
            }
            count *= 2
        }
    }
}
