import Files
import Foundation

/// 1 if a program that is given the reply on its standard input writes the expected answer, or ends with code 0: tests, compilers,
/// provers.
///
/// The program also finds the question and the expected answer in its environment, as ISOBATH_PROMPT and ISOBATH_ANSWER. What
/// it may take is limited (`ChildProgram`); a program that takes too long or is killed gives 0. Such limits depend on the clock:
/// choose them so that only what never ends meets them.
package struct ProgramReward: Reward {
    package enum Judgement: Sendable, Equatable {
        /// Standard output is the expected answer, white space around both aside.
        case output
        case exitCode
    }

    package let program: ChildProgram
    package let judgement: Judgement
    /// The part of the reply that is given to the program.
    package let place: AnswerText

    package init(_ program: ChildProgram, judgement: Judgement, place: AnswerText = .whole) {
        (self.program, self.judgement, self.place) = (program, judgement, place)
    }

    init(_ section: RecipeSection, judgement: Judgement) throws {
        program = try ChildProgram(section)
        self.judgement = judgement
        place = try section.choice("place", default: .whole)
    }

    package func score(_ reply: Reply) throws -> Double {
        guard let text = place.find(in: reply.text) else { return 0 }
        let outcome = try program.run(input: Array(text.utf8), environment: reply.question.environment)
        guard outcome.ending == .exited(0) else { return 0 }
        let expected = Array(reply.question.answer.utf8)[...].trimmed
        return judgement == .exitCode || outcome.output[...].trimmed.elementsEqual(expected) ? 1 : 0
    }
}

extension Question {
    var environment: [String: String] { ["ISOBATH_PROMPT": prompt, "ISOBATH_ANSWER": answer] }
}

extension ChildProgram {
    /// `command`, `seconds`, `memoryMebibytes`, `outputBytes`.
    init(_ section: RecipeSection) throws {
        var limits = Limits()
        let command = try section.texts("command")
        limits.seconds = try section.number("seconds", in: 0.01...86_400, default: limits.seconds)
        limits.memoryBytes = try section.integer("memoryMebibytes", in: 1...(1 << 20), default: 1024) << 20
        limits.outputBytes = try section.integer("outputBytes", in: 1...(1 << 28), default: limits.outputBytes)
        try self.init(command, limits: limits)
    }
}
