import Tensors

/// How many operations a second the machine can do at most.
package enum PeakArithmetic {
    /// Of f32 numbers, on all threads of `pool`: the best of three short runs of a loop that only multiplies and adds; `nil`
    /// where there is no such loop. Takes some hundredths of a second.
    package static func measured(_ pool: ThreadPool) throws -> Double? {
        guard let loop = PeakLoop(.f32, form: try FloatKernels.selected().form) else { return nil }
        let (clock, pieces) = (ContinuousClock(), 4 * pool.threads)
        var (iterations, seconds) = (1024, 0.0)
        while seconds < 0.002, iterations < 1 << 30 {
            iterations *= 2
            seconds = clock.measure { loop.run(iterations: iterations) } / .seconds(1)
        }
        let operations = Double(pieces * iterations * loop.operationsPerIteration)
        let best = (0..<3).map { _ in
            clock.measure { pool.parallelChunks(count: pieces) { _ in loop.run(iterations: iterations) } } / .seconds(1)
        }.min()
        return best.map { operations / max($0, 1e-9) }
    }
}
