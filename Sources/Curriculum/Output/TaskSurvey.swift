/// How long the exercises of a task are, from some of them.
package struct TaskSurvey: Sendable, Encodable {
    package let task: String
    package let weight: Int
    /// The share of all exercises; 0 for a task that is made only where it is named.
    package let share: Double
    /// Means, in bytes.
    package let promptBytes: Double
    package let thoughtBytes: Double
    package let answerBytes: Double
    /// Of question, thought and answer together, the longest.
    package let longestBytes: Int
    /// With a tokenizer: the mean and the most tokens of all three.
    package let tokens: Double?
    package let mostTokens: Int?
    package let prompt: String
    package let answer: String

    /// All tasks of `mixture`, from `count` exercises each.
    /// - Parameter tokenCount: tokens of a text; `nil` if that is of no interest.
    package static func all(
        _ mixture: Mixture, count: Int = 200, seed: UInt64 = 1, tokenCount: ((String) -> Int)? = nil
    ) -> [TaskSurvey] {
        let sum = mixture.parts.reduce(0) { $0 + $1.weight }
        func survey(_ part: Mixture.Part, _ share: Double) -> TaskSurvey {
            let stream = ExerciseStream(part.task, split: .training, purpose: .text, seed: seed)
            return TaskSurvey(part, share, stream.first(count), tokenCount)
        }
        return mixture.parts.map { survey($0, Double($0.weight) / Double(sum)) }
            + mixture.onRequest.map { survey($0, 0) }
    }

    private init(_ part: Mixture.Part, _ share: Double, _ exercises: [Exercise], _ tokenCount: ((String) -> Int)?) {
        func mean(_ length: (Exercise) -> Int) -> Double {
            Double(exercises.reduce(0) { $0 + length($1) }) / Double(max(exercises.count, 1))
        }
        task = part.task.name
        weight = part.weight
        self.share = share
        promptBytes = mean { $0.prompt.utf8.count }
        thoughtBytes = mean { $0.thought.utf8.count }
        answerBytes = mean { $0.answer.utf8.count }
        longestBytes = exercises.map { $0.fullText.utf8.count }.max() ?? 0
        let tokenCounts = tokenCount.map { count in exercises.map { count($0.fullText) } }
        tokens = tokenCounts.map { Double($0.reduce(0, +)) / Double(max($0.count, 1)) }
        mostTokens = tokenCounts?.max()
        prompt = exercises.first?.prompt ?? ""
        answer = exercises.first?.answer ?? ""
    }
}
