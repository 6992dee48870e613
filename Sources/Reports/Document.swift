/// A report that is read as Markdown or as a page: the same headings, tables and pictures in both.
package struct Document: Sendable {
    /// A part of a report.
    package enum Block: Sendable {
        case heading(String)
        case paragraph(String)
        case table(DocumentTable)
        /// A picture; Markdown, which has none without a second file, leaves it out.
        case plot(Plot)
        /// A picture too.
        case heatMap(HeatMap)
        /// Lines to be read as they stand: a command, an output.
        case code(String)
    }

    package let title: String
    package var blocks: [Block]

    package init(title: String, blocks: [Block] = []) {
        self.title = title
        self.blocks = blocks
    }
}

/// Rows of text under headings.
package struct DocumentTable: Sendable, Equatable {
    package let columns: [String]
    package let rows: [[String]]
    /// Columns of numbers, which stand to the right.
    package let numeric: Set<Int>

    /// - Precondition: every row has as many cells as there are columns.
    package init(_ columns: [String], _ rows: [[String]], numeric: Set<Int> = []) {
        precondition(rows.allSatisfy { $0.count == columns.count }, "a cell for every column")
        self.columns = columns
        self.rows = rows
        self.numeric = numeric
    }
}

extension Document {
    /// The report as Markdown.
    package var markdown: String {
        let parts = ["# " + title] + blocks.compactMap(Document.markdown)
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func markdown(_ block: Block) -> String? {
        switch block {
        case .heading(let text): "## " + text
        case .paragraph(let text): text
        case .table(let table): table.markdown
        case .plot, .heatMap: nil
        case .code(let text):
            text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { "    " + $0 }.joined(separator: "\n")
        }
    }
}

extension DocumentTable {
    /// Lines of cells between bars, without a line's end behind them.
    package var markdown: String {
        let rule = columns.indices.map { numeric.contains($0) ? "---:" : "---" }
        return ([columns, rule] + rows).map { "| " + $0.map(escaped).joined(separator: " | ") + " |" }
            .joined(separator: "\n")
    }

    /// A bar would end the cell.
    private func escaped(_ cell: String) -> String { cell.replacing("|", with: "\\|") }
}
