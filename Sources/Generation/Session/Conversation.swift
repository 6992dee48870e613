import Files
import Foundation
import Tokenizers

/// The turns of a conversation, as people see them and as they are saved.
public struct Conversation: Sendable, Equatable {
    /// What the model is told before everything else; empty for nothing.
    public var system: String
    /// Questions and answers in turn; answers without their thinking.
    public private(set) var turns: [Turn] = []

    /// A question and its answer.
    public struct Turn: Sendable, Equatable, Codable {
        /// What the person said.
        public var question: String
        /// What the model said, without its thinking.
        public var answer: String

        /// A question with its answer.
        public init(question: String, answer: String) {
            self.question = question
            self.answer = answer
        }
    }

    /// A conversation in which nothing was said yet.
    public init(system: String? = nil) { self.system = system ?? "" }

    /// The messages that ask `question` after all turns so far.
    public func messages(asking question: String) -> [ChatMessage] {
        let history = turns.flatMap { turn in
            [ChatMessage(role: .user, content: turn.question), ChatMessage(role: .assistant, content: turn.answer)]
        }
        let start = system.isEmpty ? [] : [ChatMessage(role: .system, content: system)]
        return start + history + [ChatMessage(role: .user, content: question)]
    }

    /// Appends a turn.
    public mutating func append(_ turn: Turn) { turns.append(turn) }

    /// Forgets all turns; what the model is told first stays.
    public mutating func clear() { turns = [] }
}

// MARK: - Files

extension Conversation {
    private static let limit = 64 << 20

    /// Reads a conversation that `save(to:)` wrote.
    /// - Throws: `InputError` if the file is no conversation.
    public init(contentsOf path: String) throws {
        let file = try MappedFile(path: path)
        guard file.byteCount <= Conversation.limit else {
            throw Conversation.defect(path, "found \(file.byteCount) bytes", "at most \(Conversation.limit)")
        }
        let value = try JSONParser.parse(file)
        guard let turns = value["turns"]?.array else {
            throw Conversation.defect(path, "found no list of turns", "a saved conversation")
        }
        system = value["system"]?.string ?? ""
        for turn in turns {
            guard let question = turn["question"]?.string, let answer = turn["answer"]?.string else {
                throw Conversation.defect(path, "found a turn without question or answer", "both, as strings")
            }
            append(Turn(question: question, answer: answer))
        }
    }

    /// Writes the conversation as JSON; the file is as before or complete.
    public func save(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try writeAtomically(try encoder.encode(Saved(system: system, turns: turns)), to: path)
    }

    private struct Saved: Encodable {
        var system: String
        var turns: [Turn]
    }

    private static func defect(_ path: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: path, field: "turns", found: found, expected: expected,
            advice: "give a file that /save wrote")
    }
}
