import Evaluation
import Files
import Reports

/// How well a model answers the questions of some tasks, beside how well another one did.
package struct AnswerReport: Sendable, Equatable {
    /// The model, as it was named.
    package let model: String
    package let scores: [TaskScore]
    /// Of each task, how many of its questions another model, or this one earlier, answered rightly.
    package let before: [String: Proportion]
    /// Where the accuracy before has to lie for a task to count in the mean gain.
    package let gainBelow: Double

    package init(
        model: String, scores: [TaskScore], before: [String: Proportion] = [:], gainBelow: Double = 0.95
    ) {
        (self.model, self.scores, self.before, self.gainBelow) = (model, scores, before, gainBelow)
    }

    /// What was right, by task, in a report that was written as JSON.
    /// - Throws: `InputError` if it is none.
    package static func proportions(in json: JSONValue, source: String) throws -> [String: Proportion] {
        func defect() -> InputError {
            InputError(
                .invalidValue, source: source, found: "found no scores of tasks",
                expected: "what isobath eval --json printed", advice: "give the file of an earlier evaluation")
        }
        guard let tasks = json["tasks"]?.array else { throw defect() }
        let pairs = try tasks.map { entry in
            let right = entry["right"]
            guard let task = entry["task"]?.string, let count = right?["count"]?.integer,
                let successes = right?["successes"]?.integer, count >= 0, (0...count).contains(successes)
            else { throw defect() }
            return (task, Proportion(successes, of: count))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    // MARK: Figures

    package var wellFormed: Proportion { scores.map(\.wellFormed).reduce(Proportion(0, of: 0), +) }
    package var right: Proportion { scores.map(\.right).reduce(Proportion(0, of: 0), +) }

    /// The mean over tasks, each counting alike.
    package var meanAccuracy: Double { Self.mean(scores.map(\.right.share)) }

    /// Over the tasks that were below the limit before: the mean then and now; `nil` where there are none.
    package var gain: (tasks: Int, before: Double, after: Double)? {
        let pairs = scores.compactMap { score in before[score.task].map { ($0.share, score.right.share) } }
            .filter { $0.0 < gainBelow }
        guard !pairs.isEmpty else { return nil }
        return (pairs.count, Self.mean(pairs.map(\.0)), Self.mean(pairs.map(\.1)))
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}

// MARK: - What people read

extension AnswerReport {
    package var document: Document {
        Document(
            title: "What \(model) answers",
            blocks: [.paragraph(about), .table(table)]
                + [gainSentence, speedSentence].compactMap { $0 }.map {
                    .paragraph($0)
                })
    }

    private var about: String {
        "Greedy answers to questions that were held out; in brackets Wilson's interval of 95 %. Of all replies "
            + "\(Self.text(wellFormed)) were well-formed: they ended by themselves, with an answer."
    }

    private var table: DocumentTable {
        let compares = !before.isEmpty
        let rows = scores.map { score in
            [score.task, "\(score.right.count)"]
                + (compares ? [before[score.task].map(Self.text) ?? "–"] : [])
                + [Self.text(score.right), Format.decimal(Self.perQuestion(score))]
        }
        let mean =
            ["mean of tasks", "\(right.count)"] + (compares ? [meanBefore] : []) + [
                Format.percent(meanAccuracy), "",
            ]
        let columns = ["task", "questions"] + (compares ? ["before"] : []) + ["right", "tokens a reply"]
        return DocumentTable(columns, rows + [mean], numeric: Set(1..<columns.count))
    }

    private var meanBefore: String {
        let shares = scores.compactMap { before[$0.task]?.share }
        return shares.count == scores.count ? Format.percent(Self.mean(shares)) : "–"
    }

    private var gainSentence: String? {
        gain.map { gain in
            "On the \(gain.tasks) tasks that were below \(Format.percent(gainBelow)) before, the mean went from "
                + "\(Format.percent(gain.before)) to \(Format.percent(gain.after))."
        }
    }

    private var speedSentence: String? {
        let tokens = scores.reduce(0) { $0 + $1.tokens - $1.right.count }
        let seconds = scores.reduce(0) { $0 + $1.seconds }
        guard tokens > 0, seconds > 0 else { return nil }
        let drafted = scores.reduce(0) { $0 + $1.drafted }
        let accepted = Proportion(scores.reduce(0) { $0 + $1.accepted }, of: drafted)
        let guesses = drafted > 0 ? " Of \(drafted) tokens guessed ahead, \(Self.text(accepted)) were right." : ""
        return "\(Format.decimal(Double(tokens) / seconds)) tokens a second.\(guesses)"
    }

    private static func perQuestion(_ score: TaskScore) -> Double {
        Double(score.tokens) / Double(max(score.right.count, 1))
    }

    /// "97.5 % (94.3–98.9)"
    private static func text(_ proportion: Proportion) -> String {
        let limits = [proportion.interval.lowerBound, proportion.interval.upperBound]
        let ends = limits.map { Format.percent($0).replacing(" %", with: "") }.joined(separator: "–")
        return "\(Format.percent(proportion.share)) (\(ends))"
    }
}
