/// Draws the text being edited over as many rows as it takes, and draws it again over itself.
///
/// Rows are broken here and not by the terminal, so that the place of the cursor is always known.
struct LineRenderer {
    /// Drawn before the first line, perhaps with a style; and as many spaces before the others.
    let prompt: String
    /// The row of the cursor below the first row that was drawn last.
    private var cursorRow = 0
    private var rowsBelow = 0

    init(prompt: String) { self.prompt = prompt }

    /// Text cut into rows of a terminal, and the row and column of the cursor.
    struct Layout: Equatable {
        var rows: [String]
        var row = 0
        var column = 0
    }

    /// Cuts prompt and text into rows of at most `width` columns. Linear in the text.
    func layout(_ buffer: EditBuffer, width: Int) -> Layout {
        let width = max(width, 2)
        let indent = prompt.columns < width / 2 ? prompt.columns : 0
        var layout = Layout(rows: [indent > 0 ? prompt : ""])
        var column = indent
        for (index, character) in buffer.characters.enumerated() {
            if index == buffer.cursor { (layout.row, layout.column) = (layout.rows.count - 1, column) }
            guard character != "\n" else {
                layout.rows.append(String(repeating: " ", count: indent))
                column = indent
                continue
            }
            let columns = min(character.columns, width)
            if column + columns > width {
                layout.rows.append("")
                // A wide character that does not fit takes the cursor with it to the next row.
                if index == buffer.cursor { (layout.row, layout.column) = (layout.rows.count - 1, 0) }
                column = 0
            }
            layout.rows[layout.rows.count - 1] +=
                character == "\t" ? String(repeating: " ", count: columns) : String(character)
            column += columns
        }
        guard buffer.cursor == buffer.characters.count else { return layout }
        if column >= width {
            layout.rows.append("")
            column = 0
        }
        (layout.row, layout.column) = (layout.rows.count - 1, column)
        return layout
    }

    /// What to write so that the terminal shows `buffer` in place of what was drawn before.
    /// - Parameter height: rows of the terminal; of a longer text those around the cursor are shown.
    mutating func draw(_ buffer: EditBuffer, width: Int, height: Int) -> String {
        let layout = layout(buffer, width: width)
        let first = max(layout.row - max(height, 1) + 1, 0)
        let shown = layout.rows[first..<min(first + max(height, 1), layout.rows.count)]
        var output = LineRenderer.up(cursorRow) + "\r\u{1B}[J" + shown.joined(separator: "\r\n")
        cursorRow = layout.row - first
        rowsBelow = shown.count - 1 - cursorRow
        output += LineRenderer.up(rowsBelow) + "\r"
        if layout.column > 0 { output += "\u{1B}[\(layout.column)C" }
        return output
    }

    /// What to write so that the cursor stands on a fresh row below the text.
    mutating func leave() -> String {
        defer { (cursorRow, rowsBelow) = (0, 0) }
        return (rowsBelow > 0 ? "\u{1B}[\(rowsBelow)B" : "") + "\r\n"
    }

    /// What to write so that the screen is empty; draw again after it.
    mutating func clearScreen() -> String {
        (cursorRow, rowsBelow) = (0, 0)
        return "\u{1B}[H\u{1B}[2J"
    }

    private static func up(_ rows: Int) -> String { rows > 0 ? "\u{1B}[\(rows)A" : "" }
}
