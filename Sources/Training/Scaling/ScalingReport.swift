import Foundation
import Reports

/// What came out of a scaling study, to be read and to be computed with.
package struct ScalingReport: Encodable {
    private struct Budget: Encodable {
        let compute: Double
        let bestScale: Double
        let bestTokens: Double
        let bestLoss: Double
        let isInside: Bool
        let runs: [ScalingPoint]
    }

    private let budgets: [Budget]
    private let scale: PowerLaw
    private let tokens: PowerLaw
    private let loss: PowerLaw
    private let scaleExponent: ScalingFit.Estimate
    private let tokensExponent: ScalingFit.Estimate
    private let optimum: ScalingFit.Optimum

    package let document: Document

    private enum CodingKeys: String, CodingKey {
        case budgets, scale, tokens, loss, scaleExponent, tokensExponent, optimum
    }

    /// - Parameter compute: the budget to predict the best model of.
    package init(_ fit: ScalingFit, predicting compute: Double) {
        budgets = fit.budgets.map {
            Budget(
                compute: $0.compute, bestScale: $0.bestScale, bestTokens: $0.bestTokens, bestLoss: $0.bestLoss,
                isInside: $0.isInside, runs: $0.points)
        }
        (scale, tokens, loss) = (fit.scale, fit.tokens, fit.loss)
        (scaleExponent, tokensExponent) = (fit.scaleExponent, fit.tokensExponent)
        optimum = fit.optimum(compute: compute)
        document = Self.document(fit, optimum)
    }

    // MARK: Words

    private static func document(_ fit: ScalingFit, _ optimum: ScalingFit.Optimum) -> Document {
        var blocks: [Document.Block] = [
            .paragraph(
                "Of each compute budget C, a parabola in log M through the validation losses; power laws through the minima. M is "
                    + "the operations that a model does for a token that it learns from, D its tokens, C = M · D (DeepSeek LLM, "
                    + "arXiv 2401.02954, §3)."),
            .heading("Laws"), .table(laws(fit)), .heading("The best model of each budget"), .table(minima(fit)),
        ]
        if fit.budgets.contains(where: { !$0.isInside }) {
            blocks.append(
                .paragraph(
                    "A minimum that lies outside its runs is a guess: add runs on that side before you trust the laws.")
            )
        }
        if fit.scaleExponent.low == nil {
            blocks.append(.paragraph("Intervals need four or more runs of every budget."))
        }
        blocks += [
            .heading("Predicted optimum"), .table(prediction(optimum)), .plot(profiles(fit)),
            .plot(growth(fit, optimum)),
            .plot(losses(fit, optimum)), .heading("Runs"), .table(runs(fit)),
        ]
        return Document(title: "Scaling laws", blocks: blocks)
    }

    private static func number(_ value: Double) -> String { String(format: "%.4g", value) }

    private static func interval(_ estimate: ScalingFit.Estimate) -> String {
        guard let low = estimate.low, let high = estimate.high else { return "" }
        return "\(number(low)) – \(number(high))"
    }

    private static func laws(_ fit: ScalingFit) -> DocumentTable {
        let early = ("0.450", "0.550")
        return DocumentTable(
            ["law", "factor", "exponent", "95 of 100 resampled fits", "paper, last data", "paper, early data"],
            [
                [
                    "M_opt = factor · C^a", number(fit.scale.factor), number(fit.scaleExponent.value),
                    interval(fit.scaleExponent), "0.524", early.0,
                ],
                [
                    "D_opt = factor · C^b", number(fit.tokens.factor), number(fit.tokensExponent.value),
                    interval(fit.tokensExponent), "0.476", early.1,
                ],
                ["loss = factor · C^c", number(fit.loss.factor), number(fit.loss.exponent), "", "", ""],
            ], numeric: [1, 2, 3, 4, 5])
    }

    private static func minima(_ fit: ScalingFit) -> DocumentTable {
        DocumentTable(
            ["C", "runs", "M", "D", "loss", "among the runs"],
            fit.budgets.map {
                [
                    number($0.compute), "\($0.points.count)", number($0.bestScale), number($0.bestTokens),
                    number($0.bestLoss), $0.isInside ? "yes" : "no",
                ]
            }, numeric: [0, 1, 2, 3, 4])
    }

    private static func prediction(_ optimum: ScalingFit.Optimum) -> DocumentTable {
        let rows: [(String, ScalingFit.Estimate)] = [
            ("M", optimum.scale), ("D", optimum.tokens), ("loss", optimum.loss),
        ]
        let published = [
            ["learning rate, by the paper", number(PublishedLaw.rate(optimum.compute)), ""],
            ["tokens of a batch, by the paper", number(PublishedLaw.batch(optimum.compute)), ""],
        ]
        return DocumentTable(
            ["for C = \(number(optimum.compute))", "value", "95 of 100 resampled fits"],
            rows.map { [$0.0, number($0.1.value), interval($0.1)] } + published, numeric: [1, 2])
    }

    private static func runs(_ fit: ScalingFit) -> DocumentTable {
        DocumentTable(
            ["run", "C", "M", "D", "loss"],
            fit.budgets.flatMap(\.points).map {
                [$0.name, number($0.compute), number($0.scale), number($0.tokens), number($0.loss)]
            }, numeric: [1, 2, 3, 4])
    }

    // MARK: Pictures

    private static func profiles(_ fit: ScalingFit) -> Plot {
        let series = fit.budgets.flatMap { budget -> [Plot.Series] in
            let name = "C = \(number(budget.compute))"
            let points = budget.points.sorted { $0.scale < $1.scale }
            let (low, high) = (points.first?.scale ?? 1, points.last?.scale ?? 1)
            let curve = (0...40).map { step in
                let x = low * pow(high / low, Double(step) / 40)
                return Plot.Point(x: x, y: budget.parabola(x))
            }
            return [
                Plot.Series(name, points.map { Plot.Point(x: $0.scale, y: $0.loss) }),
                Plot.Series(name + ", fitted", curve, isLine: true),
            ]
        }
        return Plot(
            title: "Validation loss by model scale", x: .init("M, operations a token", .logarithmic),
            y: .init("nats a token"), series: series)
    }

    private static func growth(_ fit: ScalingFit, _ optimum: ScalingFit.Optimum) -> Plot {
        Plot(
            title: "The best scale by compute", x: .init("C, operations", .logarithmic),
            y: .init("M, operations a token", .logarithmic),
            series: [
                Plot.Series("minima", fit.budgets.map { Plot.Point(x: $0.compute, y: $0.bestScale) }),
                line("fitted", fit, optimum) { fit.scale($0) },
                line("paper", fit, optimum) { PublishedLaw.scale($0) },
            ])
    }

    private static func losses(_ fit: ScalingFit, _ optimum: ScalingFit.Optimum) -> Plot {
        Plot(
            title: "The least loss by compute", x: .init("C, operations", .logarithmic),
            y: .init("nats a token", .logarithmic),
            series: [
                Plot.Series("minima", fit.budgets.map { Plot.Point(x: $0.compute, y: $0.bestLoss) }),
                line("fitted", fit, optimum) { fit.loss($0) },
            ])
    }

    /// From the smallest budget to the largest, the predicted one included.
    private static func line(
        _ name: String, _ fit: ScalingFit, _ optimum: ScalingFit.Optimum, _ y: (Double) -> Double
    ) -> Plot.Series {
        let all = fit.budgets.map(\.compute) + [optimum.compute]
        let ends = [all.min() ?? 1, all.max() ?? 1]
        return Plot.Series(name, ends.map { Plot.Point(x: $0, y: y($0)) }, isLine: true)
    }
}
