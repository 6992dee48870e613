/// A thought in the making: steps, one a line, and what comes of them.
struct Steps {
    private(set) var lines: [String] = []

    var text: String { lines.joined(separator: "\n") }

    mutating func add(_ line: String) { lines.append(line) }
    mutating func add(_ more: [String]) { lines += more }

    /// a + b: at once where both are below 100, else in columns.
    mutating func sum(_ a: Int, _ b: Int) -> Int {
        guard max(a, b) > 99 else {
            add("\(a)+\(b)=\(a + b)")
            return a + b
        }
        let work = ColumnAddition(a, b)
        add(work.lines)
        return work.result
    }

    /// a − b, below 0 too: at once where both are below 100, else in columns.
    mutating func difference(_ a: Int, _ b: Int) -> Int {
        guard max(a, b) > 99 else {
            add("\(a)-\(b)=\(a - b)")
            return a - b
        }
        let work = ColumnSubtraction(a, b)
        add(work.lines)
        return work.result
    }

    /// a · b: at once where both are in the table up to 12, else in columns.
    mutating func product(_ a: Int, _ b: Int) -> Int {
        guard max(a, b) > 12 else {
            add("\(a)*\(b)=\(a * b)")
            return a * b
        }
        let work = ColumnMultiplication(a, b)
        add(work.lines)
        return work.result
    }

    /// a / b with what remains: at once where it is in the table up to 12, else digit by digit.
    mutating func quotient(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int) {
        if a % b == 0, max(a / b, b) <= 12 {
            add("\(a)/\(b)=\(a / b)")
            return (a / b, 0)
        }
        let work = LongDivision(a, b)
        add(work.lines)
        return (work.quotient, work.remainder)
    }
}
