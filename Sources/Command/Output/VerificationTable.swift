import Evaluation
import Files
import Foundation
import Reports

/// A verification's rows for people.
struct VerificationTable {
    private let report: VerificationReport

    init(_ report: VerificationReport) { self.report = report }

    private static let header = [
        "what", "recording", "checked", "worst relative error", "greedy tokens equal", "verdict",
    ]

    /// Columns of plain text, and below them what failed.
    var plain: String {
        let lines = [VerificationTable.header] + report.rows.map(cells)
        let sections = [Format.table(lines, rightAligned: [3, 4]), failures.joined(separator: "\n"), conclusion]
        return sections.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// A table in Markdown, and below it what failed.
    var markdown: String {
        let table = DocumentTable(VerificationTable.header, report.rows.map(cells), numeric: [3, 4])
        return ([table.markdown, ""] + failures.map { "- " + $0 } + [conclusion]).joined(separator: "\n")
    }

    private func cells(_ row: VerificationRow) -> [String] {
        let tally = row.tally
        let checked = tally.counts.map { "\(grouped($0.amount)) \($0.noun)" }.joined(separator: ", ")
        let error = tally.worstError.map { String(format: "%.1e", $0) }
        let limit = tally.tolerance.map { String(format: "%.0e", $0) }
        let greedy = tally.greedy.map { "\(grouped($0.equal)) of \(grouped($0.total))" }
        return [
            row.area.title, tally.subject.map { "\(row.name) (\(printable($0)))" } ?? row.name,
            checked.isEmpty ? "nothing" : checked,
            error.map { "\($0) (≤ \(limit ?? "0")\(tally.isAbsolute ? ", absolute" : ""))" } ?? "–", greedy ?? "–",
            row.passed ? "equal" : "DIFFERENT",
        ]
    }

    private var failures: [String] {
        report.rows.filter { !$0.passed }.flatMap { row in
            row.tally.failures.map { "\(row.name): \($0)" }
                + (row.tally.furtherFailures > 0 ? ["\(row.name): and \(row.tally.furtherFailures) more."] : [])
        }
    }

    private var conclusion: String {
        let failed = report.rows.count { !$0.passed }
        if failed == 0 { return "All recordings are reproduced: \(report.rows.count)." }
        return "Recordings that are not reproduced: \(failed) of \(report.rows.count)."
    }

    /// "1 234 567", with spaces that do not break.
    private func grouped(_ value: Int) -> String {
        let digits = String(value)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append("\u{202F}") }
            result.append(digit)
        }
        return result
    }
}

/// What `verify --json` prints.
struct VerificationResult: Encodable {
    struct Row: Encodable {
        var area: String
        var name: String
        var compared: [String: Int]
        /// Absent where only equality was asked for, or where the error is no number.
        var worstError: Double?
        var worstPlace: String?
        var tolerance: Double?
        var greedyEqual: Int?
        var greedyTotal: Int?
        var failures: [String]
        var furtherFailures: Int
        var passed: Bool
    }

    var rows: [Row]
    var passed: Bool

    init(_ report: VerificationReport) {
        passed = report.passed
        rows = report.rows.map { row in
            let tally = row.tally
            return Row(
                area: row.area.rawValue, name: row.name,
                compared: Dictionary(uniqueKeysWithValues: tally.counts.map { ($0.noun, $0.amount) }),
                worstError: tally.worstError.flatMap { $0.isFinite ? $0 : nil }, worstPlace: tally.worstPlace,
                tolerance: tally.tolerance, greedyEqual: tally.greedy?.equal, greedyTotal: tally.greedy?.total,
                failures: tally.failures, furtherFailures: tally.furtherFailures, passed: row.passed)
        }
    }
}
