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
        for (option, value) in [("--sequences", sequences), ("--train", length), ("--repeat", steps)]
        where !(1...1_000_000).contains(value) {
            throw InputError(
                .invalidValue, source: "command line", field: option, found: "found \(value)",
                expected: "a number from 1 to 1000000", advice: "correct the option")
        }
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
    /// - Throws: `InputError` if the checkpoint is no model or the plan makes no sense.
    package init(_ source: any Checkpoint, _ plan: TrainingPlan) throws {
        try plan.check()
        FreedMemory.keepForTraining()
        self.plan = plan
        checkpoint = try TrainableCheckpoint(decoding: source)
        decoder = try Decoder(checkpoint)
        operations = try CPUOperations(productOrder: .chains)
        moments = checkpoint.tensors.map { AdamW.Moments($0.tensor.shape) }
        tokens = RandomTokens(seed: 1, vocabularySize: decoder.configuration.vocabularySize)
    }

    /// - Throws: `InputError` if the model cannot take such sequences.
    package func run(memory: inout MemoryWatch) throws -> TrainingResult {
        let first = try step()
        var steps: [Step] = []
        for _ in 0..<plan.steps { steps.append(try step()) }
        let median = steps.sorted { $0.seconds < $1.seconds }[steps.count / 2]
        let perStep = plan.sequences * plan.length
        let rates = Spread(steps.map { Double(perStep) / $0.seconds })
        let active = activeParameters
        let topPerS = 6 * Double(active) * rates.median / 1e12
        return TrainingResult(
            path: checkpoint.path, family: decoder.configuration.family.rawValue, kernels: operations.name,
            threads: ThreadPool.shared.threads, sequences: plan.sequences, length: plan.length,
            checkpointing: plan.checkpointing, parameters: checkpoint.tensors.reduce(0) { $0 + $1.tensor.shape.count },
            activeParameters: active, tokensPerS: rates, forwardSeconds: median.forward,
            backwardSeconds: median.backward, updateSeconds: median.update, topPerS: topPerS, firstLoss: first.loss,
            lastLoss: steps.last?.loss ?? first.loss, memory: memory.look())
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
