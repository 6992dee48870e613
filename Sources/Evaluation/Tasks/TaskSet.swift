import Files
import Foundation

/// Questions with known answers.
///
/// A file holds one JSON object a line: `{"prompt": "…", "answer": "…"}` for a question that is answered in words, or
/// `{"prompt": "…", "choices": ["…", …], "answer": 0}` for one of which the likeliest choice counts.
package struct TaskSet: Sendable {
    /// What a question asks for.
    package enum Expectation: Sendable, Equatable {
        case answer(String)
        /// Continuations of the prompt, and which of them is right.
        case choice([String], correct: Int)
    }

    package struct Item: Sendable, Equatable {
        package let prompt: String
        package let expectation: Expectation

        package init(prompt: String, expectation: Expectation) {
            self.prompt = prompt
            self.expectation = expectation
        }

        var isChoice: Bool {
            guard case .choice = expectation else { return false }
            return true
        }
    }

    /// The file's name.
    package let name: String
    package let items: [Item]

    package init(name: String, items: [Item]) {
        self.name = name
        self.items = items
    }

    /// The questions in the file at `path`.
    /// - Throws: `InputError` naming the line if it is no question.
    package init(path: String) throws {
        let file = try MappedFile(path: path)
        let text = file.withBytes(in: 0..<file.byteCount) { String(validating: $0, as: UTF8.self) }
        guard let text else { throw TaskSet.defect(path, nil, "found bytes that are no UTF-8", "lines of JSON") }
        items = try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { !$1.allSatisfy(\.isWhitespace) }
            .map { try TaskSet.item($1, path: path, line: $0 + 1) }
        guard !items.isEmpty else { throw TaskSet.defect(path, nil, "found no questions", "a question a line") }
        name = URL(filePath: path).deletingPathExtension().lastPathComponent
    }

    private static func item(_ text: Substring, path: String, line: Int) throws -> Item {
        let value = try JSONParser.parse(Array(text.utf8), source: "\(path), line \(line)")
        guard let prompt = value["prompt"]?.string, !prompt.isEmpty else {
            throw defect(path, line, "found no prompt", "the question under \"prompt\"")
        }
        guard let list = value["choices"] else {
            guard let answer = value["answer"]?.string, !answer.isEmpty else {
                throw defect(path, line, "found no answer", "the answer under \"answer\", as a string")
            }
            return Item(prompt: prompt, expectation: .answer(answer))
        }
        let choices = list.array?.compactMap(\.string) ?? []
        guard choices.count == list.array?.count, choices.count > 1, choices.allSatisfy({ !$0.isEmpty }) else {
            throw defect(path, line, "found no choices", "two strings or more under \"choices\"")
        }
        guard let correct = value["answer"]?.integer, choices.indices.contains(correct) else {
            throw defect(path, line, "found no number of a choice", "which choice is right under \"answer\", from 0")
        }
        return Item(prompt: prompt, expectation: .choice(choices, correct: correct))
    }

    private static func defect(_ path: String, _ line: Int?, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: path, field: line.map { "line \($0)" }, found: found, expected: expected,
            advice: "correct the task file; docs/measuring-loss.md shows both kinds of question")
    }
}
