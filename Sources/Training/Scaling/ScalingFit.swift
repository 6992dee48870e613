import Files
import Foundation
import Generation

/// A trained model as a scaling law sees it.
package struct ScalingPoint: Sendable, Equatable, Encodable {
    package let name: String
    /// M: operations a token.
    package let scale: Double
    /// D.
    package let tokens: Double
    /// On text that was not learned from, in nats a token.
    package let loss: Double

    /// C = M · D.
    package var compute: Double { scale * tokens }

    package init(name: String, scale: Double, tokens: Double, loss: Double) {
        (self.name, self.scale, self.tokens, self.loss) = (name, scale, tokens, loss)
    }
}

/// The best model for each compute budget, and how it grows: IsoFLOP profiles, Hoffmann et al. (arXiv 2203.15556) §3.2, with the
/// model scale of DeepSeek LLM (arXiv 2401.02954) §3.2.
///
/// Of each budget, a parabola in log M goes through the losses; power laws in C go through the minima.
package struct ScalingFit: Sendable {
    /// A number with what bootstrapping says of it: 95 of 100 resampled fits lie between the bounds.
    package struct Estimate: Sendable, Equatable, Encodable {
        package let value: Double
        /// `nil` where budgets have three runs each: then there are no residuals to resample.
        package let low: Double?
        package let high: Double?
    }

    /// The runs of one budget, with their parabola.
    package struct Budget: Sendable {
        /// The mean of the runs' budgets, as of logarithms.
        package let compute: Double
        package let points: [ScalingPoint]
        package let parabola: LogParabola
        /// M that the loss is least at.
        package let bestScale: Double
        package let bestLoss: Double

        package var bestTokens: Double { compute / bestScale }
        /// Whether the minimum lies among the runs, so that the parabola is not stretched.
        package var isInside: Bool {
            let scales = points.map(\.scale)
            return (scales.min() ?? 0) <= bestScale && bestScale <= (scales.max() ?? 0)
        }
    }

    /// By compute.
    package let budgets: [Budget]
    /// M_opt = factor · C^a.
    package let scale: PowerLaw
    /// D_opt = factor · C^b; a + b = 1.
    package let tokens: PowerLaw
    /// The least loss by C.
    package let loss: PowerLaw
    /// a and b.
    package let scaleExponent: Estimate
    package let tokensExponent: Estimate
    private let resampled: [(scale: PowerLaw, loss: PowerLaw)]

    /// Runs whose budgets differ by less than this factor share one.
    private static let sameBudget = 1.25

    /// - Throws: `InputError` if there are fewer than two budgets with three different scales each, or a budget has no minimum.
    package init(_ points: [ScalingPoint], resamples: Int = 1000, seed: UInt64 = 0) throws {
        budgets = try Self.groups(points).map(Self.budget)
        guard budgets.count > 1, let laws = Self.laws(budgets.map { ($0.compute, $0.bestScale, $0.bestLoss) }) else {
            throw InputError(
                .missing, source: "scaling fit", found: "found \(budgets.count) budgets",
                expected: "runs of two or more compute budgets",
                advice: "add runs; `isobath scaling plan` makes recipes")
        }
        (scale, loss) = laws
        tokens = PowerLaw(factor: 1 / scale.factor, exponent: 1 - scale.exponent)
        resampled = Self.resample(budgets, count: resamples, seed: seed)
        scaleExponent = Self.estimate(scale.exponent, resampled.map(\.scale.exponent))
        tokensExponent = Self.estimate(tokens.exponent, resampled.map { 1 - $0.scale.exponent })
    }

    // MARK: Parts

    /// Runs of nearly the same compute, by compute.
    private static func groups(_ points: [ScalingPoint]) -> [[ScalingPoint]] {
        var groups: [[ScalingPoint]] = []
        for point in points.sorted(by: { $0.compute < $1.compute }) {
            if let last = groups.last?.last, point.compute < last.compute * sameBudget {
                groups[groups.count - 1].append(point)
            } else {
                groups.append([point])
            }
        }
        return groups
    }

    private static func budget(_ points: [ScalingPoint]) throws -> Budget {
        let compute = exp(points.reduce(0) { $0 + log($1.compute) } / Double(points.count))
        func defect(_ found: String, _ expected: String) -> InputError {
            InputError(
                .invalidValue, source: "scaling fit", field: "budget \(String(format: "%.3g", compute))", found: found,
                expected: expected, advice: "add runs of smaller and larger models with this budget, or leave it out")
        }
        guard let parabola = LogParabola(fitting: points.map { ($0.scale, $0.loss) }) else {
            throw defect("found \(points.count) runs", "three or more models of different scale with finite losses")
        }
        guard let minimum = parabola.minimum else { throw defect("found losses without a minimum", "a smallest loss") }
        return Budget(
            compute: compute, points: points, parabola: parabola, bestScale: minimum.x, bestLoss: minimum.y)
    }

    private static func laws(
        _ minima: [(compute: Double, scale: Double, loss: Double)]
    ) -> (scale: PowerLaw, loss: PowerLaw)? {
        guard let scale = PowerLaw(fitting: minima.map { ($0.compute, $0.scale) }),
            let loss = PowerLaw(fitting: minima.map { ($0.compute, $0.loss) })
        else { return nil }
        return (scale, loss)
    }

    // MARK: Bootstrap

    /// The laws of parabolas with their residuals dealt out anew (Efron and Tibshirani, 1993, §9.4), widened by √(n/(n − 3)),
    /// because three numbers were fitted to n; those without a minimum are left out.
    private static func resample(
        _ budgets: [Budget], count: Int, seed: UInt64
    ) -> [(scale: PowerLaw, loss: PowerLaw)] {
        guard budgets.allSatisfy({ $0.points.count > 3 }) else { return [] }
        var random = RandomSource(seed: seed)
        return (0..<count).compactMap { _ in
            var minima: [(compute: Double, scale: Double, loss: Double)] = []
            for budget in budgets {
                guard let minimum = budget.resampled(&random) else { return nil }
                minima.append((budget.compute, minimum.x, minimum.y))
            }
            return laws(minima)
        }
    }

    private static func estimate(_ value: Double, _ samples: [Double]) -> Estimate {
        guard samples.count > 1 else { return Estimate(value: value, low: nil, high: nil) }
        let sorted = samples.sorted()
        let last = Double(sorted.count - 1)
        return Estimate(value: value, low: sorted[Int(0.025 * last)], high: sorted[Int((0.975 * last).rounded(.up))])
    }

    // MARK: Prediction

    /// The best model for a budget, by the laws.
    package struct Optimum: Sendable, Equatable, Encodable {
        package let compute: Double
        package let scale: Estimate
        package let tokens: Estimate
        package let loss: Estimate
    }

    package func optimum(compute: Double) -> Optimum {
        let scales = resampled.map { $0.scale(compute) }
        return Optimum(
            compute: compute, scale: Self.estimate(scale(compute), scales),
            tokens: Self.estimate(compute / scale(compute), scales.map { compute / $0 }),
            loss: Self.estimate(loss(compute), resampled.map { $0.loss(compute) }))
    }
}

extension ScalingFit.Budget {
    /// The minimum of a parabola through losses whose residuals were dealt out anew.
    fileprivate func resampled(_ random: inout RandomSource) -> (x: Double, y: Double)? {
        let count = Double(points.count)
        let wider = (count / (count - 3)).squareRoot()
        let residuals = points.map { wider * ($0.loss - parabola($0.scale)) }
        let losses = points.map { point in
            (x: point.scale, y: parabola(point.scale) + residuals[Int.random(in: residuals.indices, using: &random)])
        }
        return LogParabola(fitting: losses)?.minimum
    }
}
