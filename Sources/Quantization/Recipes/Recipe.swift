import Files
import Foundation
import Tensors
import Yams

/// Which type each tensor of a model is quantized to: an ordered list of rules, kept as a YAML file.
///
///     name: Q4_K_M
///     about: Four bits, six where they count most.
///     number: 15                    # general.file_type
///     type: q4_k                    # for all that no rule names
///     rules:                        # the first that fits decides
///       - tensors: output.weight
///         type: q6_k
///         because: every logit comes from it
///       - tensors: [blk.*.attn_v.weight, blk.*.ffn_down*.weight]
///         if: layer < layers / 8 or layer >= 7 * layers / 8
///         type: q6_k
package struct Recipe: Sendable {
    package let name: String
    /// What it is for, one sentence.
    package let about: String
    /// The value of `general.file_type` (llama.cpp's `llama_ftype`).
    package let number: Int
    /// The type of tensors that no rule names.
    package let type: ElementType
    private(set) var rules: [Rule]

    /// Tensors, a condition, and the type that they get.
    struct Rule: Sendable {
        /// Names of tensors in GGUF.
        let patterns: [NamePattern]
        let condition: Condition?
        let type: ElementType
        let because: String?
    }

    /// A recipe from the bytes of a YAML file.
    /// - Throws: `InputError` naming the field that is missing, of the wrong kind or not known.
    package init(yaml: String, source: String) throws {
        let reader = try RecipeReader(yaml: yaml, source: source)
        name = try reader.text("name")
        about = try reader.text("about")
        number = try reader.number("number")
        type = try reader.type("type")
        rules = try reader.rules()
    }

    /// The recipe with rules of `overrides` before its own.
    package func overridden(by overrides: [TypeOverride]) -> Recipe {
        var recipe = self
        recipe.rules = overrides.map(\.rule) + rules
        return recipe
    }

    /// Without its rules: one type for everything that can be quantized.
    package var pure: Recipe {
        var recipe = self
        recipe.rules = []
        return recipe
    }
}

/// A type for the tensors whose names fit a pattern, written `PATTERN=TYPE`.
package struct TypeOverride: Sendable {
    let rule: Recipe.Rule

    /// - Throws: `InputError` if there is no `=`, nothing before it, or no such type behind it.
    package init(_ text: String) throws {
        guard let equals = text.lastIndex(of: "="), equals != text.startIndex else {
            throw InputError(
                .invalidValue, source: "--tensor-type", found: "found \"\(printable(text, limit: 80))\"",
                expected: "PATTERN=TYPE", advice: "write it like 'blk.*.ffn_down*.weight=q6_k'")
        }
        rule = Recipe.Rule(
            patterns: [NamePattern(String(text[..<equals]))], condition: nil,
            type: try ElementType(quantizing: String(text[text.index(after: equals)...]), source: "--tensor-type"),
            because: "asked for")
    }

    /// `type` for the tensors called `name`.
    package init(_ name: String, type: ElementType) {
        rule = Recipe.Rule(patterns: [NamePattern(name)], condition: nil, type: type, because: "asked for")
    }
}

extension ElementType {
    /// The type called `name`, in any case, that tensors can be quantized to.
    /// - Throws: `InputError` listing the names.
    package init(quantizing name: String, source: String, field: String? = nil) throws {
        let found = ElementType.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
        guard let found, found.isEncodable else {
            let names = ElementType.allCases.filter(\.isEncodable).map { $0.rawValue.lowercased() }
            throw InputError(
                .invalidValue, source: source, field: field, found: "found \"\(printable(name, limit: 60))\"",
                expected: "one of \(names.joined(separator: ", "))", advice: "choose one of these")
        }
        self = found
    }
}

/// Reads the fields of a recipe.
private struct RecipeReader {
    let source: String
    private let fields: Node.Mapping

    private static let known: Set<String> = ["name", "about", "number", "type", "rules"]
    private static let knownOfRules: Set<String> = ["tensors", "if", "type", "because"]
    private static let mostBytes = 1 << 20

    init(yaml: String, source: String) throws {
        self.source = source
        let node: Node?
        do {
            guard yaml.utf8.count <= RecipeReader.mostBytes else { throw RecipeReader.tooLarge(source) }
            node = try Yams.compose(yaml: yaml)
        } catch let error as InputError {
            throw error
        } catch {
            throw InputError(
                .invalidValue, source: source, found: "found no YAML: \(printable("\(error)", limit: 200))",
                expected: "a recipe", advice: "see docs/quantization.md for how to write one")
        }
        guard let mapping = node?.mapping else {
            throw RecipeReader.defect(source, nil, "found no fields", "the fields name, about, number, type and rules")
        }
        fields = mapping
        try check(mapping, RecipeReader.known, "")
    }

    func text(_ key: String) throws -> String {
        guard let text = fields[key]?.string, !text.isEmpty else {
            throw RecipeReader.defect(source, key, "found no text", "a text")
        }
        return text
    }

    func number(_ key: String) throws -> Int {
        guard let number = fields[key]?.int, (0...65_535).contains(number) else {
            throw RecipeReader.defect(source, key, "found no such number", "a whole number from 0 to 65,535")
        }
        return number
    }

    func type(_ key: String) throws -> ElementType {
        try ElementType(quantizing: try text(key), source: source, field: key)
    }

    func rules() throws -> [Recipe.Rule] {
        guard let list = fields["rules"] else { return [] }
        guard let sequence = list.sequence else {
            throw RecipeReader.defect(source, "rules", "found no list", "a list of rules")
        }
        return try sequence.enumerated().map { try rule($1, "rules[\($0)]") }
    }

    private func rule(_ node: Node, _ field: String) throws -> Recipe.Rule {
        guard let mapping = node.mapping else {
            throw RecipeReader.defect(source, field, "found no fields", "tensors and a type")
        }
        try check(mapping, RecipeReader.knownOfRules, field + ".")
        let patterns =
            mapping["tensors"]?.sequence.map { $0.compactMap(\.string) } ?? mapping["tensors"]?.string.map { [$0] }
        guard let patterns, !patterns.isEmpty, patterns.allSatisfy({ !$0.isEmpty }) else {
            throw RecipeReader.defect(
                source, field + ".tensors", "found no names", "a tensor's name, or a list of them")
        }
        guard let type = mapping["type"]?.string else {
            throw RecipeReader.defect(source, field + ".type", "found none", "a type")
        }
        return Recipe.Rule(
            patterns: patterns.map { NamePattern($0) },
            condition: try mapping["if"]?.string.map { try Condition($0, source: source, field: field + ".if") },
            type: try ElementType(quantizing: type, source: source, field: field + ".type"),
            because: mapping["because"]?.string)
    }

    private func check(_ mapping: Node.Mapping, _ known: Set<String>, _ prefix: String) throws {
        for key in mapping.keys {
            let name = key.string ?? "a key that is no text"
            guard known.contains(name) else {
                throw RecipeReader.defect(
                    source, prefix + printable(name, limit: 40), "found a field that recipes do not have",
                    known.sorted().joined(separator: ", "))
            }
        }
    }

    private static func tooLarge(_ source: String) -> InputError {
        defect(source, nil, "found more than a megabyte", "a recipe of a few lines")
    }

    private static func defect(_ source: String, _ field: String?, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: field, found: found, expected: expected,
            advice: "correct the recipe; docs/quantization.md says what it can hold")
    }
}
