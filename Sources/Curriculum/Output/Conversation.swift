import Files
import Generation
import Training

/// Conversations to learn from: a question, thinking, and an answer; some with earlier turns, on something else.
struct ConversationSource {
    /// How many conversations have earlier turns, and how many these are.
    struct Length {
        /// Of the folder.
        let name: String
        let purpose: ExerciseStream.Purpose
        let share: Double
        let earlier: ClosedRange<Int>

        /// Mostly a single question.
        static let chats = Length(name: "chats", purpose: .chat, share: 0.15, earlier: 1...2)
        /// As people go on: what was said long before is in the way, and questions stand far behind the beginning.
        static let talks = Length(name: "talks", purpose: .talk, share: 1, earlier: 3...9)
    }

    private let streams: MixedStreams
    private let length: Length

    init(_ mixture: Mixture, _ length: Length, split: Split, seed: UInt64) {
        self.length = length
        streams = MixedStreams(mixture, split: split, purpose: length.purpose, seed: seed)
    }

    /// Turns of the longest, each of which has exercises of its own.
    private var most: Int { length.earlier.upperBound + 1 }

    subscript(index: Int) -> (task: String, exercise: Exercise) {
        var random = streams.random(index)
        while true {
            let stream = streams.pick(&random)
            // Ends: most tasks have exercises for every split.
            guard var exercise = stream[index * most] else { continue }
            if random.chance(length.share) { exercise.history = earlier(index, &random) + exercise.history }
            return (stream.task.name, exercise)
        }
    }

    private func earlier(_ index: Int, _ random: inout RandomSource) -> [Exercise.Turn] {
        let exercises = (1...random.number(length.earlier)).compactMap { turn in
            streams.pick(&random)[index * most + turn]
        }
        return exercises.flatMap { $0.history + [.init(prompt: $0.prompt, reply: $0.answer)] }
    }
}

extension Exercise {
    /// `{"messages": […]}`; the last message is the assistant's, with its thinking under `reasoning_content`.
    var conversation: JSONValue {
        func message(_ role: String, _ text: String, thought: String? = nil) -> JSONValue {
            let thinking = thought.map { [("reasoning_content", JSONValue.string($0))] } ?? []
            return .object(JSONObject([("role", .string(role))] + thinking + [("content", .string(text))]))
        }
        let earlier = history.flatMap { [message("user", $0.prompt), message("assistant", $0.reply)] }
        return .object(
            JSONObject([
                (
                    "messages",
                    .array(earlier + [message("user", prompt), message("assistant", answer, thought: thought)])
                )
            ]))
    }

    /// `{"prompt", "answer", "task", "reward"}`: what is asked with rewards, and in the end.
    func question(of task: String) -> JSONValue {
        .object(
            JSONObject([
                ("prompt", .string(prompt)), ("answer", .string(answer)), ("task", .string(task)),
                ("reward", .string(judgement.rawValue)),
            ]))
    }
}
