/// Earlier lines, and where in them a person is; the line begun before going back is kept as a draft.
struct LineHistory: Equatable {
    /// No more lines than this are kept; the oldest go first.
    static let limit = 1000

    private(set) var lines: [String]
    /// The place among `lines`; their count stands for the draft.
    private var place: Int
    private var draft = ""

    init(_ lines: [String] = []) {
        self.lines = Array(lines.suffix(LineHistory.limit))
        place = self.lines.count
    }

    /// Appends a finished line unless it is blank or repeats the one before; the place returns to the draft.
    mutating func append(_ line: String) {
        if !line.allSatisfy(\.isWhitespace), line != lines.last {
            lines.append(line)
            lines.removeFirst(max(lines.count - LineHistory.limit, 0))
        }
        leave()
    }

    /// Forgets the place and the draft.
    mutating func leave() {
        place = lines.count
        draft = ""
    }

    /// The line before the present place; `nil` at the oldest. `current` is kept as the draft when it is left.
    mutating func older(than current: String) -> String? {
        guard place > 0 else { return nil }
        if place == lines.count { draft = current }
        place -= 1
        return lines[place]
    }

    /// The line after the present place, at the end the draft; `nil` where there is none.
    mutating func newer() -> String? {
        guard place < lines.count else { return nil }
        place += 1
        return place == lines.count ? draft : lines[place]
    }
}
