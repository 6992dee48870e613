/// Sorting by choosing the next one again and again: each line compares the best so far with the next in the list.
///
///     45 12 33
///     45,12:12 12,33:12 | 12
///     45 33
///     45,33:33 | 12, 33
///     45
///     12, 33, 45
struct Selection<Item: Comparable & LosslessStringConvertible> {
    let lines: [String]
    let sorted: [Item]

    /// - Precondition: the items differ.
    init(_ items: [Item], isAscending: Bool) {
        var (lines, rest, sorted) = ([String](), items, [Item]())
        while rest.count > 1 {
            lines.append(rest.map { String($0) }.joined(separator: " "))
            let (comparisons, best) = Self.best(of: rest, isAscending: isAscending)
            sorted.append(best)
            rest.removeAll { $0 == best }
            lines.append(comparisons + " | " + Self.list(sorted))
        }
        lines += rest.map { String($0) }
        sorted += rest
        self.lines = lines + [Self.list(sorted)]
        self.sorted = sorted
    }

    /// The smallest or largest, and the comparisons that find it.
    /// - Precondition: there are items.
    static func best(of items: [Item], isAscending: Bool) -> (comparisons: String, best: Item) {
        var (comparisons, best) = ([String](), items[0])
        for next in items.dropFirst() {
            let better = isAscending ? min(best, next) : max(best, next)
            comparisons.append("\(best),\(next):\(better)")
            best = better
        }
        return (comparisons.joined(separator: " "), best)
    }

    static func list(_ items: [Item]) -> String { items.map { String($0) }.joined(separator: ", ") }
}
