import Files
import Generation
import Training

/// The exercises of a task that belong to one split: number `index` is the same whatever else is drawn.
package struct ExerciseStream: Sendable {
    /// What exercises are drawn for; the same task is drawn anew for each.
    package enum Purpose: UInt64, Sendable, CaseIterable {
        case text, chat, question, test, talk
    }

    package let task: any ExerciseTask
    package let split: Split
    private let seed: UInt64

    package init(_ task: any ExerciseTask, split: Split, purpose: Purpose, seed: UInt64) {
        self.task = task
        self.split = split
        var hash = ContentHash()
        hash.update(task.name.utf8)
        self.seed = DerivedSeed.seed(seed, hash.value, purpose.rawValue)
    }

    /// A task that has so many draws for other splits has nothing for this one.
    private static let mostDraws = 5000

    /// Exercise number `index`: the first that is drawn from its source and belongs to the split; `nil` for a task with so few contents that
    /// none does.
    package subscript(index: Int) -> Exercise? {
        var random = RandomSource(seed: DerivedSeed.seed(seed, UInt64(index)))
        for _ in 0..<Self.mostDraws {
            let exercise = task.exercise(&random)
            if Split(task: task.name, content: exercise.content) == split, isFree(exercise) { return exercise }
        }
        return nil
    }

    /// The first `count` exercises, as they come.
    package func first(_ count: Int) -> [Exercise] { (0..<count).compactMap { self[$0] } }

    /// Whether no step has operands that are held out from this split: a pair that is for tests stands nowhere in what is learned, not even
    /// inside of another task.
    private func isFree(_ exercise: Exercise) -> Bool {
        split == .test || ArithmeticPair.areFree(in: exercise.fullText, for: split)
    }

    /// The first `count` exercises with different prompts, fewer where a task runs out of them.
    package func different(_ count: Int) -> [Exercise] {
        var (found, prompts) = ([Exercise](), Set<String>())
        for index in 0..<20 * count where found.count < count {
            guard let exercise = self[index] else { break }
            if prompts.insert(exercise.history.map(\.prompt).joined() + exercise.prompt).inserted {
                found.append(exercise)
            }
        }
        return found
    }
}
