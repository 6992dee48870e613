import ArgumentParser
import Benchmarking
import Foundation
import Hub
import Isobath

/// What is measured instead of reading and writing.
extension BenchCommand {
    func measureMachine() throws {
        let weights = try model.map {
            try LanguageModel(path: try ModelLocation.resolve($0).path, settings: settings())
        }
        let benchmark = try MachineBenchmark(weights: weights?.checkpoint.tensors.map(\.tensor) ?? [])
        let all = threads?.values ?? Array(Set([1, ProcessInfo.processInfo.activeProcessorCount])).sorted()
        try BenchmarkPlan.checkThreads(all)
        for threads in all { try benchmark.sample(threads: threads, passes: max(repeats, 1)) }
        guard let report = benchmark.report else { return }
        try show(["machine": report], as: MachineTable(report))
    }

    func measureTraining(length: Int) throws {
        var plan = TrainingPlan()
        (plan.length, plan.steps, plan.checkpointing) = (length, repeats, checkpointing)
        plan.sequences = sequences.values.first ?? 1
        if let threads = threads?.values.first { ThreadPool.configure(threads: threads) }
        try plan.check()
        var memory = MemoryWatch()
        let path = try ModelLocation.meant(by: model).path
        let result = try TrainingBenchmark(openCheckpoint(at: path), plan, measuresPeak: !noMachine).run(
            memory: &memory)
        try show(["training": result], as: TrainingTable(result))
    }

    func measureStreams(_ streams: [Int]) async throws {
        if let threads = threads?.values.first { ThreadPool.configure(threads: threads) }
        var settings = try settings()
        if let type = try cacheTypes().first { settings.cacheElementType = type }
        let opened = try LanguageModel(path: try ModelLocation.meant(by: model).path, settings: settings)
        var plan = StreamPlan()
        (plan.streams, plan.requestsPerStream, plan.answerLength) = (streams, repeats, decode)
        if let length = prefill?.values.first { plan.promptLength = length }
        let results = try await StreamBenchmark(opened, plan).run()
        try show(["streams": results], as: StreamTable(results, title: opened.path))
    }

    func measureSpeculation(_ guesses: SpeculationSettings) async throws {
        if let threads = threads?.values.first { ThreadPool.configure(threads: threads) }
        let opened = try LanguageModel(path: try ModelLocation.meant(by: model).path, settings: try settings())
        var plan = SpeculationPlan()
        (plan.answerLength, plan.rounds, plan.draftLength) = (decode, repeats, guesses.draftLength)
        let benchmark = try SpeculationBenchmark(opened, plan)
        let interrupt = InterruptSignal()
        defer { interrupt.cancel() }
        var line = ProgressLine(label: "answering", unit: "questions", total: benchmark.answerCount)
        let result = try await benchmark.run { done in
            line.update(done)
            return !interrupt.isRaised
        }
        line.finish()
        guard let result, !interrupt.isRaised else { throw ExitCode(130) }
        try show(["speculation": result], as: SpeculationTable(result, title: opened.path))
    }

    func measureKernels() throws {
        var plan = try kernelOptions.plan()
        plan.threads = threads?.values ?? [ProcessInfo.processInfo.activeProcessorCount]
        plan.repeats = repeats
        if cacheType != nil { plan.cacheTypes = try cacheTypes() }
        if depth.values != [0] { plan.depths = depth.values.filter { $0 > 0 } }
        let benchmark = try KernelBenchmark(plan)
        let interrupt = InterruptSignal()
        defer { interrupt.cancel() }
        var line = ProgressLine(label: "measuring", unit: "kernels", total: benchmark.count)
        var done = 0
        let results = benchmark.run(isCancelled: { interrupt.isRaised }) { _ in
            done += 1
            line.update(done)
        }
        line.finish()
        if interrupt.isRaised { throw ExitCode(130) }
        try show(["kernels": results], as: KernelTable(results, form: benchmark.name))
    }
}
