/// How many of some trials succeeded, and between what limits the rate behind them lies.
package struct Proportion: Sendable, Equatable, Codable {
    package var successes: Int
    package var count: Int

    /// - Precondition: 0 ≤ successes ≤ count.
    package init(_ successes: Int, of count: Int) {
        precondition((0...count).contains(successes), "no more successes than trials")
        (self.successes, self.count) = (successes, count)
    }

    package init(_ results: some Collection<Bool>) { self.init(results.count { $0 }, of: results.count) }

    /// The part that succeeded, 0 of no trials.
    package var share: Double { count > 0 ? Double(successes) / Double(count) : 0 }

    /// Wilson's interval (1927), which holds the rate in 95 of 100 cases, also near 0 and 1; all of it for no trials.
    package var interval: ClosedRange<Double> {
        guard count > 0 else { return 0...1 }
        // The normal distribution's 97.5 % quantile.
        let (z, n) = (1.959_963_984_540_054, Double(count))
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // Rounding must not leave the share itself outside.
        return min(max(center - half, 0), share)...max(min(center + half, 1), share)
    }

    /// Both trials together.
    package static func + (left: Proportion, right: Proportion) -> Proportion {
        Proportion(left.successes + right.successes, of: left.count + right.count)
    }
}
