import Files
import Foundation
import Tensors
import TestSupport
import Testing

@testable import Benchmarking

/// That loops do what they say, and how samples are put together; never how fast the machine is.
struct MachineBenchmarkTests {
    @Test func formsThatRunHaveLoops() throws {
        for kernels in FloatKernels.available {
            let form = kernels.form
            for kind in [PeakLoop.Kind.int16, .f32] { #expect(PeakLoop(kind, form: form) != nil, "\(form) \(kind)") }
            for kind in PeakLoop.Kind.allCases {
                guard let loop = PeakLoop(kind, form: form) else { continue }
                #expect(loop.operationsPerIteration > 0 && !loop.instructions.isEmpty)
            }
        }
        #expect(PeakLoop(.bf16, form: .scalar) == nil && PeakLoop(.int8, form: .scalar) != nil)
    }

    /// More iterations give another result: nothing was left out or moved out of the loop as always the same. Floating
    /// point sums of ones stay exact far beyond this.
    @Test func resultsDependOnTheIterations() throws {
        for kernels in FloatKernels.available {
            for kind in PeakLoop.Kind.allCases {
                guard kernels.form != .scalar, let loop = PeakLoop(kind, form: kernels.form) else { continue }
                let results = (0..<5).map { loop.run(iterations: $0) }
                #expect(Set(results).count == 5, "\(kernels.form) \(kind): \(results)")
                let steps = zip(results.dropFirst(), results).map { $0 &- $1 }
                guard kind == .int8 || kind == .int16 else { continue }
                // Integer sums grow by as many products as an iteration has.
                #expect(steps.allSatisfy { $0 == UInt32(loop.operationsPerIteration / 2) }, "\(kernels.form) \(kind)")
            }
        }
    }

    @Test func everyByteIsRead() throws {
        let pool = ThreadPool(threads: 2)
        for kernels in FloatKernels.available {
            let memory = try #require(StreamedMemory(pieces: 3, form: kernels.form, pool: pool))
            #expect(memory.pieces == 3)
            // Equal bytes an even number of times cancel each other out, whatever the width of the vectors; the scalar
            // loop agrees.
            let results = (0..<3).map { memory.read(piece: $0) }
            #expect(results == [0, 0, 0], "\(kernels.form)")
        }
    }

    @Test func samplesAreOfTheThreadsThatWereAskedFor() throws {
        let benchmark = try MachineBenchmark()
        #expect(benchmark.report == nil)
        try benchmark.sample(threads: 2, passes: 1)
        try benchmark.sample(threads: 1, passes: 1)
        try benchmark.sample(threads: 2, passes: 1)
        let report = try #require(benchmark.report)
        #expect(report.byThreads.map(\.threads) == [1, 2])
        for limits in report.byThreads {
            #expect(limits.readGbPerS.min > 0 && limits.readGbPerS.min <= limits.readGbPerS.max)
            #expect(limits.peaks.allSatisfy { $0.topPerS > 0 })
            #expect(Set(limits.peaks.map(\.kind)).count == limits.peaks.count)
        }
        #expect(report.int8TopPerS == report.byThreads[1].peak(.int8))
        #expect(report.readGbPerS == report.byThreads[1].readGbPerS.median)
        #expect(report.kernels == (try FloatKernels.selected().form.rawValue) && report.cores > 0)
    }

    /// Pieces of weights lie inside them and begin at multiples of 64, wherever the tensors begin.
    @Test func weightsAreReadWhereTheyLie() throws {
        let form = try FloatKernels.selected().form
        let bytes = StreamedMemory.pieceBytes
        let whole = Tensor([Float](repeating: 1, count: 5 * bytes / 4), shape: [5 * bytes / 4])
        func tensor(_ offset: Int, _ count: Int) throws -> Tensor {
            try #require(
                Tensor(storage: whole.storage, byteOffset: offset, elementType: .f32, shape: [count / 4]))
        }
        let tensors = [try tensor(4, 2 * bytes), try tensor(2 * bytes, 100), try tensor(3 * bytes, 2 * bytes)]
        let memory = try #require(StreamedMemory(of: tensors, atMost: 9, form: form))
        #expect(memory.pieces == 3)
        // An even number of equal words leaves nothing of them.
        #expect((0..<3).allSatisfy { memory.read(piece: $0) == memory.read(piece: 0) })
        #expect(StreamedMemory(of: tensors, atMost: 2, form: form)?.pieces == 2)
        #expect(StreamedMemory(of: [tensors[1]], atMost: 2, form: form) == nil)
        let benchmark = try MachineBenchmark(weights: tensors)
        try benchmark.sample(threads: 1, passes: 1)
        #expect(try #require(benchmark.report?.byThreads[0].weightsGbPerS).median > 0)
    }

    @Test func sharesAreOfTheSameThreads() throws {
        let limits = [1, 2].map { threads in
            MachineLimits(
                threads: threads, readGbPerS: Spread([10 * Double(threads)]),
                weightsGbPerS: threads == 1 ? Spread([8]) : nil,
                peaks: [ArithmeticPeak(kind: "int8", instructions: "", topPerS: Double(threads))])
        }
        let machine = MachineReport(kernels: .scalar, limits: limits)
        let model = BenchmarkedModelTests.model
        let results = [1, 2, 3].map { BenchmarkedModelTests.result(threads: $0) }
        let report = BenchmarkReport(machine: machine, model: model, results: results, isEightBit: true)
        #expect(report.results.map(\.shareOfBandwidth) == [0.5, 0.25, nil])
        #expect(report.results.map(\.shareOfReadingWeights) == [0.625, nil, nil])
        #expect(report.results.map(\.shareOfInt8Peak) == [0.25, 0.125, nil])
        let exact = BenchmarkReport(machine: machine, model: model, results: results, isEightBit: false)
        #expect(exact.results.map(\.shareOfBandwidth) == [0.5, 0.25, nil])
        #expect(exact.results.allSatisfy { $0.shareOfInt8Peak == nil })
        let alone = BenchmarkReport(machine: nil, model: model, results: results, isEightBit: true)
        #expect(alone.results == results && alone.machine == nil)
    }
}

enum BenchmarkedModelTests {
    static let model = BenchmarkedModel(
        path: "p", format: "gguf", family: "f", parameters: 1, activeParameters: 1, bytes: 1, activeBytes: 1,
        cacheBytesPerToken: [:], kernels: "k", chunk: 1, loadSeconds: 1)

    /// 5 GB/s and a quarter of 10¹² operations a second.
    static func result(threads: Int) -> BenchmarkResult {
        BenchmarkResult(
            kind: .decode, tokens: 1, depth: 0, threads: threads, sequences: 1, cacheType: "f32",
            tokensPerS: Spread([1]), gbPerS: 5, topPerS: 0.25)
    }
}
