import Files
import Foundation
import Models
import Tensors

/// A run: batches, gradients, clipping, optimizer, metrics, and checkpoints that another process can go on from.
///
/// The same recipe gives the same bits, in one go or in many: a step depends on nothing but what a checkpoint holds.
package final class TrainingRun {
    /// How a run ended, or what it is doing.
    package enum Status: String, Sendable, CaseIterable { case running, finished, stopped, failed }

    package let settings: RunSettings
    package let folder: RunFolder
    /// Steps that were done before this process took part.
    package let firstStep: Int
    package let size: ModelSize
    private var state: TrainingState
    private let decoder: Decoder
    private let operations: any Operations
    private let balancing: ExpertBalancing
    /// Operations a second that the machine can do; `nil` if that is not known.
    private let peak: Double?
    private let documents: ModelDocuments?
    private let metrics: MetricsFile
    private let lock: FileLock

    /// Steps that were done.
    package var step: Int { state.step }

    /// A run in `folder`: a new one, or the one that is there.
    /// - Parameters:
    ///   - recipe: the text of its recipe, kept in the folder.
    ///   - operations: what computes in f32.
    ///   - progress: told how many bytes of text of how many are packed, where that has to be done first.
    /// - Throws: `InputError` if the folder holds a run with other settings, another process trains there, or the recipe's
    ///   parts do not fit each other.
    package init(
        _ settings: RunSettings, recipe: String, in folder: RunFolder, operations: any Operations, peak: Double? = nil,
        progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws {
        try RunFolder.make(folder.path)
        lock = try folder.lock()
        folder.sweep()
        if folder.hasRun { try folder.require(settings) }
        let last = try folder.checkpoints.last.map { try RunCheckpoint(path: $0.path) }
        let model = try TrainedModel(settings, from: last)
        state = try withoutActuallyEscaping(progress) { progress in
            let context = ObjectiveContext(
                settings: settings, model: model, cache: folder.dataPath, progress: progress)
            return try TrainingState(context, operations: operations, from: last)
        }
        documents = try Self.documents(model, settings, last)
        decoder = try model.decoder()
        size = ModelSize(decoder.configuration)
        balancing = try ExpertBalancing(settings.balance, decoder.configuration, source: model.checkpoint.path)
        firstStep = state.step
        metrics = try MetricsFile(path: folder.metricsPath, after: firstStep)
        (self.settings, self.folder, self.peak) = (settings, folder, peak)
        self.operations = try model.operations(settings.precision, base: operations)
        try writeAtomically(Data(recipe.utf8), to: folder.recipePath)
        // Last, as it says that a run has begun here.
        try writeAtomically(Data(settings.yaml.utf8), to: folder.settingsPath)
    }

    private static func documents(
        _ model: TrainedModel, _ settings: RunSettings, _ last: RunCheckpoint?
    ) throws -> ModelDocuments? {
        guard case .model(let checkpoint) = model else { return nil }
        return try last.map { try ModelDocuments(of: $0.path) } ?? ModelDocuments(checkpoint, settings.model)
    }

    /// Goes on to step `last` or the recipe's last, and saves what was reached.
    /// - Parameter report: told after each step; `false` ends the run there, such that it can go on.
    /// - Throws: `InputError` if data cannot be read, a file not be written, or the loss is no number any more.
    package func train(until last: Int? = nil, _ report: (StepMetrics) throws -> Bool = { _ in true }) throws -> Status
    {
        let end = min(last ?? settings.steps, settings.steps)
        while state.step < end {
            let done = try takeStep()
            let goesOn = try report(done)
            if !goesOn || state.step == end || state.step.isMultiple(of: settings.checkpoints.interval) { try save() }
            if !goesOn { return .stopped }
        }
        return state.step < settings.steps ? .stopped : .finished
    }

    // MARK: A step

    private func takeStep() throws -> StepMetrics {
        let start = ContinuousClock.now
        let (gradients, before) = (Gradients(), try state.objective.encodedPosition())
        let observer = balancing.observer(
            batchTokens: settings.objective.batchTokens(step: state.step, tokens: state.tokens))
        let result = try state.objective.addGradients(of: learner(observer), step: state.step, to: gradients)
        let norm = clip(gradients)
        let isKept = try judge(result.loss, norm, before)
        let rate = settings.rate.rate(at: state.step)
        if isKept { update(gradients, rate: rate, observer) }
        state.step += 1
        state.tokens += result.tokens
        var done = StepMetrics(
            step: state.step, tokens: state.tokens, loss: result.loss, rate: rate, gradientNorm: norm,
            tokensPerSecond: Double(result.tokens) / max((ContinuousClock.now - start) / .seconds(1), 1e-9),
            values: result.measures.map { ($0.name, $0.value) },
            experts: observer.loads.map { ExpertLoad(layer: $0.layer, counts: $0.counts) })
        done.values += observer.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        if !isKept { done.values.append(("dropped", 1)) }
        done.peakShare = peak.map { size.operationsPerToken * done.tokensPerSecond / $0 }
        if isEvaluated(state.step) { done.values += try evaluate() }
        try metrics.append(done)
        return done
    }

    /// The model as this step's objective sees it.
    private func learner(_ observer: BalanceObserver) -> LearningModel {
        var model = LearningModel(decoder, operations: operations, routing: observer)
        let (balancing, tokens) = (balancing, state.tokens)
        model.recomputesLayers = settings.recomputesLayers
        model.tokens = tokens
        model.capacity = { spans in balancing.capacity(sequences: (0..<spans).map { tokens + $0 }) }
        model.secondExperts = balancing.secondExperts(key: key(of: .secondExperts))
        model.dropout = settings.adapter?.dropout(key: key(of: .dropout))
        return model
    }

    private enum Draws: UInt64 { case secondExperts, dropout }

    /// Of what chance decides in this step: the same whenever it is taken.
    private func key(of draws: Draws) -> UInt64 {
        DerivedSeed.seed(settings.seed, UInt64(state.step), draws.rawValue)
    }

    /// Whether the optimizer may see a step.
    /// - Throws: `InputError` after saving the state before it, if the run must end.
    private func judge(_ loss: Double, _ norm: Double, _ before: Data) throws -> Bool {
        switch state.spikes.judge(loss: loss, gradientNorm: norm) {
        case .keep: return true
        case .drop: return false
        case .stop: throw try stop(loss, norm, before)
        }
    }

    private func update(_ gradients: Gradients, rate: Double, _ observer: BalanceObserver) {
        state.optimizer.update(state.parameters, gradients, rate: rate, step: state.step + 1)
        guard case .model(let checkpoint) = state.model else { return }
        balancing.updateBiases(
            of: checkpoint, after: observer, done: Double(state.step) / Double(settings.steps))
    }

    private func clip(_ gradients: Gradients) -> Double {
        let all = state.parameters.filter { $0.kind != .selectionBias }.map { gradients[$0.tensor] }
        let limit = settings.optimizer.clipping
        return limit > 0 ? GradientNorm.clip(all, to: limit) : GradientNorm.norm(of: all)
    }

    private func isEvaluated(_ step: Int) -> Bool {
        let interval = settings.evaluation.interval
        return step == settings.steps || interval > 0 && step.isMultiple(of: interval)
    }

    private func evaluate() throws -> [(name: String, value: Double)] {
        try state.objective.evaluate(LearningModel(decoder, operations: operations))
    }

    // MARK: Saving

    private func save(position: Data? = nil) throws {
        try metrics.synchronize()
        let position = try position ?? state.objective.encodedPosition()
        try folder.publishCheckpoint(state.step) { path in
            try RunCheckpoint.write(state, position: position, documents: documents, to: path)
        }
        folder.keepNewest(settings.checkpoints.kept)
    }

    /// Saves the state before a step that went wrong; parameters have not changed since.
    private func stop(_ loss: Double, _ norm: Double, _ position: Data) throws -> InputError {
        try save(position: position)
        return InputError(
            .invalidValue, source: folder.path, field: "step \(state.step + 1)",
            found: "found the loss \(loss) and a gradient of length \(norm)", expected: "finite numbers",
            advice: "the state before that step is saved; begin a run with a lower rate, or a longer warming up")
    }
}

extension RunFolder {
    /// - Throws: `InputError` naming the first setting that is another in the run that is here.
    fileprivate func require(_ settings: RunSettings) throws {
        let file = try MappedFile(path: settingsPath)
        let text = file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
        guard text != settings.yaml else { return }
        let pairs = zip(text.split(separator: "\n"), settings.yaml.split(separator: "\n"))
        let (theirs, ours) = pairs.first { $0 != $1 }.map { (String($0), String($1)) } ?? ("more or less", "the same")
        throw InputError(
            .invalidValue, source: path, field: "settings.yaml",
            found: "found a run with other settings (\(theirs.trimmed))",
            expected: "those of this recipe (\(ours.trimmed))",
            advice: "give another folder with -o, or begin anew with --fresh")
    }
}

extension String {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
