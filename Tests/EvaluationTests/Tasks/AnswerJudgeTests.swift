import Testing

@testable import Evaluation

@Suite struct AnswerJudgeTests {
    struct Case: Sendable {
        let expected: String
        let reply: String
        let isRight: Bool
    }

    static let cases: [Case] = [
        Case(expected: "42", reply: "42", isRight: true),
        Case(expected: "42", reply: "12 + 30 = 42.", isRight: true),
        Case(expected: "42", reply: "It is 42, I think", isRight: true),
        Case(expected: "42", reply: "42 is wrong, it is 43", isRight: false),
        Case(expected: "42", reply: "-42", isRight: false),
        Case(expected: "-42", reply: "the answer is -42", isRight: true),
        Case(expected: "1250", reply: "1,250.0", isRight: true),
        Case(expected: "0.1", reply: "0.10", isRight: true),
        Case(expected: "0.1", reply: "0.11", isRight: false),
        Case(expected: "12345678901234567890123", reply: "12345678901234567890123", isRight: true),
        Case(expected: "12345678901234567890123", reply: "12345678901234567890124", isRight: false),
        Case(expected: "42", reply: "none", isRight: false),
        Case(expected: "42", reply: "", isRight: false),
        Case(expected: "yes", reply: "Yes.", isRight: true),
        Case(expected: "yes", reply: "Let me see.\n\n**Yes**\n", isRight: true),
        Case(expected: "yes", reply: "yes and no", isRight: false),
        Case(expected: "a  B", reply: "\"A b\"", isRight: true),
        Case(expected: "3 apples", reply: "3 apples", isRight: true),
        Case(expected: "3 apples", reply: "3", isRight: false),
    ]

    @Test(arguments: cases) func judges(_ item: Case) {
        #expect(AnswerJudge(expecting: item.expected).accepts(item.reply) == item.isRight, "\(item)")
    }
}
