/// What was measured, as text: Markdown to read, comma-separated values to compute with.
protocol MeasurementTable {
    /// A summary, a table, and what it means.
    var markdown: String { get }
    /// A line of names, and a line for each result.
    var commaSeparated: String { get }
}
