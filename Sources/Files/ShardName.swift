/// The name of one of several files that belong together: `STEM-00001-of-00003.EXTENSION`.
package struct ShardName: Sendable {
    package let stem: String
    /// From 1.
    package let number: Int
    package let count: Int
    private let suffix: String
    private let digits: (number: Int, count: Int)

    /// `nil` for the name of a file that stands for itself.
    package init?(_ name: String) {
        guard let match = name.wholeMatch(of: #/(.*)-([0-9]{1,9})-of-([0-9]{1,9})(\.[A-Za-z]+)/#),
            let number = Int(match.2), let count = Int(match.3), number >= 1, number <= count
        else { return nil }
        self.stem = String(match.1)
        self.number = number
        self.count = count
        self.suffix = String(match.4)
        self.digits = (match.2.count, match.3.count)
    }

    /// The name of shard `number`, from 1.
    package func name(ofShard number: Int) -> String {
        shardName(stem, number, of: count, suffix, digits: digits)
    }
}

/// The name of file `number`, from 1, of `count` that belong together, with the number of digits that everybody gives
/// them.
package func shardName(
    _ stem: String, _ number: Int, of count: Int, _ suffix: String, digits: (number: Int, count: Int) = (5, 5)
) -> String {
    func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    return "\(stem)-\(padded(number, digits.number))-of-\(padded(count, digits.count))\(suffix)"
}
