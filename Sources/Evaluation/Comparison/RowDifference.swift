import Tensors

/// How far the rows of one tensor are from those of another: means over the rows, so that one large row hides no other.
package struct RowDifference: Sendable, Equatable, Codable {
    /// ‖a − b‖ / ‖a‖; of a row of zeros 0 if both are, otherwise 1.
    package var relativeError: Double
    /// ⟨a, b⟩ / (‖a‖ · ‖b‖); of a row of zeros 1 if both are, otherwise 0.
    package var cosine: Double

    /// - Precondition: both are [n, width], with a row.
    init(_ a: Tensor, _ b: Tensor) {
        precondition(a.shape == b.shape && a.shape.rows > 0)
        let (width, count) = (a.shape.width, a.shape.rows)
        let rows = a.withFloats { a in
            b.withFloats { b in
                ThreadPool.shared.map(count: count) { row in
                    RowDifference(
                        UnsafeBufferPointer(rebasing: a[row * width..<(row + 1) * width]),
                        UnsafeBufferPointer(rebasing: b[row * width..<(row + 1) * width]))
                }
            }
        }
        relativeError = rows.reduce(0) { $0 + $1.relativeError } / Double(count)
        cosine = rows.reduce(0) { $0 + $1.cosine } / Double(count)
    }

    /// Of a single row.
    init(_ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>) {
        var (squares, otherSquares, product, error) = (0.0, 0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            let (x, y) = (Double(x), Double(y))
            squares += x * x
            otherSquares += y * y
            product += x * y
            error += (x - y) * (x - y)
        }
        let isZero = squares == 0 || otherSquares == 0
        relativeError = squares == 0 ? (error == 0 ? 0 : 1) : (error / squares).squareRoot()
        cosine = isZero ? (error == 0 ? 1 : 0) : product / (squares * otherSquares).squareRoot()
    }
}
