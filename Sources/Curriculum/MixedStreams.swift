import Generation
import Training

/// The streams of a mixture's tasks, chosen from by its weights.
struct MixedStreams {
    private let streams: [ExerciseStream]
    private let weights: [(weight: Int, choice: Int)]
    private let seed: UInt64

    init(_ mixture: Mixture, split: Split, purpose: ExerciseStream.Purpose, seed: UInt64) {
        streams = mixture.parts.map { ExerciseStream($0.task, split: split, purpose: purpose, seed: seed) }
        weights = mixture.parts.enumerated().map { ($1.weight, $0) }
        self.seed = DerivedSeed.seed(seed, purpose.rawValue, split.number)
    }

    /// What document number `index` draws from: the same whatever was drawn before.
    func random(_ index: Int) -> RandomSource { RandomSource(seed: DerivedSeed.seed(seed, UInt64(index))) }

    /// The stream of a task, each as often as its weight says.
    func pick(_ random: inout RandomSource) -> ExerciseStream { streams[random.pick(weighted: weights)] }
}
