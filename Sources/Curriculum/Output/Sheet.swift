import Generation
import Training

/// Plain text to learn language, steps and code from, document by document. Document number `index` depends on the seed and the split
/// alone.
struct SheetSource {
    private let streams: MixedStreams

    init(_ mixture: Mixture, split: Split, seed: UInt64) {
        streams = MixedStreams(mixture, split: split, purpose: .text, seed: seed)
    }

    /// The most exercises of a sheet.
    private static let most = 8

    /// Some exercises with their steps: of one kind, or of any kinds.
    subscript(index: Int) -> Sheet {
        var random = streams.random(index)
        let isOfOneKind = random.chance(0.3)
        let first = streams.pick(&random)
        let exercises = (0..<random.number(3...Self.most)).compactMap { slot in
            let stream = isOfOneKind ? first : streams.pick(&random)
            return stream[index * Self.most + slot].map { (stream.task.name, $0) }
        }
        return Sheet(exercises: exercises)
    }
}

/// Exercises on one page.
struct Sheet {
    let exercises: [(task: String, exercise: Exercise)]

    var text: String { exercises.map(\.exercise.fullText).joined(separator: "\n\n") }
}

extension Split {
    var number: UInt64 {
        switch self {
        case .training: 0
        case .validation: 1
        case .test: 2
        }
    }
}
