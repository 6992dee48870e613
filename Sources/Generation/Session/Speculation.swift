import Files

/// How a session guesses tokens ahead and has the model check several of them at once.
///
/// The answer is the same: greedy tokens are identical, and others have the same distribution, though a seed stands for
/// other random choices than without speculation.
public struct SpeculationSettings: Sendable, Equatable {
    /// Tokens guessed at a time; `nil` for one from each multi-token-prediction layer.
    public var draftLength: Int?
    /// Whether, once an answer is complete, a few of its tokens are decoded again without guesses, for comparison.
    public var measuresPlainSpeed = false

    /// The most tokens that may be guessed at a time.
    public static let longestDraft = 8

    /// One guess from each multi-token-prediction layer.
    public init() {}

    /// The number of guesses, checked.
    func length(predictionLayers: Int) throws -> Int {
        let length = draftLength ?? min(max(predictionLayers, 1), SpeculationSettings.longestDraft)
        guard (1...SpeculationSettings.longestDraft).contains(length) else {
            throw InputError(
                .invalidValue, source: "speculation", field: "draft length", found: "found \(length)",
                expected: "a number from 1 to \(SpeculationSettings.longestDraft)",
                advice: "leave it out for one from each prediction layer")
        }
        return length
    }
}

/// What became of the guesses of one answer.
public struct SpeculationSummary: Sendable, Equatable {
    /// The most tokens that were guessed at a time.
    public var draftLength: Int
    /// Steps of the model after the prompt.
    public var steps = 0
    /// Tokens that were guessed.
    public var drafted = 0
    /// How many of them became part of the answer, by their place in a guess.
    public var acceptedByPlace: [Int]
    /// Seconds spent on guessing.
    public var draftSeconds = 0.0
    /// Seconds spent in the model's steps.
    public var stepSeconds = 0.0
    /// Seconds that a token takes without guesses, measured after the answer; `nil` if it was not measured.
    public var plainTokenSeconds: Double?

    init(draftLength: Int) {
        self.draftLength = draftLength
        self.acceptedByPlace = Array(repeating: 0, count: draftLength)
    }

    /// Guesses that became part of the answer.
    public var accepted: Int { acceptedByPlace.reduce(0, +) }

    /// The part of all guesses that became part of the answer; `nil` if there were none.
    public var acceptanceRate: Double? { drafted > 0 ? Double(accepted) / Double(drafted) : nil }

    mutating func addStep(_ drafted: Int, draftSeconds: Double, _ stepSeconds: Double) {
        steps += 1
        self.drafted += drafted
        self.draftSeconds += draftSeconds
        self.stepSeconds += stepSeconds
    }
}

extension GenerationSummary {
    /// How many times faster than without guesses the answer was generated; `nil` if that was not measured.
    public var speculationSpeedup: Double? {
        guard let plain = speculation?.plainTokenSeconds, generationRate > 0 else { return nil }
        return plain * generationRate
    }
}
