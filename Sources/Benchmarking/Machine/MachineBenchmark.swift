import Files
import Foundation
import Tensors

/// Measures what the machine itself can do, on the thread pools that the engine would run on too.
///
/// Limits may be sampled again and again, between other measurements: of reading the median of all samples counts, of arithmetic the
/// best, as nothing but other programs makes that slower.
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
            guard let meter = PeakMeter(kind, form: form, pool: pool) else { continue }
            let topPerS = max(meter.sample(passes: passes) / 1e12, peaks[threads]?[kind]?.topPerS ?? 0)
            peaks[threads, default: [:]][kind] = ArithmeticPeak(
                kind: kind.rawValue, instructions: meter.instructions, topPerS: topPerS)
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
}
