@testable import Curriculum

/// A manual of two commands, and exercises of any task.
enum Sample {
    static let manual = CommandManual([
        .init(
            command: "isobath quantize", abstract: "Store a model's weights in fewer bits.",
            options: (0..<12).map { .init(name: "--option-\($0)", help: "Option number \($0) of this command.") }),
        .init(command: "isobath data pack", abstract: "Turn text into token shards.", options: []),
        .init(
            command: "isobath run", abstract: "Answer one prompt on standard output.",
            options: (0..<12).map { .init(name: "--choice-\($0)", help: "Choice number \($0) of that command.") }),
    ])
    static let mixture = Mixture(manual)
    static let taskNames = mixture.all.map(\.task.name)

    /// Exercises of a task, to learn from.
    static func exercises(_ task: String, _ count: Int, seed: UInt64 = 7) -> [Exercise] {
        guard let task = mixture.task(named: task) else { return [] }
        return ExerciseStream(task, split: .training, purpose: .text, seed: seed).first(count)
    }

    /// The whole numbers in a text, without signs.
    static func numbers(_ text: String) -> [Int] {
        text.split { !("0"..."9").contains($0) }.compactMap { Int($0) }
    }
}
