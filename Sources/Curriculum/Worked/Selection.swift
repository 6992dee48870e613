/// Sorting by choosing the next one again and again: each line compares the best so far with the next in the list.
///
///     45 12 33
///     45,12:12 12,33:12 | 12
///     45 33
///     45,33:33 | 12, 33
///     45
///     12, 33, 45
struct Selection {
    let lines: [String]
    let sorted: [Int]

    /// - Precondition: the numbers differ.
    init(_ numbers: [Int], isAscending: Bool) {
        var (lines, rest, sorted) = ([String](), numbers, [Int]())
        while rest.count > 1 {
            lines.append(rest.map(String.init).joined(separator: " "))
            let (comparisons, best) = Self.best(of: rest, isAscending: isAscending)
            sorted.append(best)
            rest.removeAll { $0 == best }
            lines.append(comparisons + " | " + Self.list(sorted))
        }
        lines += rest.map(String.init)
        sorted += rest
        self.lines = lines + [Self.list(sorted)]
        self.sorted = sorted
    }

    /// The smallest or largest, and the comparisons that find it.
    /// - Precondition: there are numbers.
    static func best(of numbers: [Int], isAscending: Bool) -> (comparisons: String, best: Int) {
        var (comparisons, best) = ([String](), numbers[0])
        for next in numbers.dropFirst() {
            let better = isAscending ? min(best, next) : max(best, next)
            comparisons.append("\(best),\(next):\(better)")
            best = better
        }
        return (comparisons.joined(separator: " "), best)
    }

    static func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
}
