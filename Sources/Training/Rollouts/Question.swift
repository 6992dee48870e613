import Files
import Tokenizers

/// Something that a model is asked, with what can be verified about the answer.
package struct Question: Sendable, Equatable, Codable {
    package let prompt: String
    /// What the answer has to be; empty where rewards ask for something else.
    package let answer: String

    package init(prompt: String, answer: String) { (self.prompt, self.answer) = (prompt, answer) }
}

/// Questions without end: question number `index` is the same whenever it is asked.
package protocol QuestionSource: Sendable {
    subscript(index: Int) -> Question { get }
}

/// What stands around a question when the model reads it.
package struct PromptTemplate: Sendable, Equatable {
    /// With `{question}` where the question goes.
    package let text: String

    /// DeepSeek-R1 (arXiv 2501.12948) table 1, word for word.
    package static let r1Zero = PromptTemplate(
        text: "A conversation between User and Assistant. The user asks a question, and the Assistant solves it. The"
            + " assistant first thinks about the reasoning process in the mind and then provides the user with the"
            + " answer. The reasoning process and answer are enclosed within <think> </think> and <answer> </answer>"
            + " tags, respectively, i.e., <think> reasoning process here </think> <answer> answer here </answer>."
            + " User: {question}. Assistant:")

    package init(text: String) { self.text = text }

    /// `template: r1-zero`, or a text with `{question}`.
    package init(_ section: RecipeSection) throws {
        let name = try section.text("template", default: "{question}")
        self = name == "r1-zero" ? .r1Zero : PromptTemplate(text: name)
        if !text.contains(Self.place) {
            throw section.invalid("template", "found no \(Self.place)", "r1-zero, or a text with \(Self.place) in it")
        }
    }

    private static let place = "{question}"

    /// The prompt's tokens, after the mark that begins a sequence where the model wants one. What the question spells never
    /// becomes a special token; what the template spells does.
    package func tokens(_ question: Question, _ tokenizer: Tokenizer) -> [Int32] {
        guard let place = text.firstRange(of: Self.place) else { return [] }
        let begin = tokenizer.addsBeginOfSequence ? [tokenizer.beginOfSequence].compactMap(\.self) : []
        return begin
            + tokenizer.encode([
                .template(String(text[..<place.lowerBound])), .content(question.prompt),
                .template(String(text[place.upperBound...])),
            ])
    }
}
