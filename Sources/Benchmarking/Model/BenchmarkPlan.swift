import Files
import Foundation
import Generation
import Tensors

/// What is to be measured: every combination of its lists.
package struct BenchmarkPlan: Sendable, Equatable {
    /// Prompts, in tokens, that are read one at a time; empty for none.
    package var prefillLengths: [Int] = [512]
    /// Steps of decoding; 0 for none.
    package var decodeLength = 32
    /// Tokens that a sequence has before the measured ones.
    package var depths = [0]
    /// Sizes of the thread pool.
    package var threads = [1]
    /// Sequences that are decoded together.
    package var sequences = [1]
    /// How keys and values are kept.
    package var cacheTypes = [ElementType.f32]
    /// Times that each combination is measured, after once for warming up.
    package var repeats = 5

    package init() {}

    /// The most sequences that are decoded together.
    static let mostSequences = 1024

    /// - Throws: `InputError` if a number makes no sense, or goes beyond the model's context or the machine's memory.
    package func check(for model: LanguageModel) throws {
        try checkOption("--prefill", prefillLengths, in: 1...model.contextLength)
        try checkOption("--decode", [decodeLength], in: 0...model.contextLength)
        try checkOption("--depth", depths, in: 0...model.contextLength)
        try BenchmarkPlan.checkThreads(threads)
        try checkOption("--sequences", sequences, in: 1...BenchmarkPlan.mostSequences)
        try checkOption("--repeat", [repeats], in: 1...1_000_000)
        let measured = max(prefillLengths.max() ?? 0, decodeLength)
        try checkOption(
            "--depth", depths.map { $0 + measured }, in: 0...model.contextLength, "with the measured tokens ")
        try checkMemory(model)
    }

    /// - Throws: `InputError` if a number of threads makes no sense.
    package static func checkThreads(_ threads: [Int]) throws {
        try checkOption("--threads", threads, in: 1...1024)
    }

    private func checkMemory(_ model: LanguageModel) throws {
        // The first sequence of each depth shares its pages with those of the others.
        let most = sequences.max() ?? 1
        let measured = most * max(prefillLengths.max() ?? 0, decodeLength)
        let count = (depths.max() ?? 0) + depths.reduce(0) { $0 + (most - 1) * $1 + measured }
        let perToken = cacheTypes.map { model.decoder.cacheLayout(elementType: $0).bytesPerToken }.max() ?? 0
        let (bytes, overflow) = count.multipliedReportingOverflow(by: perToken)
        guard overflow || UInt64(bytes) > ProcessInfo.processInfo.physicalMemory else { return }
        throw InputError(
            .excessive, source: "command line", field: "--depth, --sequences",
            found: "found \(count) tokens to remember, at \(perToken) bytes each",
            expected: "less than this machine's memory", advice: "measure at less depth or with fewer sequences")
    }
}

// MARK: - How much that is

/// Tokens that are read and steps that are decoded.
package struct BenchmarkWork: Sendable, Equatable {
    package var readTokens = 0
    package var steps = 0

    static func + (left: BenchmarkWork, right: BenchmarkWork) -> BenchmarkWork {
        BenchmarkWork(readTokens: left.readTokens + right.readTokens, steps: left.steps + right.steps)
    }
}

extension BenchmarkPlan {
    /// All of the plan's work, warming up and reading up to the depths included.
    package var work: BenchmarkWork {
        let runs = (repeats + 1) * depths.count * threads.count
        let each = BenchmarkWork(
            readTokens: runs * prefillLengths.reduce(0, +) + (depths.max() ?? 0),
            steps: runs * decodeLength * sequences.count)
        return cacheTypes.reduce(BenchmarkWork()) { total, _ in total + each }
    }
}
