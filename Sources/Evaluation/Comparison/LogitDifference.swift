import Files
import Foundation
import Tensors

/// How far the predictions of one model are from those of another.
package struct LogitDifference: Sendable, Equatable, Codable {
    /// Places that were compared.
    package var tokens: Int
    /// Kullback and Leibler's divergence of a place, Σ pₐ · (log pₐ − log p_b): the mean.
    package var divergence: Double
    /// The largest of them.
    package var largestDivergence: Double
    /// The part of the places at which both find the same token likeliest.
    package var agreement: Double
    /// The root of the mean square of the logits' differences.
    package var rootMeanSquare: Double
    /// The largest difference of a logit.
    package var largest: Double

    /// - Precondition: there is a row.
    init(_ rows: [LogitRowDifference]) {
        precondition(!rows.isEmpty)
        let count = Double(rows.count)
        tokens = rows.count
        divergence = rows.reduce(0) { $0 + $1.divergence } / count
        largestDivergence = rows.reduce(0) { max($0, $1.divergence) }
        agreement = Double(rows.count(where: \.agrees)) / count
        rootMeanSquare = (rows.reduce(0) { $0 + $1.meanSquare } / count).squareRoot()
        largest = rows.reduce(0) { max($0, $1.largest) }
    }
}

/// The same for one place.
struct LogitRowDifference: Equatable {
    let divergence: Double
    let agrees: Bool
    let meanSquare: Double
    let largest: Double
}

extension LogitRowDifference {
    /// - Throws: `InputError` if a logit is no finite number.
    init(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) throws(InputError) {
        let (sum, other) = (try LogitSum(a), try LogitSum(b))
        let shift = Double(other.largest) - Double(sum.largest) + (other.logarithm - sum.logarithm)
        var (divergence, squares, largest) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            let difference = Double(x) - Double(y)
            squares += difference * difference
            largest = max(largest, abs(difference))
            // A weight of 0 counts nothing, whatever the other model says.
            let weight = Double(exp(x - sum.largest))
            if weight > 0 { divergence += weight * (difference + shift) }
        }
        // Never below 0, but for rounding.
        self.divergence = divergence < 0 ? 0 : divergence / exp(sum.logarithm)
        guard self.divergence.isFinite, squares.isFinite else { throw LogitSum.unusable }
        agrees = sum.likeliest == other.likeliest
        meanSquare = squares / Double(a.count)
        self.largest = largest
    }

    /// All rows of two tensors [n, vocabulary].
    static func all(_ a: Tensor, _ b: Tensor) throws(InputError) -> [LogitRowDifference] {
        let (width, count) = (a.shape.width, a.shape.rows)
        let result = a.withFloats { a in
            b.withFloats { b in
                Result { () throws(InputError) in
                    try ThreadPool.shared.map(count: count) { row throws(InputError) in
                        try LogitRowDifference(
                            UnsafeBufferPointer(rebasing: a[row * width..<(row + 1) * width]),
                            UnsafeBufferPointer(rebasing: b[row * width..<(row + 1) * width]))
                    }
                }
            }
        }
        return try result.get()
    }
}
