import Isobath

/// What `isobath adapter inspect` prints.
struct AdapterReport: Encodable {
    /// All layers whose names differ in numbers only.
    struct Kind: Encodable {
        let name: String
        let count: Int
        let ranks: [Int]
        let parameters: Int
    }

    let path: String
    let baseModel: String?
    let rank: Int
    let alpha: Double
    let rankStabilized: Bool
    let pairs: Int
    let parameters: Int
    let kinds: [Kind]

    init(_ path: String) throws {
        let folder = try StoredAdapter(path: path)
        self.path = folder.path
        baseModel = folder.configuration.baseModel
        (rank, alpha) = (folder.configuration.rank, folder.configuration.alpha)
        rankStabilized = folder.configuration.isRankStabilized
        pairs = folder.pairs.count
        parameters = folder.pairs.reduce(0) { $0 + AdapterReport.count($1) }
        let grouped = Dictionary(grouping: folder.pairs) { moduleName(ofTensor: $0.name) }
        kinds = grouped.sorted { $0.key < $1.key }.map { name, pairs in
            Kind(
                name: name, count: pairs.count, ranks: Set(pairs.map { $0.a.tensor.shape.rows }).sorted(),
                parameters: pairs.reduce(0) { $0 + AdapterReport.count($1) })
        }
    }

    private static func count(_ pair: StoredAdapter.Pair) -> Int {
        pair.a.tensor.shape.count + pair.b.tensor.shape.count
    }

    var lines: [String] {
        let scale = rankStabilized ? "alpha / √rank" : "alpha / rank"
        let head = [
            "LoRA, rank \(rank), alpha \(alpha), scale \(scale)", "base model: \(baseModel ?? "not named")",
            "\(pairs) pairs, \(parameters) values",
        ]
        return head
            + kinds.map { "  \($0.name): \($0.count) of rank \($0.ranks.map(String.init).joined(separator: ", "))" }
    }
}
