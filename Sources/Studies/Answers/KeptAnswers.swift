import Evaluation
import Files
import Foundation

/// Right answers with the thoughts that led to them, as conversations to learn from: R1's rejection sampling (arXiv 2501.12948 §2.3.3).
package struct KeptAnswers {
    package private(set) var lines: [String] = []

    package init() {}

    /// Keeps those of the replies to `tasks` that are right and well-formed.
    package mutating func add(_ replies: [TaskReply], to tasks: TaskSet) {
        for (item, reply) in zip(tasks.items, replies) where reply.isRight && reply.isWellFormed {
            lines.append(Self.conversation(item.prompt, reply).line)
        }
    }

    private static func conversation(_ prompt: String, _ reply: TaskReply) -> JSONValue {
        func message(_ role: String, _ fields: [(String, String)]) -> JSONValue {
            .object(JSONObject([("role", .string(role))] + fields.map { ($0, .string(trimmed($1))) }))
        }
        let thought = trimmed(reply.thought).isEmpty ? [] : [("reasoning_content", reply.thought)]
        let messages = [
            message("user", [("content", prompt)]), message("assistant", thought + [("content", reply.answer)]),
        ]
        return .object(JSONObject([("messages", .array(messages))]))
    }

    /// The template puts lines around both parts.
    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
