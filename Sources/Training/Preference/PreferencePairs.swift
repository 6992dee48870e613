import Files
import Tokenizers

/// Two answers to a prompt, of which people or a rule preferred the first.
package struct PreferencePair: Sendable, Equatable {
    package let chosen: AnsweredSequence
    package let rejected: AnsweredSequence

    package init(chosen: AnsweredSequence, rejected: AnsweredSequence) {
        (self.chosen, self.rejected) = (chosen, rejected)
    }
}

extension PreferencePair {
    /// The pairs of a JSONL file, one object `{"prompt": …, "chosen": …, "rejected": …}` a line. Answers end with the model's mark
    /// for it, if it has one.
    /// - Parameter mostTokens: of a prompt with an answer.
    /// - Throws: `InputError` if the file cannot be read, has no pair, or a line is not such an object or too long.
    package static func read(
        path: String, template: PromptTemplate, tokenizer: Tokenizer, mostTokens: Int
    ) throws -> [PreferencePair] {
        let pairs = try JSONLines.objects(path: path).map { line, object in
            let question = Question(
                prompt: try JSONLines.text(object, "prompt", path: path, line: line), answer: "")
            let prompt = template.tokens(question, tokenizer)
            let answers = try ["chosen", "rejected"].map { key in
                let text = try JSONLines.text(object, key, path: path, line: line)
                let answer = tokenizer.encode(text) + [tokenizer.endOfSequence].compactMap(\.self)
                guard !prompt.isEmpty, !answer.isEmpty, prompt.count + answer.count <= mostTokens else {
                    throw InputError(
                        .invalidValue, source: "\(path), line \(line)", field: key,
                        found: "found \(prompt.count) tokens before \(answer.count)",
                        expected: "at least one of each, and at most \(mostTokens) together",
                        advice: "shorten the line or leave it out")
                }
                return AnsweredSequence(prompt: prompt, answer: answer)
            }
            return PreferencePair(chosen: answers[0], rejected: answers[1])
        }
        guard !pairs.isEmpty else {
            throw InputError(
                .missing, source: path, found: "found no pair", expected: "a line for each",
                advice: "write {\"prompt\": …, \"chosen\": …, \"rejected\": …} on a line")
        }
        return pairs
    }
}

extension AnsweredSequence {
    /// The same for next-token training: the answer is predicted, the prompt only read.
    package var training: TrainingSequence {
        TrainingSequence(
            tokens: read,
            targets: read.indices.map { $0 + 1 >= answerStart ? tokens[$0 + 1] : nil })
    }
}
