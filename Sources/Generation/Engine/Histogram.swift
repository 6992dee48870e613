/// How often numbers fell into each of several ranges, as Prometheus counts them.
public struct Histogram: Sendable, Equatable {
    /// The upper bounds of the ranges, which belong to them; what is larger is in a last range without a bound.
    public let bounds: [Double]
    /// How many numbers each range has, one range more than there are bounds.
    public private(set) var counts: [Int]
    /// The sum of all numbers.
    public private(set) var sum = 0.0

    /// No numbers yet.
    /// - Precondition: the bounds grow.
    public init(bounds: [Double]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds grow")
        self.bounds = bounds
        self.counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many numbers there are.
    public var count: Int { counts.reduce(0, +) }

    /// Their mean; 0 without any.
    public var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// The upper bound of the range in which the `share` smallest numbers end: `quantile(0.95)`. `nil` without numbers,
    /// or if they end beyond the last bound.
    public func quantile(_ share: Double) -> Double? {
        let target = share * Double(count)
        var seen = 0
        for (bound, count) in zip(bounds, counts) where self.count > 0 {
            seen += count
            if Double(seen) >= target { return bound }
        }
        return nil
    }

    /// Counts a number, `times` times.
    mutating func add(_ value: Double, times: Int = 1) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += times
        sum += value * Double(times)
    }

    /// From a millisecond to five minutes.
    static var seconds: Histogram {
        Histogram(bounds: [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
        ])
    }

    /// From 1 to 256.
    static var rows: Histogram { Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256]) }
}
