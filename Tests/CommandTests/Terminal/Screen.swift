@testable import Command

/// A terminal's screen, as far as line editing writes to one, to see what a person would see.
struct Screen {
    let width: Int
    let height: Int
    private(set) var cells: [[String]]
    private(set) var row = 0
    private(set) var column = 0
    /// The last column is filled: the next character wraps.
    private var wraps = false

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        cells = Array(repeating: Array(repeating: " ", count: width), count: height)
    }

    /// The rows without spaces at their ends, and without empty rows at the end.
    var rows: [String] {
        var rows = cells.map { row in Screen.trimmed(row.joined()) }
        while rows.last == "" { rows.removeLast() }
        return rows
    }

    static func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }

    mutating func write(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\r": (column, wraps) = (0, false)
            case "\n": lineFeed()
            case "\u{1B}":
                rest.removeFirst()
                let parameters = rest.prefix { !("@"..."~").contains($0) }
                rest = rest.dropFirst(parameters.count)
                guard let final = rest.popFirst() else { return }
                control(final, Int(String(String.UnicodeScalarView(parameters))))
            default: put(scalar)
            }
        }
    }

    private mutating func lineFeed() {
        wraps = false
        row += 1
        if row == height {
            cells.removeFirst()
            cells.append(Array(repeating: " ", count: width))
            row -= 1
        }
    }

    private mutating func control(_ final: Unicode.Scalar, _ parameter: Int?) {
        wraps = false
        switch final {
        case "A": row = max(row - (parameter ?? 1), 0)
        case "B": row = min(row + (parameter ?? 1), height - 1)
        case "C": column = min(column + (parameter ?? 1), width - 1)
        case "H": (row, column) = (0, 0)
        case "J":
            let start = parameter == 2 ? (0, 0) : (row, column)
            for place in start.1..<width { cells[start.0][place] = " " }
            for below in (start.0 + 1)..<max(height, start.0 + 1) {
                cells[below] = Array(repeating: " ", count: width)
            }
        default: break
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        let columns = Character(scalar).columns
        guard columns > 0 else {
            // A mark joins the cell before it, which for a wide character is one more back.
            var place = wraps ? column : column - 1
            while place > 0, cells[row][place].isEmpty { place -= 1 }
            if place >= 0 { cells[row][place].unicodeScalars.append(scalar) }
            return
        }
        if wraps || column + columns > width {
            column = 0
            lineFeed()
        }
        cells[row][column] = String(Character(scalar))
        for place in column + 1..<max(column + columns, column + 1) where place < width { cells[row][place] = "" }
        column += columns
        wraps = column >= width
        if wraps { column = width - 1 }
    }
}
