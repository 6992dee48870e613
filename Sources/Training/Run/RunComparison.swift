import Files
import Foundation
import Reports

/// Runs side by side: what came out, what was set differently, and curves.
package struct RunComparison: Sendable {
    package let runs: [RecordedRun]
    package let curves: [RunCurve]

    /// - Precondition: at least one run.
    package init(_ runs: [RecordedRun]) {
        precondition(!runs.isEmpty)
        self.runs = runs.withOwnNames
        curves = RunCurve.all(of: runs)
    }

    /// The report as people read it.
    package var document: Document {
        var document = Document(title: runs.count == 1 ? "Run \(runs[0].name)" : "\(runs.count) runs")
        document.blocks = [.table(results)]
        if runs.count > 1 {
            let table = differences
            document.blocks.append(.heading("Settings that differ"))
            document.blocks.append(table.rows.isEmpty ? .paragraph("None.") : .table(table))
        }
        document.blocks.append(.heading("Curves"))
        document.blocks += curves.map { .plot($0.plot(runs)) }
        let maps = runs.compactMap(\.loadMap)
        if !maps.isEmpty {
            document.blocks += [.heading("Load of experts"), .paragraph(Self.aboutLoad)] + maps.map { .heatMap($0) }
        }
        document.blocks += [.heading("All settings"), .table(settings)]
        return document
    }

    private static let aboutLoad =
        "How often each expert was chosen, as a multiple of what each would be if all were chosen alike; a row for each "
        + "expert, the mean of neighbouring steps. Layers after the last one are prediction layers."

    // MARK: Tables

    private var results: DocumentTable {
        let columns = [
            "run", "steps", "tokens", "loss at the end", "best validation", "tokens a second", "share of peak",
        ]
        // Of runs that learn from rewards the loss says nothing.
        let isRewarded = runs.contains { $0.finalReward != nil }
        return DocumentTable(
            columns + (isRewarded ? ["reward at first", "reward at the end"] : []),
            runs.map { run in
                let rewards = isRewarded ? [Self.number(run.firstReward), Self.number(run.finalReward)] : []
                return figures(of: run) + rewards
            }, numeric: Set(1...8))
    }

    private func figures(of run: RecordedRun) -> [String] {
        [
            run.name, "\(run.metrics.last?.step ?? 0)", Format.count(run.metrics.last?.tokens ?? 0),
            Self.number(run.finalLoss), Self.number(run.bestValidation), Self.number(run.median { $0.tokensPerSecond }),
            run.median { $0.peakShare }.map { "\(Format.decimal(100 * $0)) %" } ?? "–",
        ]
    }

    private static func number(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "–" }

    /// The settings that not all runs have alike.
    package var differences: DocumentTable { table { Set($0).count > 1 } }

    private var settings: DocumentTable { table { _ in true } }

    private func table(_ isShown: ([String]) -> Bool) -> DocumentTable {
        var paths: [String] = []
        for path in runs.flatMap({ $0.settings.map(\.path) }) where !paths.contains(path) { paths.append(path) }
        let values = runs.map { run in
            Dictionary(run.settings.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        let rows = paths.map { path in [path] + values.map { $0[path] ?? "–" } }
        return DocumentTable(["setting"] + runs.map(\.name), rows.filter { isShown(Array($0.dropFirst())) })
    }
}

extension RunComparison: Encodable {
    private struct Run: Encodable {
        let name: String
        let folder: String
        let steps: Int
        let tokens: Int
        let finalLoss: Double?
        let bestValidationLoss: Double?
        let firstReward: Double?
        let finalReward: Double?
        let tokensPerSecond: Double?
        let peakShare: Double?
        let settings: [String: String]
    }

    /// One object a run.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(
            runs.map { run in
                Run(
                    name: run.name, folder: run.path, steps: run.metrics.last?.step ?? 0,
                    tokens: run.metrics.last?.tokens ?? 0, finalLoss: run.finalLoss,
                    bestValidationLoss: run.bestValidation, firstReward: run.firstReward,
                    finalReward: run.finalReward, tokensPerSecond: run.median { $0.tokensPerSecond },
                    peakShare: run.median { $0.peakShare },
                    settings: Dictionary(
                        run.settings.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first }))
            })
    }
}

extension RecordedRun {
    /// The mean over the last twentieth of the steps, as a single one says little.
    package var finalLoss: Double? { mean(metrics.suffix(max(metrics.count / 20, 1)).map(\.loss)) }

    /// The mean reward of the first tenth of the steps; `nil` without rewards.
    package var firstReward: Double? { mean(metrics.prefix(max(metrics.count / 10, 1)).compactMap { $0["reward"] }) }

    /// The mean reward of the last tenth of the steps; `nil` without rewards.
    package var finalReward: Double? { mean(metrics.suffix(max(metrics.count / 10, 1)).compactMap { $0["reward"] }) }

    private func mean(_ values: [Double]) -> Double? {
        let finite = values.filter(\.isFinite)
        return finite.isEmpty ? nil : finite.reduce(0, +) / Double(finite.count)
    }

    package var bestValidation: Double? { metrics.compactMap { $0["validationLoss"] }.filter(\.isFinite).min() }

    func median(_ value: (StepMetrics) -> Double?) -> Double? {
        let values = metrics.compactMap(value).filter(\.isFinite).sorted()
        return values.isEmpty ? nil : values[values.count / 2]
    }

    private static var mostColumns: Int { 96 }

    /// How tokens were spread over experts; `nil` without mixtures.
    package var loadMap: HeatMap? {
        let steps = metrics.filter { !$0.experts.isEmpty }
        guard let layers = steps.last?.experts.map({ ($0.layer, $0.counts.count) }), !layers.isEmpty else { return nil }
        let size = (steps.count + Self.mostColumns - 1) / Self.mostColumns
        let parts = stride(from: 0, to: steps.count, by: size).map { Array(steps[$0..<min($0 + size, steps.count)]) }
        let groups = layers.map { layer, experts in
            let shares = parts.map { Self.shares($0, layer: layer, experts: experts) }
            return HeatMap.Group("layer \(layer)", (0..<experts).map { expert in shares.map { $0[expert] } })
        }
        return HeatMap(
            title: name, columnTitle: "step", columns: parts.map { Double($0.last?.step ?? 0) }, groups: groups)
    }

    /// Of each expert, as a multiple of the mean.
    private static func shares(_ steps: [StepMetrics], layer: Int, experts: Int) -> [Double] {
        var sums = [Double](repeating: 0, count: experts)
        for load in steps.flatMap(\.experts) where load.layer == layer && load.counts.count == experts {
            for (expert, count) in load.counts.enumerated() { sums[expert] += Double(count) }
        }
        let mean = sums.reduce(0, +) / Double(max(experts, 1))
        return sums.map { mean > 0 ? $0 / mean : .nan }
    }
}
