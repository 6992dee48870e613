import Files
import Foundation
import Tensors

/// Measures what the machine itself can do, on the thread pools that the engine would run on too.
///
/// Work is cut into pieces that threads take as they come free, so that a core that is busy elsewhere for a moment does
/// not stand for all of them. Limits may be sampled again and again, between other measurements: of reading the median
/// of all samples counts, of arithmetic the best, as nothing but other programs makes that slower.
package final class MachineBenchmark {
    private let form: FloatKernels.Form
    private let weights: StreamedMemory?
    private let clock = ContinuousClock()
    private var reads: [Int: [Double]] = [:]
    private var weightReads: [Int: [Double]] = [:]
    private var peaks: [Int: [PeakLoop.Kind: ArithmeticPeak]] = [:]

    /// - Parameter weights: tensors of a model, to measure how fast they can be read where they lie.
    /// - Throws: `InputError` if this processor cannot run the kernels that `ISOBATH_KERNELS` names.
    package init(weights: [Tensor] = []) throws {
        form = try FloatKernels.selected().form
        self.weights = StreamedMemory(of: weights, atMost: MachineBenchmark.streamedPieces, form: form)
    }

    /// Samples the limits of `threads` threads.
    /// - Parameter passes: times that memory is read from end to end, and that each loop runs.
    package func sample(threads: Int, passes: Int) throws {
        let pool = ThreadPool(threads: threads)
        reads[threads, default: []] += try readRates(pool, passes: passes)
        if let weights {
            // What was not in memory yet is read from the disk now.
            if weightReads.isEmpty { _ = rate(weights, pool) }
            weightReads[threads, default: []] += (0..<max(passes, 1)).map { _ in rate(weights, pool) }
        }
        for kind in PeakLoop.Kind.allCases {
            guard let peak = peak(kind, pool, passes: passes) else { continue }
            let best = peaks[threads]?[kind]
            if peak.topPerS > best?.topPerS ?? 0 { peaks[threads, default: [:]][kind] = peak }
        }
    }

    /// What all samples so far say; `nil` if there are none.
    package var report: MachineReport? {
        let limits = reads.map { threads, rates in
            MachineLimits(
                threads: threads, readGbPerS: Spread(rates), weightsGbPerS: weightReads[threads].map { Spread($0) },
                peaks: PeakLoop.Kind.allCases.compactMap { peaks[threads]?[$0] })
        }
        return limits.isEmpty ? nil : MachineReport(kernels: form, limits: limits)
    }

    // MARK: Memory

    /// More than any processor's caches hold together; at most an eighth of the memory, so that measuring does not push
    /// anything out.
    private static var streamedPieces: Int {
        let bytes = min(1 << 30, Int(clamping: ProcessInfo.processInfo.physicalMemory / 8))
        return max(bytes / StreamedMemory.pieceBytes, 1)
    }

    /// The rates at which memory is read, in 10⁹ bytes a second, of `passes` passes.
    /// - Throws: `InputError` if the system has no memory to read.
    private func readRates(_ pool: ThreadPool, passes: Int) throws -> [Double] {
        let memory = StreamedMemory(pieces: MachineBenchmark.streamedPieces, form: form, pool: pool)
        guard let memory else { throw unmeasurable }
        return (0..<max(passes, 1)).map { _ in rate(memory, pool) }
    }

    /// The rate at which `memory` is read once, in 10⁹ bytes a second.
    private func rate(_ memory: StreamedMemory, _ pool: ThreadPool) -> Double {
        let time = clock.measure { pool.parallelChunks(count: memory.pieces) { memory.read(piece: $0) } }
        return Double(memory.pieces * StreamedMemory.pieceBytes) / (time / .seconds(1)) / 1e9
    }

    private var unmeasurable: InputError {
        InputError(
            .unsupported, source: "ISOBATH_KERNELS", found: "found \"\(form.rawValue)\", which cannot be measured here",
            expected: "a form that this processor runs", advice: "unset the variable")
    }

    // MARK: Arithmetic

    private static let piecesPerThread = 16
    private static let pieceSeconds = 0.002

    /// The most operations a second of `passes` passes; `nil` where there are no such numbers.
    private func peak(_ kind: PeakLoop.Kind, _ pool: ThreadPool, passes: Int) -> ArithmeticPeak? {
        guard let loop = PeakLoop(kind, form: form) else { return nil }
        let iterations = iterations(of: loop)
        let pieces = MachineBenchmark.piecesPerThread * pool.threads
        let operations = Double(pieces * iterations * loop.operationsPerIteration)
        let best =
            (0..<max(passes, 1)).map { _ in
                operations
                    / (clock.measure { pool.parallelChunks(count: pieces) { _ in loop.run(iterations: iterations) } }
                        / .seconds(1))
            }.max() ?? 0
        return ArithmeticPeak(kind: kind.rawValue, instructions: loop.instructions, topPerS: best / 1e12)
    }

    /// Iterations that take about `pieceSeconds`.
    private func iterations(of loop: PeakLoop) -> Int {
        var count = 1024
        while true {
            // The best of three: a core that is busy elsewhere meanwhile would make the pieces too small.
            let times = (0..<3).map { _ in clock.measure { loop.run(iterations: count) } / .seconds(1) }
            let seconds = max(times.min() ?? 0, 1e-9)
            if seconds > MachineBenchmark.pieceSeconds / 2 || count > 1 << 30 {
                return max(Int(Double(count) * MachineBenchmark.pieceSeconds / seconds), 1)
            }
            count *= 2
        }
    }
}
