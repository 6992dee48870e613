/// What became of one question.
package struct TaskReply: Sendable, Equatable {
    package var isRight: Bool
    /// Whether the reply ended by itself, with an answer behind whatever was thought.
    package var isWellFormed = true
    /// Tokens that the model wrote.
    package var tokens = 0
    /// Seconds from the first of them to the last; of replies that were written side by side, an equal share.
    package var seconds = 0.0
    /// Tokens that were guessed ahead, and those of them that were right; 0 without speculation.
    package var drafted = 0
    package var accepted = 0
    /// What was thought, and what was answered.
    package var thought = ""
    package var answer = ""

    package init(isRight: Bool) { self.isRight = isRight }
}

/// What became of all questions of a task set.
package struct TaskScore: Sendable, Equatable, Codable {
    package let task: String
    package var right: Proportion
    package var wellFormed: Proportion
    package var tokens: Int
    package var seconds: Double
    package var drafted: Int
    package var accepted: Int

    package init(_ task: String, _ replies: [TaskReply]) {
        self.task = task
        right = Proportion(replies.map(\.isRight))
        wellFormed = Proportion(replies.map(\.isWellFormed))
        tokens = replies.reduce(0) { $0 + $1.tokens }
        seconds = replies.reduce(0) { $0 + $1.seconds }
        drafted = replies.reduce(0) { $0 + $1.drafted }
        accepted = replies.reduce(0) { $0 + $1.accepted }
    }
}
