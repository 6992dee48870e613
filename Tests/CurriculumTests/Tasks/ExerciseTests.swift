import Generation
import Testing

@testable import Curriculum

/// What holds for the exercises of every task.
@Suite struct ExerciseTests {
    @Test(arguments: Sample.taskNames) func stepsAreTrueAndEndInTheAnswer(task: String) {
        for exercise in Sample.exercises(task, 500) {
            let lines = exercise.thought.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { !$0.isEmpty && $0.first != " " && $0.last != " " }, "\(exercise.thought)")
            let last = lines.last ?? ""
            #expect(
                last == exercise.answer || last.hasSuffix(" \(exercise.answer)")
                    || last.hasSuffix("=\(exercise.answer)"),
                "\(exercise.thought) → \(exercise.answer)")
            #expect(StepCheck.check(exercise.thought).wrong.isEmpty, "\(exercise.thought)")
        }
    }

    @Test(arguments: Sample.taskNames) func textsArePlain(task: String) {
        for exercise in Sample.exercises(task, 300) {
            for text in [exercise.prompt, exercise.answer, exercise.thought] {
                #expect(!text.isEmpty && text.first?.isWhitespace == false && text.last?.isWhitespace == false)
                #expect(!text.contains("\n\n") && !text.contains("  ") || text.contains("    "), "\(text)")
                #expect(
                    text.unicodeScalars.allSatisfy { $0.isASCII || "×÷…“”≠".unicodeScalars.contains($0) }, "\(text)")
            }
            #expect(exercise.prompt.utf8.count < 700 && exercise.fullText.utf8.count < 2000)
        }
    }

    @Test(arguments: Sample.taskNames) func sameSeedGivesTheSame(task: String) {
        #expect(Sample.exercises(task, 20) == Sample.exercises(task, 20))
        #expect(Sample.exercises(task, 20) != Sample.exercises(task, 20, seed: 8))
    }

    @Test(arguments: Sample.taskNames) func splitsAreApart(task: String) throws {
        let task = try #require(Sample.mixture.task(named: task))
        func contents(_ split: Split, _ purpose: ExerciseStream.Purpose) -> Set<String?> {
            Set(ExerciseStream(task, split: split, purpose: purpose, seed: 1).first(150).map(\.content))
        }
        let learned = contents(.training, .text).union(contents(.training, .chat)).union(contents(.training, .question))
        let (validation, test) = (contents(.validation, .text), contents(.test, .test))
        #expect(
            learned.isDisjoint(with: validation) && learned.isDisjoint(with: test) && validation.isDisjoint(with: test))
        #expect(!test.contains(nil))
    }

    @Test(arguments: Sample.taskNames) func questionsVary(task: String) {
        let prompts = Set(Sample.exercises(task, 300).map(\.prompt))
        #expect(prompts.count > 30)
    }

    /// Every answer is a number where that is said, so that the reward for numbers can judge it.
    @Test(arguments: Sample.taskNames) func numericAnswersAreNumbers(task: String) {
        for exercise in Sample.exercises(task, 300) where exercise.judgement == .numeric {
            #expect(Int(exercise.answer) != nil, "\(exercise.answer)")
        }
    }

    /// No pair of operands that is held out stands in what is learned, whatever the task.
    @Test(arguments: Sample.taskNames) func heldOutPairsStandNowhere(task: String) {
        for exercise in Sample.exercises(task, 300) {
            for pair in ArithmeticPair.found(in: exercise.fullText) where !pair.movesDigits {
                #expect(Split(task: pair.task, content: pair.content) == .training, "\(exercise.fullText)")
            }
        }
    }

    @Test func sharesOfSplitsAreAsSaid() {
        var counts: [Split: Int] = [:]
        for number in 0..<20_000 { counts[Split(task: "x", content: "\(number)"), default: 0] += 1 }
        // Five deviations of a count of independent draws.
        #expect((850...1150).contains(counts[.test] ?? 0) && (480...720).contains(counts[.validation] ?? 0))
        #expect(Split(task: "x", content: nil) == .training)
        // Held out for good: these never change.
        #expect(Split(task: "addition", content: "347 586") == .training)
    }

    @Test func weightsGiveCounts() {
        let mixture = Sample.mixture
        let counts = mixture.counts(of: 100_000)
        #expect(counts.count == mixture.parts.count && counts.allSatisfy { $0 > 0 })
        #expect((99_000...100_000).contains(counts.reduce(0, +)))
        #expect(mixture.task(named: "addition")?.name == "addition" && mixture.task(named: "x") == nil)
        #expect(Set(Sample.taskNames).count == Sample.taskNames.count)
    }

    @Test func someTasksAreMadeOnlyWhereTheyAreNamed() {
        let mixture = Sample.mixture
        #expect(!mixture.parts.contains { $0.task.name == "greetings" } && mixture.task(named: "greetings") != nil)
        #expect(mixture.only(["greetings", "dates"]).parts.map(\.task.name) == ["dates", "greetings"])
    }
}
