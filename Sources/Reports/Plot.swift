import Foundation

/// Numbers drawn against numbers.
package struct Plot: Sendable {
    /// One number against another, with what it is of.
    package struct Point: Sendable {
        package let x: Double
        package let y: Double
        /// How far y may be off, either way; 0 for not at all.
        package let error: Double
        /// Written beside the point; `nil` for nothing.
        package let label: String?

        package init(x: Double, y: Double, error: Double = 0, label: String? = nil) {
            (self.x, self.y, self.error, self.label) = (x, y, error, label)
        }
    }

    /// Points of one kind, in one colour.
    package struct Series: Sendable {
        package let name: String
        package let points: [Point]
        /// Whether lines lead from point to point.
        package let isLine: Bool

        package init(_ name: String, _ points: [Point], isLine: Bool = false) {
            (self.name, self.points, self.isLine) = (name, points, isLine)
        }
    }

    package let title: String
    package let x: Axis
    package let y: Axis
    package let series: [Series]

    /// Points that an axis cannot show, such as 0 on a logarithmic one, are left out.
    package init(title: String, x: Axis, y: Axis, series: [Series]) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series.map { series in
            Series(series.name, series.points.filter { x.shows($0.x) && y.shows($0.y) }, isLine: series.isLine)
        }
    }
}

extension Plot {
    /// What numbers along one side mean, and how they are spaced.
    package struct Axis: Sendable {
        package enum Scale: Sendable { case linear, logarithmic }

        package let title: String
        package let scale: Scale
        /// Whether marks stand at whole numbers only: of layers there is no half.
        package let isWhole: Bool
        /// Whether 0 is always shown, so that lengths compare; linear axes only.
        package let showsZero: Bool

        package init(_ title: String, _ scale: Scale = .linear, isWhole: Bool = false, showsZero: Bool = false) {
            (self.title, self.scale, self.isWhole, self.showsZero) = (title, scale, isWhole, showsZero)
        }

        func shows(_ value: Double) -> Bool { value.isFinite && (scale == .linear || value > 0) }

        /// The marks for numbers in `range`, and a range of whole steps around it.
        func ticks(around range: ClosedRange<Double>, about count: Int) -> (ticks: [Double], range: ClosedRange<Double>)
        {
            guard scale == .linear else { return logarithmicTicks(range) }
            let zero = showsZero ? min(range.lowerBound, 0)...max(range.upperBound, 0) : range
            return linearTicks(zero, count)
        }

        private func linearTicks(_ range: ClosedRange<Double>, _ count: Int) -> ([Double], ClosedRange<Double>) {
            // A single number stands in the middle.
            let margin = range.lowerBound == range.upperBound ? max(abs(range.lowerBound) / 10, 0.5) : 0
            let range = range.lowerBound - margin...range.upperBound + margin
            let step = max(niceStep((range.upperBound - range.lowerBound) / Double(count)), isWhole ? 1 : 0)
            let first = (range.lowerBound / step).rounded(.down)
            let last = max((range.upperBound / step).rounded(.up), first + 1)
            let ticks = stride(from: first, through: last, by: 1).map { $0 * step }
            return (ticks, first * step...last * step)
        }

        /// 1, 2 or 5 times a power of ten.
        private func niceStep(_ rough: Double) -> Double {
            let power = pow10(log10(rough).rounded(.down))
            return power * ([1.0, 2, 5].first { $0 * power >= rough } ?? 10)
        }

        private func logarithmicTicks(_ range: ClosedRange<Double>) -> ([Double], ClosedRange<Double>) {
            let decades = log10(range.lowerBound).rounded(.down)...log10(range.upperBound).rounded(.up)
            let isShort = decades.upperBound - decades.lowerBound <= 2
            let all = stride(from: decades.lowerBound, through: decades.upperBound, by: 1).flatMap { decade in
                (isShort ? [1.0, 2, 5] : [1]).map { $0 * pow10(decade) }
            }
            let first = all.last { $0 <= range.lowerBound * 1.000001 } ?? range.lowerBound
            let last = all.first { $0 >= range.upperBound * 0.999999 && $0 > first } ?? first * 10
            return (all.filter { (first...last).contains($0) }, first...last)
        }

        private func pow10(_ exponent: Double) -> Double { pow(10, exponent) }

        /// Where in 0 ... 1 a number lies.
        func place(of value: Double, in range: ClosedRange<Double>) -> Double {
            let (low, high) = (range.lowerBound, range.upperBound)
            guard scale == .logarithmic else { return (value - low) / (high - low) }
            return (log10(value) - log10(low)) / (log10(high) - log10(low))
        }
    }
}
