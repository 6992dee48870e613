import Checkpoints
import Files
import Models
import Tensors
import Training

/// What a step of training consists of.
package struct TrainingPlan: Sendable, Equatable {
    package var sequences = 8
    package var length = 256
    /// Steps that are measured, after one for warming up.
    package var steps = 5
    package var checkpointing = false

    package init() {}

    /// - Throws: `InputError` if a number makes no sense.
    package func check() throws {
        try checkOption("--sequences", [sequences], in: 1...1_000_000)
        try checkOption("--train", [length], in: 1...1_000_000)
        try checkOption("--repeat", [steps], in: 1...1_000_000)
    }
}

/// Measures forward and backward passes and the optimizer's update over random tokens, in f32.
package final class TrainingBenchmark {
    private let plan: TrainingPlan
    private let checkpoint: TrainableCheckpoint
    private let decoder: Decoder
    private let operations: CPUOperations
    private let optimizer = AdamW()
    private let moments: [AdamW.Moments]
    private let meter: PeakMeter?
    private var tokens: RandomTokens
    private var count = 0
    private let clock = ContinuousClock()

    /// Seconds of a step's parts, and its loss.
    private struct Step {
        var forward = 0.0
        var backward = 0.0
        var update = 0.0
        var loss = 0.0

        var seconds: Double { forward + backward + update }
    }

    /// Runs on the program's threads.
    /// - Parameter measuresPeak: whether what the machine can do is measured between the steps.
    /// - Throws: `InputError` if the checkpoint is no model or the plan makes no sense.
    package init(_ source: any Checkpoint, _ plan: TrainingPlan, measuresPeak: Bool = true) throws {
        try plan.check()
        FreedMemory.keepForTraining()
        self.plan = plan
        checkpoint = try TrainableCheckpoint(decoding: source)
        decoder = try Decoder(checkpoint)
        operations = try CPUOperations(productOrder: .chains)
        moments = checkpoint.tensors.map { AdamW.Moments($0.tensor.shape) }
        let form = try FloatKernels.selected().form
        meter = measuresPeak ? PeakMeter(.f32, form: form, pool: .shared) : nil
        tokens = RandomTokens(seed: 1, vocabularySize: decoder.configuration.vocabularySize)
    }

    /// - Throws: `InputError` if the model cannot take such sequences.
    package func run(memory: inout MemoryWatch) throws -> TrainingResult {
        let first = try step()
        var steps: [Step] = []
        var peaks = peak()
        for _ in 0..<plan.steps {
            steps.append(try step())
            peaks += peak()
        }
        return result(steps, first: first, peaks: peaks, memory.look())
    }

    private func result(_ steps: [Step], first: Step, peaks: [Double], _ memory: MemoryUse?) -> TrainingResult {
        let median = steps.sorted { $0.seconds < $1.seconds }[steps.count / 2]
        let rates = steps.map { Double(plan.sequences * plan.length) / $0.seconds }
        let active = activeParameters
        let tops = rates.map { 6 * Double(active) * $0 / 1e12 }
        return TrainingResult(
            path: checkpoint.path, family: decoder.configuration.family.rawValue, kernels: operations.name,
            threads: ThreadPool.shared.threads, sequences: plan.sequences, length: plan.length,
            checkpointing: plan.checkpointing, parameters: checkpoint.tensors.reduce(0) { $0 + $1.tensor.shape.count },
            activeParameters: active, tokensPerS: Spread(rates), forwardSeconds: median.forward,
            backwardSeconds: median.backward, updateSeconds: median.update, topPerS: Spread(tops).median,
            f32TflopPerS: peaks.isEmpty ? nil : Spread(peaks), shareOfF32Peak: Self.shares(of: tops, between: peaks),
            firstLoss: first.loss, lastLoss: steps.last?.loss ?? first.loss, memory: memory)
    }

    /// What the machine can do now, in 10¹² operations a second, where it is asked.
    private func peak() -> [Double] { meter.map { [$0.sample() / 1e12] } ?? [] }

    /// Each of `rates` beside the mean of what was measured before and after it; `nil` where nothing was.
    static func shares(of rates: [Double], between peaks: [Double]) -> Spread? {
        guard peaks.count == rates.count + 1 else { return nil }
        return Spread(rates.indices.map { 2 * rates[$0] / (peaks[$0] + peaks[$0 + 1]) })
    }

    private var activeParameters: Int {
        let weights = ActiveWeights(checkpoint.tensors, decoder.configuration)
        return Int(weights.operations(rows: 1, logitRows: 1) / 2)
    }

    private func step() throws -> Step {
        let batch = (0..<plan.sequences).map { _ in tokens.next(plan.length + 1) }
        var result = Step()
        let gradients = Gradients()
        let recording = RecordingOperations(operations, tape: Tape(), checkpointing: plan.checkpointing)
        var outputs: [(tensor: Tensor, gradient: Tensor)] = []
        result.forward = try seconds {
            let step = try decoder.step(
                batch.map { .init(tokens: Array($0.dropLast()), cache: nil) }, operations: recording, form: .expanded)
            let logits = decoder.logits(try decoder(step), recording)
            let loss = CrossEntropy(replacing: logits, targets: batch.flatMap { $0.dropFirst() })
            (result.loss, outputs) = (loss.loss, [(logits, loss.gradient)])
        }
        result.backward = seconds {
            let all = outputs
            outputs = []
            recording.tape.addGradients(of: all, to: gradients)
        }
        result.update = seconds { update(gradients) }
        return result
    }

    private func update(_ gradients: Gradients) {
        count += 1
        let known = checkpoint.tensors.map { gradients.known($0.tensor) }
        GradientNorm.clip(known.compactMap { $0 }, to: 1)
        for (index, entry) in checkpoint.tensors.enumerated() {
            guard let gradient = known[index] else { continue }
            optimizer.update(
                entry.tensor, moments[index], gradient: gradient, rate: 1e-3, step: count,
                decays: entry.tensor.shape.rank > 1)
        }
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        try clock.measure(body) / .seconds(1)
    }
}
