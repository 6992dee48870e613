import Generation

/// How answers are drawn while a model learns from them.
package struct RolloutSettings: Sendable, Equatable {
    /// T; R1-Zero drew at 1 (supplement of the Nature paper).
    package var temperature: Float = 1
    /// Cut what is drawn, not what counts as its probability; both are off at 0 and 1, as all papers have it.
    package var topK = 0
    package var topP: Float = 1
    /// The most tokens of an answer.
    package var maximumTokens = 256
    /// Answers that are drawn side by side; no number depends on it.
    package var sequencesAtOnce = 64
    /// Tokens beside the model's own end that end an answer, as texts of one token each: "\n".
    package var stops: [String] = []

    package init() {}

    package init(_ section: RecipeSection) throws {
        temperature = Float(try section.number("temperature", in: 0.01...100, default: 1))
        topK = try section.integer("topK", in: 0...(1 << 22), default: 0)
        topP = Float(try section.number("topP", in: 1e-6...1, default: 1))
        maximumTokens = try section.integer("maximumTokens", in: 1...(1 << 20), default: maximumTokens)
        sequencesAtOnce = try section.integer("sequencesAtOnce", in: 1...65536, default: sequencesAtOnce)
        stops = try section.texts("stops", default: [])
    }

    func sampling(seed: UInt64) -> SamplingSettings {
        var sampling = SamplingSettings()
        (sampling.temperature, sampling.topK, sampling.topP, sampling.seed) = (temperature, topK, topP, seed)
        return sampling
    }
}

/// Seeds that depend on numbers, well mixed: of (run, step, question, sample), so that an answer's draws are its own, whatever is
/// drawn beside it.
package enum DerivedSeed {
    package static func seed(_ numbers: UInt64...) -> UInt64 {
        // The generator's first word after seeding depends on all bits of the seed.
        numbers.reduce(0x5EED) { mixed, number in
            var source = RandomSource(seed: mixed &+ number)
            return source.next()
        }
    }
}
