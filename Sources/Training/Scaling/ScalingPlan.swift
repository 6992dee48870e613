import Files
import Foundation
import Yams

/// Recipes for a grid of runs: several models for each compute budget, each with as many tokens as the budget leaves it.
///
/// Batch size and learning rate are those that DeepSeek LLM (arXiv 2401.02954) §3.1 found for a budget, the schedule is its
/// multi-step one, and models lie around the scale that §3.2 found best, in equal steps of log M.
package struct ScalingPlan: Sendable {
    package struct Settings: Sendable, Equatable {
        /// C of each row of the grid, in operations.
        package var budgets: [Double]
        /// Models for each budget.
        package var models = 5
        /// How many times smaller, and larger, than the best the outermost models are.
        package var spread = 4.0

        package init(budgets: [Double]) { self.budgets = budgets }
    }

    /// One run.
    package struct Run: Sendable {
        package let name: String
        package let compute: Double
        package let shape: ScaledShape
        package let steps: Int
        package let sequences: Int
        package let rate: Double
        /// The recipe.
        package let yaml: String

        package var tokens: Double { compute / shape.scale.operationsPerToken }
    }

    package let runs: [Run]

    /// - Parameters:
    ///   - recipe: the YAML text of a recipe, of which model, batch, rate, steps and name are changed; the shape of its model is
    ///     scaled.
    ///   - source: the recipe's path.
    /// - Throws: `InputError` if the recipe has no model of its own, or budgets are too small for a step.
    package init(_ settings: Settings, recipe: String, source: String) throws {
        let template = try RecipeTemplate(recipe, source: source)
        var runs: [Run] = []
        for compute in settings.budgets.sorted() {
            var seen: Set<Double> = []
            for target in Self.targets(settings, compute) {
                let shape = try ScaledShape.nearest(
                    template.model, operationsPerToken: target, sequenceLength: template.length, source: source)
                // Small models are few: two targets may have the same nearest one.
                guard seen.insert(shape.scale.operationsPerToken).inserted else { continue }
                runs.append(try Self.run(compute, shape, template))
            }
        }
        self.runs = runs
    }

    private static func targets(_ settings: Settings, _ compute: Double) -> [Double] {
        let best = PublishedLaw.scale(compute)
        guard settings.models > 1 else { return [best] }
        return (0..<settings.models).map { index in
            best * pow(settings.spread, 2 * Double(index) / Double(settings.models - 1) - 1)
        }
    }

    private static func run(_ compute: Double, _ shape: ScaledShape, _ template: RecipeTemplate) throws -> Run {
        let tokens = compute / shape.scale.operationsPerToken
        let length = Double(template.length)
        // At least some steps: without them there is nothing to schedule.
        let most = max(tokens / (leastSteps * length), 1)
        let sequences = Int(min(max((PublishedLaw.batch(compute) / length).rounded(), 1), most))
        let steps = Int((tokens / (Double(sequences) * length)).rounded())
        guard Double(steps) >= leastSteps / 2 else {
            throw InputError(
                .invalidValue, source: template.source, field: "budget \(String(format: "%.3g", compute))",
                found:
                    "found that it is \(steps) steps for a model of \(shape.scale.operationsPerToken) operations a token",
                expected: "\(Int(leastSteps / 2)) steps or more",
                advice: "give larger budgets, shorter sequences, or a smaller spread")
        }
        let name = String(format: "c%.3g-m%.3g", compute, shape.scale.operationsPerToken)
            .replacing("+", with: "")
        let rate = PublishedLaw.rate(compute)
        let changes: [(String, String)] = [
            ("name", name), ("steps", "\(steps)"), ("batch.sequences", "\(sequences)"),
            ("batch.sequencesAtOnce", "\(min(template.sequencesAtOnce ?? sequences, sequences))"),
            ("rate.top", String(format: "%.4g", rate)), ("rate.rule", "multiStep"),
            ("rate.warmUpSteps", "\(min(steps / 20, 2000))"),
        ]
        return Run(
            name: name, compute: compute, shape: shape, steps: steps, sequences: sequences, rate: rate,
            yaml: try template.yaml(model: shape.fields, changes))
    }

    private static let leastSteps = 100.0

    /// A line for the shell that carries out all runs, one after another, and then fits.
    /// - Parameter folder: where the recipes lie.
    package func shellLine(folder: String) -> String {
        let quoted = "'" + folder.replacing("'", with: "'\\''") + "'"
        return "for recipe in \(quoted)/*.yaml; do isobath train \"$recipe\" -o "
            + "\(quoted)/runs/\"$(basename \"$recipe\" .yaml)\" || break; done; isobath scaling fit \(quoted)/runs/*"
    }
}

/// A recipe whose fields are changed one by one, all others staying as they are.
struct RecipeTemplate {
    let source: String
    /// The fields of its model's `config.json`.
    let model: JSONObject
    /// Tokens of a sequence.
    let length: Int
    let sequencesAtOnce: Int?
    private let root: Node.Mapping

    /// - Throws: `InputError` if the text is no recipe with the configuration of a model and a length of sequences.
    init(_ text: String, source: String) throws {
        func defect(_ field: String, _ found: String, _ expected: String) -> InputError {
            InputError(
                .invalidValue, source: source, field: field, found: found, expected: expected,
                advice: "correct the recipe; docs/training.md lists its fields")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            throw defect("", "found no YAML: \(printable("\(error)", limit: 200))", "a recipe")
        }
        guard let root = node?.mapping else { throw defect("", "found no fields", "a recipe") }
        self.root = root
        self.source = source
        sequencesAtOnce = root["batch"]?.mapping?["sequencesAtOnce"]?.int
        guard let length = root["data"]?.mapping?["sequence"]?.int, length > 0 else {
            throw defect("data.sequence", "found none", "the tokens of a sequence")
        }
        self.length = length
        switch root["model"]?.mapping?["configuration"] {
        case .some(let node) where node.mapping != nil:
            guard let fields = node.jsonFields else {
                throw defect(
                    "model.configuration", "found a field that is no number, text, list or fields", "a config.json")
            }
            model = fields
        case .some(let node):
            guard let path = node.scalar?.string, let fields = try JSONParser.parse(MappedFile(path: path)).object
            else {
                throw defect("model.configuration", "found no fields", "those of a config.json, or its path")
            }
            model = fields
        case nil: throw defect("model.configuration", "found none", "the fields of a config.json, or its path")
        }
    }

    /// The recipe with another model, and other values at paths like "rate.top".
    func yaml(model: JSONObject, _ changes: [(path: String, value: String)]) throws -> String {
        var node = Node.mapping(root)
        // JSON is YAML.
        guard let fields = try Yams.compose(yaml: JSONValue.object(model).text) else { return "" }
        node.set(["model", "configuration"], to: fields)
        for (path, value) in changes { node.set(path.split(separator: ".").map(String.init)[...], to: Node(value)) }
        return try Yams.serialize(node: node)
    }
}

extension Node {
    fileprivate mutating func set(_ path: ArraySlice<String>, to value: Node) {
        guard let key = path.first else {
            self = value
            return
        }
        var fields = mapping ?? Node.Mapping([])
        var inner = fields[Node(key)] ?? Node.mapping(Node.Mapping([]))
        inner.set(path.dropFirst(), to: value)
        fields[Node(key)] = inner
        self = .mapping(fields)
    }

    fileprivate var jsonFields: JSONObject? { jsonForm?.object }

    /// The same as JSON; `nil` if something in it has no counterpart there.
    private var jsonForm: JSONValue? {
        if let mapping {
            let members = mapping.compactMap { key, value -> (key: String, value: JSONValue)? in
                guard let key = key.string, let value = value.jsonForm else { return nil }
                return (key, value)
            }
            return members.count == mapping.count ? .object(JSONObject(members)) : nil
        }
        if let sequence {
            let values = sequence.compactMap(\.jsonForm)
            return values.count == sequence.count ? .array(values) : nil
        }
        guard let scalar else { return nil }
        if scalar.style != .plain, scalar.style != .any { return .string(scalar.string) }
        if ["", "~", "null"].contains(scalar.string) { return .null }
        if let truth = bool, ["true", "false"].contains(scalar.string) { return .boolean(truth) }
        if let whole = int { return .integer(whole) }
        return float.map { .number("\($0)") } ?? .string(scalar.string)
    }
}
