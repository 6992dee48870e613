import ArgumentParser
import Benchmarking
import Files
import Foundation
import Hub
import Isobath
import Tensors

/// `isobath bench`: how fast a model runs on this machine.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast a model reads and writes on this machine.",
        discussion: """
            Options that take lists measure every combination. Each runs once to warm up; then they take turns, \
            --repeat times; the median counts. GB/s are the weights that the tokens meet, each distinct one once a step; operations are \
            two for each multiplication with a weight; both stand beside what the machine can do at most, sampled \
            between the results: reading memory of its own, reading the weights where they lie, and multiplying. \
            Tokens are random, from a fixed seed. With --speculate a few questions are answered instead, with guesses and without, \
            in turn.

              isobath bench model.gguf
              isobath bench model.gguf --threads 1,2 --cache-type f16,q8_0 --depth 0,4096
              isobath bench model.gguf --prefill 0 --sequences 1,4,8,16 --json
              isobath bench model.gguf --streams 1,4,16 --prefill 128 --decode 64
              isobath bench model.gguf --speculate --decode 128
              isobath bench model.gguf --train 256 --sequences 8
              isobath bench --machine
              ISOBATH_KERNELS=avx2 isobath bench --kernels --types q4_k,q6_k --rows 1,48 --threads 1
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name.")
    var model: String?

    @Option(help: "Tokens of a prompt; 0 for none. 512, or the model's context, unless given.")
    var prefill: NumberList?

    @Option(help: "Steps of decoding; 0 for none.")
    var decode = 32

    @Option(help: "Tokens that a sequence has before the measured ones.")
    var depth = NumberList([0])

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: NumberList?

    @Option(help: "Sequences that are decoded together.")
    var sequences = NumberList([1])

    @Option(help: "How keys and values are kept: f32 (exact), f16, bf16 or q8_0; f32 unless given.")
    var cacheType: String?

    @Option(name: [.customLong("repeat")], help: "Times that each combination is measured.")
    var repeats = 5

    @Flag(help: "Multiply with activations in f32 rather than in 8 bits.")
    var exact = false

    @Option(help: "Prompt tokens that go through the model at once.")
    var chunk = EngineSettings().chunkLength

    @Flag(
        help: """
            Measure the machine alone: reading memory, and the weights of a model if one is given, and arithmetic in 8 \
            and 16 bits and in floating point.
            """)
    var machine = false

    @Option(help: "Measure training in f32 instead: forward, backward and update over sequences of so many tokens.")
    var train: Int?

    @Flag(help: "With --train: compute inner values of layers a second time rather than keep them.")
    var checkpointing = false

    @Option(
        help: """
            Measure requests that are answered at the same time, as a server does, instead: so many streams, each of \
            --repeat requests with a prompt of --prefill and an answer of --decode tokens.
            """)
    var streams: NumberList?

    @OptionGroup(title: "Guesses")
    var speculation: SpeculationOptions

    @Flag(help: "Measure products with each format of weights, and attention, by themselves.")
    var kernels = false

    @OptionGroup(title: "With --kernels")
    var kernelOptions: KernelOptions

    @Flag(help: "Do not measure the machine beside the model: less memory, no shares.")
    var noMachine = false

    @Flag(help: "Print comma-separated values.")
    var csv = false

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() async throws {
        if machine { return try measureMachine() }
        if kernels { return try measureKernels() }
        if let train { return try measureTraining(length: train) }
        if let streams { return try await measureStreams(streams.values) }
        if let guesses = try speculation.settings() { return try await measureSpeculation(guesses) }
        let report = try measure()
        try show(report, as: BenchmarkTable(report))
    }

    /// `result` as JSON, or its table.
    func show(_ result: some Encodable, as table: some MeasurementTable) throws {
        if json { return try StandardOutput.json(result, pretty: true) }
        try StandardOutput.line(csv ? table.commaSeparated : table.markdown)
    }

    private func measure() throws -> BenchmarkReport {
        let location = try ModelLocation.meant(by: model)
        let settings = try settings()
        var opened: LanguageModel?
        let time = try ContinuousClock().measure { opened = try LanguageModel(path: location.path, settings: settings) }
        guard let opened else { throw ExitCode.failure }
        let plan = try plan(opened)
        let machine = noMachine ? nil : try MachineBenchmark(weights: opened.checkpoint.tensors.map(\.tensor))
        var memory = MemoryWatch()
        let results = try results(of: opened, plan) { threads in
            try memory.pause { try machine?.sample(threads: threads, passes: 3) }
        }
        return BenchmarkReport(
            machine: machine?.report,
            model: BenchmarkedModel(
                opened, cacheTypes: plan.cacheTypes, loadSeconds: time / .seconds(1), memory: memory.look()),
            results: results, isEightBit: !exact)
    }

    /// - Parameter between: called with the number of threads before each combination and after each round.
    private func results(
        of model: LanguageModel, _ plan: BenchmarkPlan, between: (Int) throws -> Void
    ) throws -> [BenchmarkResult] {
        let interrupt = InterruptSignal()
        defer { interrupt.cancel() }
        var line = BenchmarkProgressLine()
        let benchmark = try ModelBenchmark(
            model, plan, report: { line.update($0) }, isCancelled: { interrupt.isRaised })
        let results = try benchmark.run(between: between)
        line.finish()
        guard interrupt.isRaised else { return results }
        StandardOutput.remark("Interrupted; \(results.count) results were complete.")
        throw ExitCode(130)
    }
}

// MARK: - What is asked for

extension BenchCommand {
    func settings() throws -> EngineSettings {
        var settings = EngineSettings()
        settings.arithmetic = exact ? .exact : .eightBit
        guard chunk >= 1 else { throw invalid("--chunk", "\(chunk)", "a number of at least 1") }
        settings.chunkLength = chunk
        return settings
    }

    private func plan(_ model: LanguageModel) throws -> BenchmarkPlan {
        var plan = BenchmarkPlan()
        let room = max(model.contextLength - (depth.values.max() ?? 0), 1)
        plan.prefillLengths = prefill?.values.filter { $0 > 0 } ?? [min(512, room)]
        plan.decodeLength = decode
        plan.depths = depth.values
        plan.threads = threads?.values ?? [ProcessInfo.processInfo.activeProcessorCount]
        plan.sequences = sequences.values
        plan.cacheTypes = try cacheTypes()
        plan.repeats = repeats
        return plan
    }

    func cacheTypes() throws -> [ElementType] {
        try (cacheType ?? "f32").split(separator: ",").map { name in
            guard let type = ElementType(rawValue: name.uppercased()), EngineSettings.cacheElementTypes.contains(type)
            else { throw invalid("--cache-type", "\"\(name)\"", "f32, f16, bf16 or q8_0") }
            return type
        }
    }

    private func invalid(_ option: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: "command line", field: option, found: "found \(found)", expected: expected,
            advice: "correct the option")
    }
}
