import Isobath
import Quantization

/// What an importance matrix knows, and how many tokens each expert saw.
struct ImportanceReport {
    private let matrix: ImportanceMatrix

    init(_ matrix: ImportanceMatrix) { self.matrix = matrix }

    /// - Parameter path: the file that was written; `nil` if none was.
    func print(to path: String?, asJSON: Bool) throws {
        let layers = layers
        if asJSON { return try StandardOutput.json(JSON(matrix, layers, path), pretty: true) }
        let file = path.map { ", in \($0)" } ?? ""
        try StandardOutput.line(
            "importance for \(matrix.count) tensors, from \(matrix.chunkCount) pieces of \(matrix.chunkLength) tokens"
                + file)
        guard !layers.isEmpty else { return }
        try StandardOutput.line("\n" + table(layers))
        let unseen = layers.reduce(0) { $0 + $1.unseen.count }
        if unseen > 0 {
            StandardOutput.remark(
                "\(unseen) experts saw no token; their columns will count alike. A longer or more varied text reaches more."
            )
        }
    }

    /// A layer's experts, by the tokens that were sent to them.
    private struct Layer: Encodable {
        let tensor: String
        let tokens: [Int]

        var unseen: [Int] { tokens.indices.filter { tokens[$0] == 0 } }
    }

    /// One tensor stands for a layer: its others saw the same tokens.
    private var layers: [Layer] {
        let mixtures = matrix.entries.filter { $0.value.counts.count > 1 }
        var found: [String: (name: String, tokens: [Int])] = [:]
        for (name, entry) in mixtures {
            let prefix = name.split(separator: ".").prefix(2).joined(separator: ".")
            if let known = found[prefix], known.name < name { continue }
            found[prefix] = (name, entry.counts.map { Int($0) })
        }
        return found.values.map { Layer(tensor: $0.name, tokens: $0.tokens) }
            .sorted { $0.tensor.localizedStandardCompare($1.tensor) == .orderedAscending }
    }

    private func table(_ layers: [Layer]) -> String {
        let rows = layers.map { layer in
            let sorted = layer.tokens.sorted()
            return [
                layer.tensor, "\(layer.tokens.count)", "\(layer.unseen.count)", Format.count(sorted[0]),
                Format.count(sorted[sorted.count / 2]), Format.count(sorted[sorted.count - 1]),
            ]
        }
        return Format.table(
            [["tensor", "experts", "never seen", "least tokens", "median", "most"]] + rows,
            rightAligned: [1, 2, 3, 4, 5])
    }

    private struct JSON: Encodable {
        let output: String?
        let tensors: Int
        let chunks: Int
        let chunkLength: Int
        let datasets: [String]
        let experts: [Layer]

        init(_ matrix: ImportanceMatrix, _ layers: [Layer], _ path: String?) {
            (output, tensors, chunks, chunkLength) = (path, matrix.count, matrix.chunkCount, matrix.chunkLength)
            (datasets, experts) = (matrix.datasets, layers)
        }
    }
}
