import Files
import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct RewardTests {
    private func reply(_ text: String, _ answer: String = "", tokens: Int = 10, prompt: String = "") -> Reply {
        Reply(
            question: Question(prompt: prompt, answer: answer), bytes: Array(text.utf8),
            tokenBytes: Array(repeating: 1, count: tokens), isFinished: true)
    }

    static let places: [(AnswerText, String, String?)] = [
        (.whole, "<think>x</think>  42 \n", "42"), (.whole, "", ""), (.lastLine, "a\nb \n\n", "b"),
        (.lastLine, " \n", nil), (.lastNumber, "1+2 = 3.", "3"), (.lastNumber, "is -7", "-7"),
        (.lastNumber, "5-3", "3"), (.lastNumber, "1,250.50 €", "1,250.50"), (.lastNumber, "1,2,3", "3"),
        (.lastNumber, "3/4 left", "3/4"), (.lastNumber, "x=.5", ".5"), (.lastNumber, "none", nil),
        (.boxed, #"\boxed{1} so \boxed{\frac{1}{2}}."#, #"\frac{1}{2}"#), (.boxed, #"\boxed{1"#, nil),
        (.tag, "<answer>1</answer> <answer> 2 </answer>", "2"), (.tag, "<answer>1", nil), (.tag, "</answer>", nil),
    ]

    @Test(arguments: places) func answersAreFound(_ place: AnswerText, _ text: String, _ answer: String?) {
        #expect(place.find(in: text) == answer)
    }

    static let numbers: [(String, String, Double)] = [
        ("3", "3", 1), ("3.0", "3", 1), ("1/2", "0.5", 1), ("2/4", #"\frac{1}{2}"#, 1), ("-4", "4", 0),
        ("1,250", "1250", 1),
        ("so $1,250.00", "1250", 1), ("9007199254740993", "9007199254740992", 0), ("0.333", "1/3", 0), ("1/0", "1", 0),
        ("", "1", 0), ("99999999999999999999999999999999999999", "1", 0), ("0007", "7", 1), ("x", "x", 0),
    ]

    @Test(arguments: numbers) func numbersAreCompared(_ text: String, _ answer: String, _ score: Double) {
        #expect(NumericAnswer().score(reply(text, answer)) == score)
    }

    @Test func tolerancesAreRelative() {
        #expect(NumericAnswer(tolerance: 1e-3).score(reply("0.3333", "1/3")) == 1)
        #expect(NumericAnswer(tolerance: 1e-3).score(reply("1001.1", "1000")) == 0)
        #expect(NumericAnswer(place: .boxed).score(reply(#"\boxed{-\frac{3}{4}}"#, "-0.75")) == 1)
    }

    @Test func textsAreCompared() {
        #expect(ExactAnswer().score(reply(" yes\n", "yes")) == 1 && ExactAnswer().score(reply("Yes", "yes")) == 0)
        #expect(ExactAnswer(ignoresCase: true).score(reply("Yes", "yes")) == 1)
        #expect(ExactAnswer(place: .tag).score(reply("<answer>b</answer>", "b")) == 1)
        // Composed and decomposed are different answers.
        #expect(ExactAnswer().score(reply("e\u{301}", "\u{e9}")) == 0)
    }

    static let forms: [(String, Double, Double)] = [
        ("<think>a</think><answer>b</answer>", 1, 1), ("a</think> <answer>b</answer>\n", 1, 1),
        ("<think>a</think>b", 1, 0), ("<think>a", 0, 0), ("<think>a</think>", 0, 0),
        ("<think>a</think><answer>b", 1, 0), ("<think><think>a</think>b", 0, 0),
        ("<think>a</think></think><answer>b</answer>", 0, 0),
        ("<think>a</think><answer>b</answer><answer>c</answer>", 1, 0),
        ("x<think>a</think>b", 0, 0), ("", 0, 0), ("<think>a</think><answer></answer>", 1, 1),
    ]

    @Test(arguments: forms) func formsAreTold(_ text: String, _ thinking: Double, _ both: Double) {
        #expect(FormatReward(.thinking).score(reply(text)) == thinking)
        #expect(FormatReward(.thinkingAndAnswer).score(reply(text)) == both)
    }

    @Test func patternsMatchWholeReplies() {
        let reward = FormatReward(.pattern("[0-9]+"))
        #expect(reward.score(reply("123")) == 1 && reward.score(reply("123 ")) == 0)
        #expect(reward.score(reply(String(repeating: "1", count: 1 << 17))) == 0)
    }

    @Test func lengthCosts() {
        #expect(LengthReward(maximum: 20, rule: .linear).score(reply("", tokens: 5)) == -0.25)
        let soft = LengthReward(maximum: 20, rule: .overlong(buffer: 4))
        let scores = [0, 16, 17, 18, 20, 50].map { soft.score(reply("", tokens: $0)) }
        #expect(scores == [0, 0, -0.25, -0.5, -1, -1])
    }

    @Test func programsJudge() throws {
        let cat = try ProgramReward(ChildProgram(["cat"]), judgement: .output)
        let hostile = "quote ' \" ` $(exit 1) \u{0} \\n; rm"
        #expect(try cat.score(reply(hostile, hostile)) == 1 && cat.score(reply("a", "b")) == 0)
        let test = try ProgramReward(
            ChildProgram(["/bin/sh", "-c", #"read line; test "$line" = "$ISOBATH_ANSWER""#]), judgement: .exitCode)
        #expect(try test.score(reply("7\n", "7")) == 1 && test.score(reply("8\n", "7")) == 0)
        var limits = ChildProgram.Limits()
        (limits.seconds, limits.outputBytes) = (0.2, 1 << 16)
        let slow = try ProgramReward(ChildProgram(["sleep", "60"], limits: limits), judgement: .exitCode)
        #expect(try slow.score(reply("")) == 0)
        let missing = try ProgramReward(ChildProgram(["/nonexistent"]), judgement: .exitCode)
        #expect(throws: InputError.self) { try missing.score(reply("")) }
    }

    @Test func hugeRepliesAreJudgedInTime() {
        for part in ["\\boxed{", "<answer>", "<think>", "1,", "1/", "-", "\u{0}", "=1+"] {
            let text = String(repeating: part, count: 200_000)
            for place in AnswerText.allCases { _ = place.find(in: text) }
            #expect(NumericAnswer(place: .whole).score(reply(text, "1")) == 0)
            #expect(FormatReward(.thinkingAndAnswer).score(reply(text)) == 0)
        }
    }

    static let equations: [(String, Double)] = [
        ("1+2=3", 1), ("2 * 3 + 4 = 10", 1), ("4+2*3=10", 1), ("10-2-3=5", 1), ("-1+2=1", 1), ("1+2=4", 0), ("=", 0),
        ("1=1=1", 1), ("1+2", 0), ("99999999999999999999=1", 0), ("9223372036854775807+1=0", 0), ("1++2=3", 0),
        ("-3*-2=6", 0), ("2*=2", 0), ("-2*3=-6", 1),
    ]

    @Test(arguments: equations) func equationsHold(_ line: String, _ score: Double) throws {
        #expect(
            try LineSteps(.equations).scores(reply(line)) == [.init(lastToken: line.utf8.count - 1, score: score)]
                || line.utf8.count > 10)
        #expect(Equation.holds(Array(line.utf8)[...]) == (score == 1))
    }

    @Test func stepsEndWhereTheirLinesDo() throws {
        let reply = Reply(
            question: Question(prompt: "", answer: ""), bytes: Array("1+1=2\n\n1=2\nx".utf8),
            tokenBytes: [3, 3, 1, 4, 1, 0], isFinished: true)
        // Bytes 0–4, 7–9 and 11 of 12; tokens end behind bytes 3, 6, 7, 11 and 12.
        let expected: [StepScore] = [
            .init(lastToken: 1, score: 1), .init(lastToken: 3, score: 0), .init(lastToken: 4, score: 0),
        ]
        #expect(try LineSteps(.equations).scores(reply) == expected)
        let program = try LineSteps(.program(ChildProgram(["/bin/echo", "0.5", "-1", "nan"])))
        #expect(try program.scores(reply).map(\.score) == [0.5, -1])
    }

    @Test func recipesNameRewards() throws {
        let yaml = """
            rewards:
              - {kind: numeric, place: tag, weight: 2}
              - {kind: format, form: thinking, name: thought}
              - {kind: length, maximum: 10, rule: overlong}
              - {kind: exitCode, command: [cat, "-"], seconds: 1}
            """
        let section = try RecipeSection(yaml: yaml, source: "test")
        let rewards = try WeightedRewards(section.list("rewards"), of: section)
        try section.finish()
        #expect(rewards.parts.map(\.name) == ["numeric", "thought", "length", "exitCode"])
        let scores = try rewards.scores(reply("x</think><answer>3</answer>", "3"))
        #expect(scores == [1, 1, -1, 1] && rewards.total(scores) == 3)
    }

    static let wrong = [
        "rewards: []", "rewards: [{kind: unknown}]", "rewards: [{kind: format, pattern: '['}]",
        "rewards: [{kind: length}]", "rewards: [{kind: exitCode}]", "rewards: [{kind: numeric, weight: x}]",
    ]

    @Test(arguments: wrong) func unusableRewardsAreErrors(_ yaml: String) throws {
        let section = try RecipeSection(yaml: yaml, source: "test")
        #expect(throws: InputError.self) { try WeightedRewards(section.list("rewards"), of: section) }
    }
}
