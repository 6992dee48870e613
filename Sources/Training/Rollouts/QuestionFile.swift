import Files
import Generation

/// Questions of a JSONL file, one object `{"prompt": …, "answer": …}` a line, in another order each time they are through.
package struct QuestionFile: QuestionSource {
    package let questions: [Question]
    package let seed: UInt64

    /// - Precondition: there are questions.
    package init(_ questions: [Question], seed: UInt64) {
        precondition(!questions.isEmpty, "questions")
        (self.questions, self.seed) = (questions, seed)
    }

    /// - Throws: `InputError` if the file cannot be read, has no question, or a line is not such an object.
    package init(path: String, seed: UInt64) throws {
        let questions = try JSONLines.objects(path: path).map { line, object in
            Question(
                prompt: try JSONLines.text(object, "prompt", path: path, line: line),
                answer: try JSONLines.text(object, "answer", path: path, line: line))
        }
        guard !questions.isEmpty else {
            throw InputError(
                .missing, source: path, found: "found no question", expected: "a line for each",
                advice: "write {\"prompt\": \"1+2=\", \"answer\": \"3\"} on a line")
        }
        self.init(questions, seed: seed)
    }

    package subscript(index: Int) -> Question {
        let (epoch, place) = index.quotientAndRemainder(dividingBy: questions.count)
        return questions[KeyedPermutation(count: questions.count, key: DerivedSeed.seed(seed, UInt64(epoch)))[place]]
    }
}
