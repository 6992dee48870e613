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
        return questions[PseudorandomOrder(count: questions.count, seed: DerivedSeed.seed(seed, UInt64(epoch)))[place]]
    }
}

/// A permutation of 0 ..< count that is computed place by place, and takes no memory: a Feistel network of four rounds over the next
/// power of four, walked until it falls below count (Black and Rogaway, CT-RSA 2002).
package struct PseudorandomOrder: Sendable {
    private let count: Int
    private let halfBits: Int
    private let keys: [UInt64]

    /// - Precondition: `count` > 0.
    package init(count: Int, seed: UInt64) {
        precondition(count > 0)
        self.count = count
        halfBits = (Int.bitWidth - (count - 1).leadingZeroBitCount + 1) / 2
        keys = (0..<4).map { DerivedSeed.seed(seed, $0) }
    }

    /// - Precondition: `place` is in 0 ..< count.
    package subscript(place: Int) -> Int {
        precondition((0..<count).contains(place))
        var value = UInt64(place)
        repeat { value = turned(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func turned(_ value: UInt64) -> UInt64 {
        let mask = (UInt64(1) << UInt64(halfBits)) - 1
        var (left, right) = (value >> UInt64(halfBits), value & mask)
        for key in keys { (left, right) = (right, left ^ (DerivedSeed.seed(key, right) & mask)) }
        return left << UInt64(halfBits) | right
    }
}
