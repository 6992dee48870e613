import Curriculum
import Files
import Foundation
import Reports

/// What `isobath data generate` prints.
enum CorpusReport {
    /// The exercises as they would stand in a text.
    static func print(_ exercises: [Exercise], asJSON: Bool) throws {
        if asJSON {
            return try StandardOutput.json(
                exercises.map { Shown(prompt: $0.prompt, thought: $0.thought, answer: $0.answer) })
        }
        try StandardOutput.write(exercises.map(\.fullText).joined(separator: "\n\n") + "\n")
    }

    private struct Shown: Encodable {
        let prompt: String
        let thought: String
        let answer: String
    }

    static func print(_ survey: [TaskSurvey], asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(survey) }
        let countsTokens = survey.contains { $0.tokens != nil }
        let head =
            ["task", "share", "question", "thought", "answer", "longest"] + (countsTokens ? ["tokens", "most"] : [])
        let rows = survey.map { task in
            let lengths = [task.promptBytes, task.thoughtBytes, task.answerBytes].map { String(format: "%.0f", $0) }
            let tokens = countsTokens ? [String(format: "%.0f", task.tokens ?? 0), String(task.mostTokens ?? 0)] : []
            let share = String(format: "%.1f %%", 100 * task.share)
            return [task.task, share] + lengths + [String(task.longestBytes)] + tokens + [example(task)]
        }
        let table = Format.table([head + ["for example"]] + rows, rightAligned: Set(1..<head.count))
        try StandardOutput.write(table + "\n\nMean lengths in bytes, of 200 exercises each.\n")
    }

    private static func example(_ task: TaskSurvey) -> String {
        let text = "\(task.prompt) → \(task.answer)".replacing("\n", with: " ⏎ ")
        return text.count > 80 ? text.prefix(79) + "…" : text
    }

    static func print(_ tally: CorpusTally, _ folder: String, asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(tally) }
        let rows = tally.tasks.map { row($0, tally.count(of: $0)) } + [row("all", tally.total)]
        let head = ["task", "in texts", "kB", "in chats", "kB", "questions", "tests"]
        try StandardOutput.write(
            """
            \(Format.table([head] + rows, rightAligned: Set(1..<head.count)))

            Code: \(Format.bytes(tally.listingBytes)), plain sentences: \(Format.bytes(tally.pageBytes)), conversations of many turns: \
            \(Format.bytes(tally.talkBytes)). Written to \(folder).

            """)
    }

    private static func row(_ name: String, _ count: CorpusTally.Count) -> [String] {
        [
            name, "\(count.text)", "\(count.textBytes / 1000)", "\(count.chats)", "\(count.chatBytes / 1000)",
            "\(count.questions)", "\(count.tests)",
        ]
    }

    static func print(_ check: CorpusCheck, asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(check) }
        var lines = [
            "\(check.tests) test questions beside \(check.documents) documents: \(check.overlapping.count) overlap; "
                + String(
                    format: "%.1f %% of a question's runs of words stand in the documents, on average.",
                    100 * check.meanShare),
            "\(check.verifiedSteps) steps are true, \(check.wrongSteps.count) are not; "
                + "\(check.heldOutPairs.count) texts have operands that are held out.",
        ]
        lines += check.overlapping.map { "overlaps: \($0)" } + check.wrongSteps.map { "not true: \($0)" }
        lines += check.heldOutPairs.map { "held out: \($0)" }
        try StandardOutput.write(lines.map { printable($0) }.joined(separator: "\n") + "\n")
    }
}
