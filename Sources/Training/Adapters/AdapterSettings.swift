import Checkpoints
import Files
import Models
import Tensors

/// Which matrices of a model get low-rank pairs, and of what rank: the section `adapter` of a recipe.
///
/// Hu et al. (arXiv 2106.09685).
package struct AdapterSettings: Sendable, Equatable {
    /// r.
    package var rank = 8
    /// α: what the pairs' product is multiplied with is α/r, or α/√r.
    package var alpha = 16.0
    /// The last parts of modules' names ("q_proj"), whole names, names with `*` for any text ("*.mlp.*"), or `all-linear`: all
    /// matrices of the layers but routers. Names are Hugging Face's, whatever container the model is in.
    package var targets = ["all-linear"]
    /// Whether the scale is α/√r; Kalajdzievski (arXiv 2312.03732).
    package var rankStabilized = false
    /// The share of what goes into a pair that is left out at random while it is trained, PEFT's `lora_dropout`; never in
    /// evaluation.
    package var dropout = 0.0

    package init() {}

    /// Reads `rank`, `alpha`, `targets`, `rankStabilized` and `dropout`.
    /// - Throws: `InputError` for values that cannot be.
    package init(_ section: RecipeSection) throws {
        rank = try section.integer("rank", in: 1...AdapterConfiguration.mostRank, default: rank)
        alpha = try section.number("alpha", in: 1e-6...1e6, default: alpha)
        targets = try section.texts("targets", default: targets)
        rankStabilized = try section.boolean("rankStabilized", default: rankStabilized)
        dropout = try section.number("dropout", in: 0...0.99, default: dropout)
        if targets.isEmpty { throw section.invalid("targets", "found no names", "names of linear layers") }
    }

    /// What leaves values out in a step; `nil` if nothing does.
    /// - Parameter key: another one in each step.
    func dropout(key: UInt64) -> Dropout? { dropout > 0 ? Dropout(rate: dropout, key: key) : nil }

    /// Those of `modules` that are meant, in their order.
    /// - Parameter layerCount: layers from there on predict further tokens, and are meant only if they are named.
    /// - Throws: `InputError` naming the first target that there is no module for.
    func modules(among modules: [AdapterModule], layerCount: Int, source: String) throws -> [AdapterModule] {
        for target in targets where !modules.contains(where: { Self.means(target, $0, layerCount) }) {
            let kinds = Set(modules.map(\.kind)).sorted().joined(separator: ", ")
            throw InputError(
                .invalidValue, source: source, field: "adapter.targets",
                found: "found “\(printable(target, limit: 80))”",
                expected: "all-linear, or names of linear layers like \(kinds)", advice: "correct the recipe")
        }
        return modules.filter { module in targets.contains { Self.means($0, module, layerCount) } }
    }

    private static func means(_ target: String, _ module: AdapterModule, _ layerCount: Int) -> Bool {
        if target == "all-linear" {
            return module.role != .router && module.role != .head && (module.layer ?? layerCount) < layerCount
        }
        return module.name == target || module.name.hasSuffix("." + target)
            || target.contains("*") && matches(Array(module.name.utf8), Array(target.utf8))
    }

    /// Whether `*`, as any text, makes `pattern` the whole of `text`. O(text · pattern).
    private static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var reached = Set([0])
        for byte in pattern {
            if byte == UInt8(ascii: "*") {
                reached = reached.min().map { Set($0...text.count) } ?? []
            } else {
                reached = Set(reached.filter { $0 < text.count && text[$0] == byte }.map { $0 + 1 })
            }
        }
        return reached.contains(text.count)
    }
}
