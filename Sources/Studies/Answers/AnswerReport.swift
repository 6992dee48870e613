import Evaluation
import Files
import Reports

/// How well a model answers the questions of some tasks, beside how well others did.
package struct AnswerReport: Sendable, Equatable {
    /// The model, as it was named.
    package let model: String
    package let scores: [TaskScore]
    /// What is compared with, in order.
    package let earlier: [Earlier]
    /// Where the accuracy of the first that is compared with has to lie for a task to count in the mean gain.
    package let gainBelow: Double

    /// What another model, or this one earlier, answered rightly.
    package struct Earlier: Sendable, Equatable {
        package let name: String
        /// Of each task.
        package let right: [String: Proportion]

        package init(name: String, right: [String: Proportion]) { (self.name, self.right) = (name, right) }
    }

    package init(model: String, scores: [TaskScore], earlier: [Earlier] = [], gainBelow: Double = 0.95) {
        (self.model, self.scores, self.earlier, self.gainBelow) = (model, scores, earlier, gainBelow)
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

    /// Over the tasks that all were asked and that were below the limit at first: the means from the first to this one; `nil` where there
    /// are none.
    package var gain: (tasks: Int, means: [Double])? {
        let rows = scores.compactMap { score -> [Double]? in
            let shares = earlier.compactMap { $0.right[score.task]?.share }
            guard shares.count == earlier.count, let first = shares.first, first < gainBelow else { return nil }
            return shares + [score.right.share]
        }
        guard !rows.isEmpty else { return nil }
        return (rows.count, (0...earlier.count).map { place in Self.mean(rows.map { $0[place] }) })
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
        let rows = scores.map { score in
            [score.task, "\(score.right.count)"] + earlier.map { $0.right[score.task].map(Self.text) ?? "–" }
                + [Self.text(score.right), Format.decimal(Self.perQuestion(score))]
        }
        let mean = ["mean of tasks", "\(right.count)"] + earlier.map(meanText) + [Format.percent(meanAccuracy), ""]
        let columns = ["task", "questions"] + earlier.map(\.name) + ["right", "tokens a reply"]
        return DocumentTable(columns, rows + [mean], numeric: Set(1..<columns.count))
    }

    private func meanText(_ earlier: Earlier) -> String {
        let shares = scores.compactMap { earlier.right[$0.task]?.share }
        return shares.count == scores.count ? Format.percent(Self.mean(shares)) : "–"
    }

    private var gainSentence: String? {
        guard let gain, let first = earlier.first else { return nil }
        let (limit, means) = (Format.percent(gainBelow), gain.means.map { Format.percent($0) })
        return "On the \(gain.tasks) tasks that were below \(limit) in \(first.name), the mean went from "
            + means.joined(separator: " to ") + "."
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
