import Files
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct QuestionTests {
    private func section(_ yaml: String) throws -> RecipeSection { try RecipeSection(yaml: yaml, source: "test") }

    @Test func arithmeticIsRightAndTheSameAgain() throws {
        let yaml = """
            digits: 3
            operations: [add, subtract, multiply]
            templates: ["{a}{sign}{b}=", "What is {a} {sign} {b}? "]
            seed: 4
            """
        let recipe = try section(yaml)
        let questions = try ArithmeticQuestions(recipe)
        try recipe.finish()
        var signs: Set<String> = []
        for index in 0..<200 {
            let question = questions[index]
            #expect(question == questions[index])
            let match = try #require(question.prompt.firstMatch(of: #/(\d+) ?([-+*]) ?(\d+)/#))
            let (a, b) = (try #require(Int(match.output.1)), try #require(Int(match.output.3)))
            let sign = String(match.output.2)
            #expect(Int(question.answer) == (sign == "+" ? a + b : sign == "-" ? a - b : a * b))
            #expect(a < 1000 && b < 1000)
            signs.insert(sign)
        }
        #expect(signs.count == 3)
        var other = questions
        other.seed = 5
        #expect((0..<20).map { other[$0] } != (0..<20).map { questions[$0] })
    }

    @Test func whatIsHeldOutNeverOccurs() {
        var (training, heldOut) = (ArithmeticQuestions(), ArithmeticQuestions())
        (training.part, heldOut.part, heldOut.seed) = (.training, .heldOut, 7)
        let (learned, kept) = (Set((0..<3000).map { training[$0].prompt }), Set((0..<1000).map { heldOut[$0].prompt }))
        #expect(learned.isDisjoint(with: kept) && kept.count > 300)
    }

    static let wrong = ["digits: 0", "operations: [divide]", "operations: []", "templates: ['{a}+{b}']", "part: none"]

    @Test(arguments: wrong) func unusableSettingsAreErrors(_ yaml: String) throws {
        #expect(throws: InputError.self) { try ArithmeticQuestions(section(yaml)) }
    }

    @Test(arguments: [1, 2, 3, 64, 100]) func ordersArePermutations(_ count: Int) {
        let orders = [UInt64(1), 2].map { seed in
            (0..<count).map { KeyedPermutation(count: count, key: seed)[$0] }
        }
        #expect(orders.allSatisfy { $0.sorted() == Array(0..<count) } && (count < 10 || orders[0] != orders[1]))
    }

    private func file(_ text: String) throws -> String {
        let path = try Fixture.temporaryFolder() + "/questions.jsonl"
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    @Test func filesAreReadInAnotherOrderEachTime() throws {
        let lines = (0..<10).map { #"{"prompt": "q\#($0)", "answer": \#($0)}"# }
        let questions = try QuestionFile(path: file(lines.joined(separator: "\n") + "\n\n"), seed: 3)
        let epochs = (0..<2).map { epoch in (0..<10).map { questions[epoch * 10 + $0].answer } }
        #expect(epochs[0].sorted() == (0..<10).map(String.init) && epochs[1].sorted() == epochs[0].sorted())
        #expect(epochs[0] != epochs[1])
    }

    static let broken = ["", "[]", "{", #"{"prompt": "x"}"#, #"{"prompt": [], "answer": "1"}"#]

    @Test(arguments: broken) func brokenFilesAreErrors(_ text: String) throws {
        #expect(throws: InputError.self) { try QuestionFile(path: file(text), seed: 0) }
        #expect(throws: InputError.self) { try QuestionFile(path: "/nonexistent", seed: 0) }
    }

    @Test func questionsSpeakNoProtocol() throws {
        let template = try PromptTemplate(section("template: 'Q: {question} A:'"))
        let tokenizer = try SmallModel().tokenizer
        let tokens = template.tokens(Question(prompt: "1+{question}", answer: ""), tokenizer)
        #expect(tokenizer.decode(tokens) == "Q: 1+{question} A:")
        #expect(try PromptTemplate(section("template: r1-zero")) == .r1Zero)
        #expect(throws: InputError.self) { try PromptTemplate(section("template: none")) }
    }
}
