import Files
import Generation
import Training

/// Conversations to learn from: a question, thinking, and an answer; some with earlier turns.
struct ConversationSource {
    private let streams: MixedStreams

    init(_ mixture: Mixture, split: Split, seed: UInt64) {
        streams = MixedStreams(mixture, split: split, purpose: .chat, seed: seed)
    }

    /// A share of conversations has turns before, on something else.
    private static let longShare = 0.15
    private static let most = 3

    subscript(index: Int) -> (task: String, exercise: Exercise) {
        var random = streams.random(index)
        while true {
            let stream = streams.pick(&random)
            // Ends: most tasks have exercises for every split.
            guard var exercise = stream[index * Self.most] else { continue }
            if random.chance(Self.longShare) { exercise.history = earlier(index, &random) + exercise.history }
            return (stream.task.name, exercise)
        }
    }

    private func earlier(_ index: Int, _ random: inout RandomSource) -> [Exercise.Turn] {
        let exercises = (1...random.number(1...Self.most - 1)).compactMap { turn in
            streams.pick(&random)[index * Self.most + turn]
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
