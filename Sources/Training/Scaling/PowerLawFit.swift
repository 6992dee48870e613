import Foundation

extension PowerLaw {
    package func callAsFunction(_ x: Double) -> Double { factor * pow(x, exponent) }

    /// A straight line by least squares through the logarithms of points; `nil` for fewer than two different x, or numbers that
    /// have no logarithm.
    package init?(fitting points: [(x: Double, y: Double)]) {
        guard points.allSatisfy({ $0.x > 0 && $0.y > 0 && $0.x.isFinite && $0.y.isFinite }) else { return nil }
        let count = Double(points.count)
        let logs = points.map { (x: log($0.x), y: log($0.y)) }
        let (x, y) = (logs.reduce(0) { $0 + $1.x } / count, logs.reduce(0) { $0 + $1.y } / count)
        let spread = logs.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
        guard points.count > 1, spread > 1e-12 else { return nil }
        let slope = logs.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread
        self.init(factor: exp(y - slope * x), exponent: slope)
    }
}

/// y = curvature · (ln x)² + slope · ln x + offset, around the middle of the points.
package struct LogParabola: Sendable, Equatable {
    package let curvature: Double
    package let slope: Double
    package let offset: Double
    /// The mean of ln x, which is 0 here.
    package let middle: Double

    /// By least squares; `nil` for fewer than three different x.
    package init?(fitting points: [(x: Double, y: Double)]) {
        guard points.count > 2, points.allSatisfy({ $0.x > 0 && $0.y.isFinite }) else { return nil }
        let count = Double(points.count)
        let middle = points.reduce(0) { $0 + log($1.x) } / count
        let z = points.map { log($0.x) - middle }
        // The mean of z is 0: with its powers' sums, the normal equations are these.
        let (s2, s3, s4) = (sum(z, 2), sum(z, 3), sum(z, 4))
        let y = zip(z, points).map { ($0, $1.y) }
        let (t0, t1, t2) = (
            y.reduce(0) { $0 + $1.1 }, y.reduce(0) { $0 + $1.0 * $1.1 }, y.reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
        )
        // Eliminating offset and slope leaves one equation for the curvature.
        let spread = s4 - s2 * s2 / count - (s2 > 0 ? s3 * s3 / s2 : 0)
        guard s2 > 1e-12, spread > 1e-12 * s4 else { return nil }
        curvature = (t2 - s2 * t0 / count - s3 * t1 / s2) / spread
        slope = (t1 - curvature * s3) / s2
        offset = (t0 - curvature * s2) / count
        self.middle = middle
    }

    package func callAsFunction(_ x: Double) -> Double {
        let z = log(x) - middle
        return (curvature * z + slope) * z + offset
    }

    /// Where y is least; `nil` where the parabola opens downwards.
    package var minimum: (x: Double, y: Double)? {
        guard curvature > 0 else { return nil }
        let z = -slope / (2 * curvature)
        return (exp(middle + z), offset + slope * z / 2)
    }
}

private func sum(_ values: [Double], _ power: Int) -> Double {
    values.reduce(0) { sum, value in sum + (0..<power).reduce(1.0) { product, _ in product * value } }
}
