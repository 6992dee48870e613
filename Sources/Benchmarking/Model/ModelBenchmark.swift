import Generation
import Models
import Tensors

/// Measures one model.
///
/// A history of random tokens is read once for each depth and cache type, from one depth on to the next, and sequences are
/// cut back to it after each run. Every combination runs once to warm up; then they take turns, as often as wanted.
package final class ModelBenchmark {
    private let model: LanguageModel
    private let plan: BenchmarkPlan
    private let weights: ActiveWeights
    private var crews: [Int: any Operations] = [:]
    private var progress: BenchmarkProgress
    private let report: (BenchmarkProgress) -> Void
    private let isCancelled: () -> Bool
    /// Largest logits that were found; kept so that no compiler can leave the search out.
    private(set) var checksum = 0

    /// - Parameters:
    ///   - report: called after every chunk of a prompt and every step.
    ///   - isCancelled: asked as often; once true, `run` ends with what it has.
    /// - Throws: `InputError` if the plan does not fit the model.
    package init(
        _ model: LanguageModel, _ plan: BenchmarkPlan, report: @escaping (BenchmarkProgress) -> Void = { _ in },
        isCancelled: @escaping () -> Bool = { false }
    ) throws {
        try plan.check(for: model)
        self.model = model
        self.plan = plan
        self.weights = ActiveWeights(model)
        self.progress = BenchmarkProgress(total: plan.work)
        self.report = report
        self.isCancelled = isCancelled
    }

    /// Measures all combinations of the plan.
    /// - Parameter between: called with the number of threads before each and after each round of all, to measure the machine.
    /// - Returns: the results; fewer than there are combinations if it was cancelled.
    package func run(between: (Int) throws -> Void = { _ in }) throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        do {
            for type in plan.cacheTypes {
                let measurements = try measurements(cacheType: type)
                defer { results += measurements.compactMap { result(of: $0) } }
                for measurement in measurements {
                    try between(measurement.place.threads)
                    try measurement.warmUp()
                }
                for _ in 0..<plan.repeats where !measurements.isEmpty {
                    for measurement in measurements { try measurement.repeatOnce() }
                    for threads in plan.threads { try between(threads) }
                }
            }
        } catch is CancellationError {}
        return results
    }

    /// All combinations with one type of cache, after reading up to each depth. Depths share the pages of what they have
    /// in common.
    private func measurements(cacheType: ElementType) throws -> [Measurement] {
        let pool = KeyValuePool(layout: model.decoder.cacheLayout(elementType: cacheType))
        let history = KeyValueCache(pool: pool)
        var tokens = RandomTokens(seed: 0, vocabularySize: model.configuration.vocabularySize)
        var all: [Measurement] = []
        for depth in plan.depths.sorted() {
            // All threads give the same numbers, so that the most of them may do this for the others.
            let operations = try operations(threads: plan.threads.max() ?? 1)
            try read(tokens.next(depth - history.count), into: history, operations)
            var sequences = [history.fork()]
            for threads in plan.threads {
                let place = Place(depth: depth, threads: threads, cacheType: cacheType)
                all += plan.prefillLengths.map { prefill($0, sequences[0], place) }
                for count in plan.sequences where plan.decodeLength > 0 {
                    while sequences.count < count { sequences.append(try history.copy()) }
                    all.append(decode(Array(sequences[..<count]), place))
                }
            }
        }
        return all
    }

    private func operations(threads: Int) throws -> any Operations {
        if let crew = crews[threads] { return crew }
        let crew = try model.settings.operations(pool: ThreadPool(threads: threads))
        crews[threads] = crew
        return crew
    }
}

// MARK: - Prompts

extension ModelBenchmark {
    private func prefill(_ length: Int, _ cache: KeyValueCache, _ place: Place) -> Measurement {
        var tokens = RandomTokens(seed: 1, vocabularySize: model.configuration.vocabularySize)
        let prompt = tokens.next(length)
        return Measurement(.prefill, place, tokens: length) { [self] measurement in
            let operations = try operations(threads: place.threads)
            defer { cache.truncate(to: place.depth) }
            guard let states = try read(prompt, into: cache, operations, measurement.experts) else { return }
            let last = states.shape[0] - 1
            choose(model.decoder.logits(states.slice(last..<last + 1), operations))
        } load: { [self] experts in
            // Each chunk reads all that its tokens meet; the head serves the last one only.
            let bytes = experts.reduce(0) { $0 + weights.bytes(distinctExperts: $1) }
            return Load(
                bytes: bytes - Double((experts.count - 1) * weights.head.bytes), cacheBytes: nil,
                operations: weights.operations(rows: length, logitRows: 1))
        }
    }

    /// Reads `tokens` chunk by chunk, telling `experts` how many distinct ones each chunk chose.
    /// - Returns: the states of the last chunk; `nil` if there are no tokens.
    @discardableResult
    private func read(
        _ tokens: [Int32], into cache: KeyValueCache, _ operations: any Operations,
        _ experts: (([Int: Double]) -> Void)? = nil
    ) throws -> Tensor? {
        var states: Tensor?
        for start in stride(from: 0, to: tokens.count, by: model.settings.chunkLength) {
            let chunk = Array(tokens[start..<min(start + model.settings.chunkLength, tokens.count)])
            let trace = experts.map { _ in Trace(keepsTensors: false) }
            try advance(BenchmarkWork(readTokens: chunk.count)) {
                let step = try model.decoder.step(
                    [.init(tokens: chunk, cache: cache)], operations: operations, form: model.settings.latentForm,
                    trace: trace)
                states = try model.decoder(step)
            }
            if let trace { experts?(chosenExperts(trace)) }
        }
        return states
    }
}

// MARK: - Decoding

extension ModelBenchmark {
    private func decode(_ sequences: [KeyValueCache], _ place: Place) -> Measurement {
        let count = plan.decodeLength
        return Measurement(.decode, place, tokens: count, sequences: sequences.count) { [self] measurement in
            try grow(sequences, to: place, experts: measurement.experts)
        } load: { [self] experts in
            Load(
                bytes: experts.reduce(0) { $0 + weights.bytes(distinctExperts: $1) },
                cacheBytes: cacheBytes(sequences, place.depth),
                operations: Double(count) * weights.operations(rows: sequences.count, logitRows: sequences.count))
        }
    }

    /// Lets all sequences grow by a token a step, and cuts them back.
    private func grow(_ sequences: [KeyValueCache], to place: Place, experts: (([Int: Double]) -> Void)?) throws {
        let operations = try operations(threads: place.threads)
        var tokens = RandomTokens(seed: 2, vocabularySize: model.configuration.vocabularySize)
        defer { for cache in sequences { cache.truncate(to: place.depth) } }
        for _ in 0..<plan.decodeLength {
            let next = tokens.next(sequences.count)
            let trace = experts.map { _ in Trace(keepsTensors: false) }
            try advance(BenchmarkWork(steps: 1)) {
                let continuations = zip(next, sequences).map {
                    Decoder.Continuation(tokens: [$0], cache: $1)
                }
                let step = try model.decoder.step(
                    continuations, operations: operations, form: model.settings.latentForm, trace: trace)
                choose(model.decoder.logits(try model.decoder(step), operations))
            }
            if let trace { experts?(chosenExperts(trace)) }
        }
    }

    /// Distinct experts of each mixture layer in a step.
    private func chosenExperts(_ trace: Trace) -> [Int: Double] {
        weights.experts.keys.reduce(into: [:]) { counts, layer in
            counts[layer] = Double(Set(trace.integers["router.\(layer).indices"] ?? []).count)
        }
    }

    /// Finds the largest logit of each row, as choosing the likeliest token does.
    private func choose(_ logits: Tensor) {
        let width = logits.shape.width
        logits.withFloats { values in
            for row in 0..<logits.shape.rows {
                var best = row * width
                for place in row * width..<(row + 1) * width where values[place] > values[best] { best = place }
                checksum &+= best - row * width
            }
        }
    }

    /// Bytes of keys and values that all steps of a run read.
    private func cacheBytes(_ sequences: [KeyValueCache], _ depth: Int) -> Double {
        let decoder = model.decoder
        let layers = Double(model.configuration.layerCount)
        let perToken = Double(sequences.first?.pool.layout.bytesPerToken ?? 0)
        let tokens = (1...max(plan.decodeLength, 1)).reduce(0) { $0 + depth + $1 }
        return Double(tokens * sequences.count) * perToken * layers / (layers + Double(decoder.predictionDepth))
    }
}

// MARK: - Measuring

extension ModelBenchmark {
    /// Does a piece of the work and says so.
    private func advance(_ work: BenchmarkWork, _ body: () throws -> Void) throws {
        if isCancelled() { throw CancellationError() }
        let time = try ContinuousClock().measure(body)
        progress.advance(work, seconds: time / .seconds(1))
        report(progress)
    }

    /// `nil` if nothing was measured before the benchmark was cancelled.
    private func result(of measurement: Measurement) -> BenchmarkResult? {
        guard !measurement.rates.isEmpty else { return nil }
        let (spread, load, place) = (Spread(measurement.rates), measurement.load, measurement.place)
        let perSecond = spread.median / Double(measurement.tokens * measurement.sequences)
        return BenchmarkResult(
            kind: measurement.kind, tokens: measurement.tokens, depth: place.depth, threads: place.threads,
            sequences: measurement.sequences, cacheType: place.cacheType.rawValue.lowercased(), tokensPerS: spread,
            gbPerS: load.bytes * perSecond / 1e9, cacheGbPerS: load.cacheBytes.map { $0 * perSecond / 1e9 },
            topPerS: load.operations * perSecond / 1e12, expertsPerLayer: mean(measurement.chosen))
    }

    /// Experts of a layer in a step, over all layers and steps; `nil` for dense models.
    private func mean(_ experts: [[Int: Double]]) -> Double? {
        let counts = experts.flatMap(\.values)
        return counts.isEmpty ? nil : counts.reduce(0, +) / Double(counts.count)
    }
}
