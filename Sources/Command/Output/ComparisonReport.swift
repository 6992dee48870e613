import Evaluation
import Foundation
import Reports

/// What `isobath compare` prints.
struct ComparisonReport {
    let first: String
    let second: String
    let report: LayerComparison.Report
    let weights: WeightComparison?

    /// Tensors that are told one by one.
    private static let worstCount = 10

    func print(asJSON: Bool) throws {
        if asJSON { return try StandardOutput.json(JSON(self), pretty: true) }
        let sections =
            [summary, layers, Format.table(predictionRows)] + (weights.map { [modules($0), worst($0)] } ?? [])
        try StandardOutput.line(sections.filter { !$0.isEmpty }.joined(separator: "\n\n"))
    }

    // MARK: Text

    private var summary: String {
        "\(second) compared with \(first), over \(report.tokens) tokens: ‖a − b‖ / ‖a‖, the mean over tokens"
    }

    private var layers: String {
        let rows = layerRows
        return Format.table(rows, rightAligned: Set(1..<(rows.first?.count ?? 1)))
    }

    /// A row for each layer, below the columns' names and the embedding.
    var layerRows: [[String]] {
        let hasExperts = report.layers.contains { $0.injected.sameExperts != nil }
        var head = [
            "layer", "state", "cosine", "attention", "feed-forward", "alone: state", "attention", "feed-forward",
        ]
        if hasExperts { head += ["same experts", "alone"] }
        let rows = report.layers.map { layer in
            let (own, alone) = (layer.accumulated, layer.injected)
            var row = [String(layer.layer), error(own.state), String(format: "%.6f", own.state.cosine)]
            row += [own.attention, own.feedForward, alone.state, alone.attention, alone.feedForward].map(error)
            if hasExperts { row += [share(own.sameExperts), share(alone.sameExperts)] }
            return row
        }
        let embedding = ["embedding", error(report.embedding), String(format: "%.6f", report.embedding.cosine)]
        return [head, embedding] + rows
    }

    private func error(_ difference: RowDifference) -> String { String(format: "%.2e", difference.relativeError) }

    private func share(_ share: Double?) -> String { share.map { String(format: "%.2f %%", 100 * $0) } ?? "" }

    /// Names and figures of how the predictions differ.
    var predictionRows: [[String]] {
        let logits = report.logits
        return [
            ["divergence of the predictions, mean", String(format: "%.6f", logits.divergence)],
            ["largest divergence", String(format: "%.6f", logits.largestDivergence)],
            ["same likeliest token", String(format: "%.2f %%", 100 * logits.agreement)],
            ["difference of logits, root mean square", String(format: "%.6f", logits.rootMeanSquare)],
            ["largest difference of a logit", String(format: "%.6f", logits.largest)],
        ]
    }

    /// A row for each kind of tensor, below the columns' names.
    func moduleRows(_ weights: WeightComparison) -> [[String]] {
        let rows = weights.modules.map {
            [
                $0.name, String($0.tensors), $0.otherTypes.joined(separator: ", "),
                String(format: "%.2e", $0.relativeError),
            ]
        }
        return [["tensors", "count", "types", "relative error"]] + rows
    }

    private func modules(_ weights: WeightComparison) -> String {
        let table = Format.table(moduleRows(weights), rightAligned: [1, 3])
        guard !weights.unpaired.isEmpty else { return table }
        return table + "\nOnly one of both has \(weights.unpaired.count): "
            + weights.unpaired.prefix(3).joined(separator: ", ") + (weights.unpaired.count > 3 ? ", …" : "")
    }

    /// A row for each of the worst tensors, below the columns' names.
    func worstRows(_ weights: WeightComparison) -> [[String]] {
        let rows = weights.worst(ComparisonReport.worstCount).map {
            [$0.name, $0.type, $0.otherType, String(format: "%.2e", $0.relativeError)]
        }
        return [["worst tensors", "a", "b", "relative error"]] + rows
    }

    private func worst(_ weights: WeightComparison) -> String {
        let rows = worstRows(weights)
        return rows.count == 1 ? "All weights are equal." : Format.table(rows, rightAligned: [3])
    }

    // MARK: JSON

    private struct JSON: Encodable {
        let a: String
        let b: String
        let tokens: Int
        let embedding: RowDifference
        let layers: [LayerDifference]
        let logits: LogitDifference
        let weights: Weights?

        struct Weights: Encodable {
            let modules: [ModuleDifference]
            let tensors: [Tensor]
            let unpaired: [String]
        }

        struct Tensor: Encodable {
            let name: String
            let a: String
            let b: String
            let relativeError: Double
        }

        init(_ output: ComparisonReport) {
            (a, b) = (output.first, output.second)
            let report = output.report
            (tokens, embedding, layers, logits) = (report.tokens, report.embedding, report.layers, report.logits)
            weights = output.weights.map { weights in
                Weights(
                    modules: weights.modules,
                    tensors: weights.tensors.map {
                        Tensor(name: $0.name, a: $0.type, b: $0.otherType, relativeError: $0.relativeError)
                    }, unpaired: weights.unpaired)
            }
        }
    }
}
