import Files
import Yams

/// A mapping of a recipe, read field by field: every value that is asked for is noted with its default, so that all settings of
/// a run can be printed, and whatever nobody asked for is an error.
package final class RecipeSection {
    /// The recipe's file, for errors.
    package let source: String
    /// Where the section stands: "optimizer" or "data.sources[1]"; empty at the top.
    package let path: String
    private let fields: [(key: String, node: Node)]
    /// What was asked for; sections and lists have no value of their own.
    private var noted: [(key: String, value: Node?)] = []
    private var sections: [RecipeSection] = []

    private init(_ fields: [(key: String, node: Node)], source: String, path: String) {
        (self.fields, self.source, self.path) = (fields, source, path)
    }

    private static let mostBytes = 1 << 20

    /// The whole of a recipe.
    /// - Parameter changes: fields to replace or add, by their path ("optimizer.rate"), with their values as YAML.
    /// - Throws: `InputError` if the text is no YAML, no mapping at the top, or larger than 1 MiB, and for a change that is
    ///   no YAML or would go into something that has no fields.
    package convenience init(
        yaml: String, source: String, changes: [(path: String, value: String)] = []
    ) throws {
        func defect(_ found: String) -> InputError {
            InputError(
                .invalidValue, source: source, found: found, expected: "a YAML file of fields, of at most 1 MiB",
                advice: "see docs/training.md for the fields of a recipe")
        }
        guard yaml.utf8.count <= Self.mostBytes else { throw defect("found \(yaml.utf8.count) bytes") }
        let node: Node?
        do { node = try Yams.compose(yaml: yaml) } catch {
            throw defect("found no YAML: \(printable("\(error)", limit: 200))")
        }
        guard var mapping = node?.mapping else { throw defect("found no fields") }
        for (path, text) in changes { mapping = try RecipeChange(path: path, text: text).applied(to: mapping) }
        try self.init(Self.fields(of: mapping, source: source, path: ""), source: source, path: "")
    }

    private static func fields(
        of mapping: Node.Mapping, source: String, path: String
    ) throws -> [(key: String, node: Node)] {
        try mapping.map { key, value in
            guard let name = key.string else {
                throw InputError(
                    .invalidValue, source: source, field: path, found: "found a key that is no text",
                    expected: "names of fields", advice: "quote the key")
            }
            return (name, value)
        }
    }

    // MARK: Values

    package func has(_ key: String) -> Bool { node(key) != nil }

    /// A whole number in `range`; `fallback` where the field is absent.
    /// - Throws: `InputError` if it is none, out of range, or absent without a fallback.
    package func integer(_ key: String, in range: ClosedRange<Int>, default fallback: Int? = nil) throws -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        return try value(key, fallback, expected) { $0.int.flatMap { range.contains($0) ? $0 : nil } }
    }

    /// A finite number in `range`; `fallback` where the field is absent.
    package func number(_ key: String, in range: ClosedRange<Double>, default fallback: Double? = nil) throws -> Double
    {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        return try value(key, fallback, expected) { $0.float.flatMap { range.contains($0) ? $0 : nil } }
    }

    package func boolean(_ key: String, default fallback: Bool? = nil) throws -> Bool {
        try value(key, fallback, "true or false") { $0.bool }
    }

    package func text(_ key: String, default fallback: String? = nil) throws -> String {
        try value(key, fallback, "a text") { $0.scalar?.string }
    }

    /// One of a kind's names.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice? = nil
    ) throws -> Choice where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        let name = try value(key, fallback?.rawValue, "one of \(names)") { node in
            node.scalar.flatMap { Choice(rawValue: $0.string)?.rawValue }
        }
        guard let choice = Choice(rawValue: name) else { throw invalid(key, "found \(name)", "one of \(names)") }
        return choice
    }

    /// A list of texts; a single one counts as a list.
    package func texts(_ key: String, default fallback: [String]? = nil) throws -> [String] {
        try value(key, fallback, "a list of texts") { node in
            if let scalar = node.scalar { return [scalar.string] }
            let texts = node.sequence?.compactMap { $0.scalar?.string }
            return texts?.count == node.sequence?.count ? texts : nil
        }
    }

    /// A list of finite numbers.
    package func numbers(_ key: String, default fallback: [Double]? = nil) throws -> [Double] {
        try value(key, fallback, "a list of numbers") { node in
            let numbers = node.sequence?.compactMap { $0.float }.filter(\.isFinite)
            return numbers?.count == node.sequence?.count ? numbers : nil
        }
    }

    /// What stands under `key`, whatever its fields are called, as JSON; `nil` where it is absent.
    /// - Throws: `InputError` if it has no fields, or one of them has no counterpart in JSON.
    package func object(_ key: String) throws -> JSONObject? {
        guard let node = node(key) else { return nil }
        guard node.mapping != nil, let object = node.json?.object else {
            throw invalid(key, "found \(printable(Self.printed(node), limit: 60))", "fields, as in a JSON object")
        }
        if !noted.contains(where: { $0.key == key }) { noted.append((key, node)) }
        return object
    }

    /// The fields under `key`, of which there are none where it is absent: then all defaults hold.
    package func section(_ key: String) throws -> RecipeSection {
        let place = path(of: key)
        let fields: [(key: String, node: Node)]
        switch node(key) {
        case nil: fields = []
        case .some(let node):
            guard let mapping = node.mapping else { throw invalid(key, "found no fields", "fields of its own") }
            fields = try Self.fields(of: mapping, source: source, path: place)
        }
        let section = RecipeSection(fields, source: source, path: place)
        sections.append(section)
        noted.append((key, nil))
        return section
    }

    /// The sections of the list under `key`; none where it is absent.
    package func list(_ key: String) throws -> [RecipeSection] {
        guard let node = node(key) else { return [] }
        guard let entries = node.sequence else { throw invalid(key, "found no list", "a list") }
        noted.append((key, nil))
        return try entries.enumerated().map { index, entry in
            let place = "\(path(of: key))[\(index)]"
            guard let mapping = entry.mapping else {
                throw invalid("\(key)[\(index)]", "found no fields", "fields of its own")
            }
            let section = RecipeSection(
                try Self.fields(of: mapping, source: source, path: place), source: source, path: place)
            sections.append(section)
            return section
        }
    }

    // MARK: The whole

    /// Says that everything was asked for.
    /// - Throws: `InputError` naming the first field here or in a section that nothing asked for, and those that there are.
    package func finish() throws {
        let known = noted.map(\.key)
        if let stray = fields.first(where: { !known.contains($0.key) }) {
            throw invalid(
                stray.key, "found an unknown field", "one of \(known.joined(separator: ", "))")
        }
        for section in sections { try section.finish() }
    }

    /// All values that were asked for, defaults included, as "path: value" in the order of asking.
    package var settings: [(path: String, value: String)] {
        var rest = sections
        return noted.flatMap { key, value -> [(path: String, value: String)] in
            let place = path(of: key)
            var inner: [(path: String, value: String)] = []
            while let next = rest.first, next.path == place || next.path.hasPrefix(place + "[") {
                inner += next.settings
                rest.removeFirst()
            }
            return value.map { [(place, Self.printed($0))] } ?? inner
        }
    }

    private static func printed(_ node: Node) -> String {
        if let mapping = node.mapping {
            return "{" + mapping.map { "\(printed($0.key)): \(printed($0.value))" }.joined(separator: ", ") + "}"
        }
        guard let sequence = node.sequence else { return node.scalar?.string ?? "" }
        return "[" + sequence.map { printed($0) }.joined(separator: ", ") + "]"
    }

    /// All values that were asked for, defaults included, as a recipe that says the same.
    package var resolvedYAML: String {
        get throws { try Yams.serialize(node: resolved, allowUnicode: true) }
    }

    private var resolved: Node {
        Node(
            noted.map { key, value in
                let place = path(of: key)
                let section = sections.first { $0.path == place }
                let entries = sections.filter { $0.path.hasPrefix(place + "[") }
                return (Node(key), value ?? section?.resolved ?? Node(entries.map(\.resolved)))
            })
    }

    /// An error about a field here.
    package func invalid(_ key: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: path(of: key), found: found, expected: expected,
            advice: "correct the recipe; docs/training.md lists its fields")
    }

    private func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func node(_ key: String) -> Node? { fields.first { $0.key == key }?.node }

    private func value<Value: NodeRepresentable>(
        _ key: String, _ fallback: Value?, _ expected: String, _ read: (Node) -> Value?
    ) throws -> Value {
        let found: Value
        if let node = node(key) {
            guard let value = read(node) else {
                throw invalid(key, "found \(printable(Self.printed(node), limit: 60))", expected)
            }
            found = value
        } else if let fallback {
            found = fallback
        } else {
            throw invalid(key, "found no such field", expected)
        }
        if !noted.contains(where: { $0.key == key }) { noted.append((key, try noting(found, key))) }
        return found
    }

    /// What the recipe says, as it says it; a default as the shortest text that reads back as the same.
    private func noting(_ value: some NodeRepresentable, _ key: String) throws -> Node {
        if let node = node(key) { return node }
        if let number = value as? Double { return Node(Self.shortest(number), Tag(.float)) }
        if let numbers = value as? [Double] { return Node(numbers.map { Node(Self.shortest($0), Tag(.float)) }) }
        return try value.represented()
    }

    private static func shortest(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
