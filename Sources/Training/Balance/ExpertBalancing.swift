import Files
import Models
import Tensors

/// What a run does so that its model's experts are used alike: losses, the bias update, and dropped tokens.
package struct ExpertBalancing: Sendable {
    private let settings: BalanceSettings
    private let mixture: MixtureConfiguration?
    /// The names of the biases that choose experts, by layer.
    private let biases: [Int: String]
    private let devices: Int
    private let devicesPerToken: Int

    /// - Throws: `InputError` if the model's experts cannot be shared out evenly to so many devices.
    package init(_ settings: BalanceSettings, _ configuration: DecoderConfiguration, source: String) throws {
        self.settings = settings
        mixture = configuration.mixture
        let specifications = configuration.tensors(of: .safetensors).filter { $0.role == .selectionBias }
        biases = Dictionary(specifications.map { ($0.layer ?? 0, $0.name) }) { first, _ in first }
        let count = settings.devices ?? configuration.mixture?.groupCount ?? 1
        devices = count
        devicesPerToken = min(settings.devicesPerToken ?? configuration.mixture?.groupsPerToken ?? 1, count)
        try check(source)
    }

    private func check(_ source: String) throws {
        if settings.randomSecond, !hasTwoThatAddUp {
            throw InputError(
                .invalidValue, source: source, field: "balance.randomSecond", found: "found true",
                expected: "a model of two experts a token whose weights add up to 1, as with isobath_routing: gshard",
                advice: "correct the recipe; docs/optimizers-and-balance.md has its fields")
        }
        guard let mixture, !mixture.expertCount.isMultiple(of: devices) else { return }
        throw InputError(
            .invalidValue, source: source, field: "balance.devices", found: "found \(devices)",
            expected: "a divisor of the model's \(mixture.expertCount) experts",
            advice: "correct the recipe; docs/training.md lists its fields")
    }

    private var hasTwoThatAddUp: Bool {
        guard let mixture, mixture.choice == .learned else { return false }
        return mixture.expertsPerToken == 2 && mixture.normalizesWeights && mixture.scalingFactor == 1
    }

    // MARK: Losses

    /// Sees one batch.
    /// - Parameter batchTokens: all rows of the batch, if it goes through the model in pieces: then the derivatives of the pieces
    ///   add up to those of the whole. Where averages are over a step's rows, each piece is one.
    package func observer(batchTokens: Int? = nil) -> BalanceObserver {
        BalanceObserver(self, batchTokens: batchTokens)
    }

    /// A hash has no affinities that a loss could change.
    var hasLosses: Bool { mixture?.choice == .learned && !settings.weights.isEmpty }

    /// In a fixed order, so that sums are the same in every run.
    var weights: [(loss: BalanceLoss, weight: Double)] {
        BalanceLoss.allCases.compactMap { loss in settings.weights[loss].map { (loss, $0) } }
    }

    /// The rows that a loss is averaged over.
    func parts(of loss: BalanceLoss, _ spans: [Step.Span], rows: Int) -> [Range<Int>] {
        switch loss {
        case .sequence: spans.map(\.rows)
        case .firstChoice: [0..<rows]
        case .expert, .device, .communication: settings.over == .sequence ? spans.map(\.rows) : [0..<rows]
        }
    }

    func rows(_ scores: ArraySlice<Float>, _ experts: [Int32], _ part: Range<Int>) -> RoutedRows {
        let (count, perToken) = (mixture?.expertCount ?? 1, mixture?.expertsPerToken ?? 1)
        return RoutedRows(
            scores: scores, experts: experts[part.lowerBound * perToken..<part.upperBound * perToken],
            expertCount: count, perToken: perToken, devices: devices, devicesPerToken: devicesPerToken)
    }

    // MARK: Biases

    /// Moves the biases that choose experts, in place, by what a batch chose; DeepSeek-V3 (arXiv 2412.19437) §2.1.2. The
    /// decoder looks at them in its next step.
    /// - Parameter done: the part of the run that is behind, 0 ... 1.
    package func updateBiases(of model: TrainableCheckpoint, after observer: BalanceObserver, done: Double) {
        guard settings.biasSpeed > 0, done < settings.biasUntil else { return }
        for (layer, counts) in observer.loads {
            guard let name = biases[layer], let bias = model.entry(named: name)?.tensor else { continue }
            let updated = ExpertBalance.updated(bias.floats, load: counts, speed: Float(settings.biasSpeed))
            bias.withMutableFloats { _ = $0.update(from: updated) }
        }
    }

    // MARK: Dropped tokens

    /// What to give to a recorded step as its capacity; never to one that evaluates.
    /// - Parameters:
    ///   - sequences: numbers that tell the step's spans from all others of the run, such as their places in the data: the
    ///     same ones are protected whenever they come.
    package func capacity(sequences: [Int]) -> ExpertCapacity? {
        guard settings.capacity > 0 else { return nil }
        let isProtected = sequences.map { Self.part(of: $0) < settings.protected }
        return ExpertCapacity(
            factor: settings.capacity, devices: devices,
            protectedSpans: Set(sequences.indices.filter { isProtected[$0] }))
    }

    /// What leaves out second experts in a step; `nil` if nothing does.
    /// - Parameter key: another one in each step.
    package func secondExperts(key: UInt64) -> RandomSecondExperts? {
        settings.randomSecond ? RandomSecondExperts(key: key) : nil
    }

    /// A number in 0 ..< 1 that looks random: the golden ratio's multiples are spread evenly (Knuth, vol. 3, 6.4).
    private static func part(of sequence: Int) -> Double {
        ((UInt64(truncatingIfNeeded: sequence) &+ 1) &* .goldenStep).unit
    }
}
