import Foundation
import Reports

/// One number of each step, drawn against the steps.
package struct RunCurve: Sendable {
    /// For names of files: "loss", "validationLoss".
    package let name: String
    package let title: String
    package let axis: Plot.Axis
    let value: @Sendable (StepMetrics) -> Double?

    private init(
        _ name: String, _ title: String, _ axis: String, _ scale: Plot.Axis.Scale = .linear, showsZero: Bool = false,
        _ value: @escaping @Sendable (StepMetrics) -> Double?
    ) {
        (self.name, self.title, self.value) = (name, title, value)
        self.axis = Plot.Axis(axis, scale, showsZero: showsZero)
    }

    /// The curves that some runs have: those that every run has, and one for whatever else they noted.
    package static func all(of runs: [RecordedRun]) -> [RunCurve] {
        let loss = RunCurve("loss", "Loss", "nats a token") { $0.loss }
        let rest = [
            RunCurve("rate", "Learning rate", "rate", showsZero: true) { $0.rate },
            RunCurve("gradientNorm", "Length of the gradient, before clipping", "norm", .logarithmic) {
                $0.gradientNorm
            },
            RunCurve("tokensPerSecond", "Speed", "tokens a second", showsZero: true) { $0.tokensPerSecond },
            RunCurve("peakShare", "Share of the machine's peak", "part of peak", showsZero: true) { $0.peakShare },
            RunCurve("violation", "Largest load over mean load, less 1, mean of layers", "MaxVio", showsZero: true) {
                $0.experts.isEmpty
                    ? nil : $0.experts.reduce(0) { $0 + $1.violation } / Double($0.experts.count)
            },
        ]
        return ([loss] + noted(runs) + rest).filter { curve in
            runs.contains { $0.metrics.contains { curve.value($0)?.isFinite ?? false } }
        }
    }

    private static func noted(_ runs: [RecordedRun]) -> [RunCurve] {
        var names: [String] = []
        for name in runs.flatMap({ $0.metrics.flatMap { $0.values.map(\.name) } }) where !names.contains(name) {
            names.append(name)
        }
        // Losses on data that is only looked at say most.
        let sorted = names.filter { $0.hasPrefix("validation") } + names.filter { !$0.hasPrefix("validation") }
        return sorted.map { name in
            let isLoss = name.hasSuffix("Loss")
            return RunCurve(name, words(name), isLoss ? "nats a token" : words(name)) { $0[name] }
        }
    }

    /// "validationLoss" → "Validation loss".
    static func words(_ name: String) -> String {
        let spaced = name.reduce(into: "") { $0 += $1.isUppercase ? " " + $1.lowercased() : String($1) }
        return spaced.prefix(1).uppercased() + spaced.dropFirst()
    }

    private static let mostPoints = 240

    /// The curve of each run that has it; of long runs the means of neighbouring steps.
    package func plot(_ runs: [RecordedRun]) -> Plot {
        let series = runs.compactMap { run -> Plot.Series? in
            let points = run.metrics.compactMap { step in
                value(step).map { Plot.Point(x: Double(step.step), y: $0) }
            }.filter { $0.y.isFinite }
            return points.isEmpty ? nil : Plot.Series(run.name, Self.thinned(points), isLine: true)
        }
        return Plot(title: title, x: .init("step", isWhole: true), y: axis, series: series)
    }

    private static func thinned(_ points: [Plot.Point]) -> [Plot.Point] {
        let size = (points.count + mostPoints - 1) / mostPoints
        guard size > 1 else { return points }
        return stride(from: 0, to: points.count, by: size).map { start in
            let part = points[start..<min(start + size, points.count)]
            let count = Double(part.count)
            return Plot.Point(
                x: part.reduce(0) { $0 + $1.x } / count, y: part.reduce(0) { $0 + $1.y } / count)
        }
    }
}
