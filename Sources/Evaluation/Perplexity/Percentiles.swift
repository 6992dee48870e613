/// Where the values of a sample lie.
package struct Percentiles: Sendable, Equatable {
    private let sorted: [Double]

    /// - Precondition: there is a value, and none is NaN.
    init(_ values: [Double]) {
        precondition(!values.isEmpty)
        sorted = values.sorted()
    }

    /// The smallest value.
    package var minimum: Double { sorted[0] }

    /// The largest value.
    package var maximum: Double { sorted[sorted.count - 1] }

    /// The value in the middle, or the mean of the two there.
    package var median: Double { self[50] }

    /// The value below which `percent` of the values lie, by interpolation between the two next to it.
    package subscript(percent: Double) -> Double {
        let place = min(max(percent / 100, 0), 1) * Double(sorted.count - 1)
        let lower = Int(place)
        let weight = place - Double(lower)
        return (1 - weight) * sorted[lower] + weight * sorted[min(lower + 1, sorted.count - 1)]
    }
}
