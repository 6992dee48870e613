import Generation

/// A question with the way to its answer, all of it made by a rule.
package struct Exercise: Sendable, Equatable {
    /// How a reply to it is judged: the kinds of reward that compare with an expected answer.
    package enum Judgement: String, Sendable, CaseIterable {
        /// The reply is the answer, letter by letter.
        case exact
        /// The reply's last number is the answer, however it is written.
        case numeric
    }

    /// A question of an earlier turn and what was replied.
    package struct Turn: Sendable, Equatable {
        package let prompt: String
        package let reply: String
    }

    /// What was said before, oldest first.
    package var history: [Turn] = []
    /// The question, in one of many wordings.
    package let prompt: String
    /// Steps, one a line; the last one ends in the answer.
    package let thought: String
    package let answer: String
    package var judgement = Judgement.exact
    /// What is asked, whatever the words: exercises of a task with the same content stand in the same split. `nil` for what everybody
    /// has to know, like the tables up to 12: it is only ever learned from.
    package let content: String?
}

/// A kind of exercise.
package protocol ExerciseTask: Sendable {
    /// What it is called in files and tables: small letters and hyphens.
    var name: String { get }
    /// Whether replies can be judged by the answer alone, so that a model may learn from rewards.
    var isVerifiable: Bool { get }
    /// Draws an exercise; equal sources of randomness give equal exercises.
    func exercise(_ random: inout RandomSource) -> Exercise
}

extension ExerciseTask {
    package var isVerifiable: Bool { true }
}

extension Exercise {
    /// All of it as plain text: earlier turns, the question, the steps, and the answer.
    package var fullText: String {
        let earlier = history.map { "Question: \($0.prompt)\nAnswer: \($0.reply)\n" }.joined()
        return "\(earlier)Question: \(prompt)\n\(thought)\nAnswer: \(answer)"
    }
}
