import Foundation

/// A mean and its standard error: as llama.cpp has them, from sums of values and of their squares.
package struct Estimate: Sendable, Equatable, Codable {
    /// The mean.
    package var value: Double
    /// Its standard error; 0 for ten values or fewer, of which it would say nothing.
    package var error: Double

    /// An estimate that was made elsewhere.
    package init(value: Double, error: Double) {
        self.value = value
        self.error = error
    }

    /// The mean of values, with its standard error where there are two or more.
    package init(meanOf values: some Sequence<Double>) {
        var sums = Sums()
        sums.add(values)
        self.init(sums, errorFrom: 2)
    }

    /// - Parameter least: the fewest values whose error is told.
    init(_ sums: Sums, errorFrom least: Int = 11) {
        guard sums.count > 0 else {
            self.init(value: 0, error: 0)
            return
        }
        let (count, mean) = (Double(sums.count), sums.sum / Double(sums.count))
        let variance = max(0, sums.squares / count - mean * mean)
        self.init(value: mean, error: sums.count >= least ? (variance / (count - 1)).squareRoot() : 0)
    }

    /// e to the power of this, with the error to first order.
    package var exponential: Estimate {
        Estimate(value: exp(value), error: exp(value) * error)
    }

    /// The square root, with the error to first order; that of 0 has none.
    var squareRoot: Estimate {
        let root = value.squareRoot()
        return Estimate(value: root, error: root > 0 ? 0.5 / root * error : 0)
    }
}

/// Sums of values and of their squares.
struct Sums: Sendable, Equatable {
    private(set) var count = 0
    private(set) var sum = 0.0
    private(set) var squares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        sum += value
        squares += value * value
    }

    mutating func add(_ values: some Sequence<Double>) { for value in values { add(value) } }
}
