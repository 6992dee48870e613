import Files

/// The types of JSON's values, as schemas call them.
enum SchemaType: String, CaseIterable, Sendable {
    case object, array, string, number, integer, boolean, null

    /// Whether `value` is of this type.
    func contains(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.object, .object), (.array, .array), (.string, .string), (.number, .number), (.boolean, .boolean),
            (.null, .null):
            true
        case (.integer, .number(let text)): DecimalNumber(text)?.isWhole ?? false
        default: false
        }
    }
}

/// What several schemas say together, each of which holds.
struct CombinedSchema {
    var types: Set<SchemaType> = Set(SchemaType.allCases)
    /// The only values; `nil` for any.
    var values: [JSONValue]?
    var objects = ObjectAssertions()
    var arrays = ArrayAssertions()
    var strings = StringAssertions()
    var lower: DecimalBound?
    var upper: DecimalBound?
    /// Whether anything is said of values of a type, besides the type and `values`.
    var hasDetails = false

    /// - Parameter parts: schemas without `$ref`, `allOf`, `anyOf` and `oneOf`.
    init(_ parts: [SchemaPart], limit: Int) throws {
        for part in parts {
            try addTypes(part)
            try addValues(part)
            try addBounds(part)
            try strings.add(part, limit: limit)
            try arrays.add(part, limit: limit)
            try objects.add(part)
            let own: Set = ["type", "enum", "const", "uniqueItems"]
            hasDetails =
                try hasDetails
                || part.keywords().members.contains { !own.contains($0.key) && part.asserts($0.key) }
        }
        if let all = values { values = all.filter { value in types.contains { $0.contains(value) } } }
    }

    private mutating func addTypes(_ part: SchemaPart) throws {
        guard let value = part["type"] else { return }
        let names = value.array ?? [value]
        let own = try names.map { name in
            guard let type = name.string.flatMap(SchemaType.init) else {
                throw part.error(
                    .invalidValue, "type", "found \(name.string.map { "“\($0)”" } ?? name.kindName)",
                    "one of \(SchemaType.allCases.map(\.rawValue).joined(separator: ", "))", "correct the schema")
            }
            return type
        }
        var allowed = Set(own)
        if allowed.contains(.number) { allowed.insert(.integer) }
        types.formIntersection(allowed)
    }

    private mutating func addValues(_ part: SchemaPart) throws {
        var own: [JSONValue]?
        if let list = part["enum"] {
            guard let list = list.array else { throw part.wrongType("enum", list, "an array of values") }
            own = list
        }
        if let value = part["const"] { own = own.map { CombinedSchema.common($0, [value]) } ?? [value] }
        guard let own else { return }
        values = values.map { CombinedSchema.common($0, own) } ?? own
    }

    /// The values of the first list that are in the second.
    static func common(_ values: [JSONValue], _ others: [JSONValue]) -> [JSONValue] {
        let meanings = Set(others.map(\.meaning))
        return values.filter { meanings.contains($0.meaning) }
    }

    private mutating func addBounds(_ part: SchemaPart) throws {
        for (keyword, isExclusive) in [("minimum", false), ("exclusiveMinimum", true)] {
            guard let number = try part.number(keyword) else { continue }
            let bound = DecimalBound(number: number, isExclusive: isExclusive)
            if let lower, lower.number > number || lower.number == number && lower.isExclusive { continue }
            lower = bound
        }
        for (keyword, isExclusive) in [("maximum", false), ("exclusiveMaximum", true)] {
            guard let number = try part.number(keyword) else { continue }
            let bound = DecimalBound(number: number, isExclusive: isExclusive)
            if let upper, upper.number < number || upper.number == number && upper.isExclusive { continue }
            upper = bound
        }
    }
}

/// What schemas say of strings.
struct StringAssertions {
    var minimum = 0
    var maximum: Int?
    /// Patterns and formats, each with where it stands.
    var patterns: [(part: SchemaPart, keyword: String, text: String)] = []

    mutating func add(_ part: SchemaPart, limit: Int) throws {
        minimum = max(minimum, try part.count("minLength", limit: limit) ?? 0)
        if let own = try part.count("maxLength", limit: limit), own < limit { maximum = min(maximum ?? own, own) }
        for keyword in ["pattern", "format"] {
            guard let text = try part.string(keyword) else { continue }
            if !patterns.contains(where: { $0.keyword == keyword && $0.text == text }) {
                patterns.append((part, keyword, text))
            }
        }
    }
}

/// What schemas say of arrays.
struct ArrayAssertions {
    var minimum = 0
    var maximum: Int?
    /// By schema: those of the first elements, and that of all others.
    var lists: [(first: [SchemaPart], others: SchemaPart?)] = []

    /// The schemas of the element at `index`.
    func parts(at index: Int) -> [SchemaPart] {
        lists.compactMap { index < $0.first.count ? $0.first[index] : $0.others }
    }

    mutating func add(_ part: SchemaPart, limit: Int) throws {
        minimum = max(minimum, try part.count("minItems", limit: limit) ?? 0)
        if let own = try part.count("maxItems", limit: limit), own < limit { maximum = min(maximum ?? own, own) }
        if let unique = part["uniqueItems"], unique.boolean != false {
            throw part.unsupported("uniqueItems", "found \(unique.boolean == true ? "true" : unique.kindName)", "false")
        }
        if let items = part["items"], items.array != nil {
            throw part.unsupported("items", "found an array", "a schema", "write “prefixItems” for it")
        }
        let first = try part.list("prefixItems") ?? []
        let others = part["items"].map { part.part("items", $0) }
        if !first.isEmpty || others != nil { lists.append((first, others)) }
    }
}

/// What schemas say of objects.
struct ObjectAssertions {
    /// Names in the order in which they are first spoken of, with their schemas.
    private(set) var names: [String] = []
    private var known: Set<String> = []
    private(set) var required: Set<String> = []
    /// By schema: those of its properties, and that of others; `nil` where it does not speak of others.
    private(set) var lists: [(properties: [String: SchemaPart], others: SchemaPart?)] = []

    mutating func add(_ part: SchemaPart) throws {
        var properties: [String: SchemaPart] = [:]
        if let value = part["properties"] {
            guard let object = value.object else { throw part.wrongType("properties", value, "an object of schemas") }
            for (name, schema) in object.members {
                properties[name] = part.part("properties", .null).part(name, schema)
                note(name)
            }
        }
        for value in try part["required"].map({ try requiredNames($0, part) }) ?? [] {
            required.insert(value)
            note(value)
        }
        let others = part["additionalProperties"].map { part.part("additionalProperties", $0) }
        if !properties.isEmpty || others != nil { lists.append((properties, others)) }
    }

    private func requiredNames(_ value: JSONValue, _ part: SchemaPart) throws -> [String] {
        guard let list = value.array, list.allSatisfy({ $0.string != nil }) else {
            throw part.wrongType("required", value, "an array of names")
        }
        return list.compactMap(\.string)
    }

    private mutating func note(_ name: String) { if known.insert(name).inserted { names.append(name) } }

    /// The schemas of the property `name`.
    func parts(of name: String) -> [SchemaPart] { lists.compactMap { $0.properties[name] ?? $0.others } }

    /// The schemas of properties that none names; `nil` if there may be none.
    ///
    /// Where a schema lists properties and is silent about others, none are written, though they would be valid: a model
    /// would go on inventing them.
    var otherParts: [SchemaPart]? {
        let spoken = lists.compactMap(\.others)
        if spoken.contains(where: { $0.value.boolean == false }) { return nil }
        return spoken.isEmpty && lists.contains { !$0.properties.isEmpty } ? nil : spoken
    }

    /// Whether a schema forbids properties that it does not name.
    func forbids(_ name: String) -> Bool { parts(of: name).contains { $0.value.boolean == false } }
}

extension JSONValue {
    /// A text that two values share only if they are equal to JSON Schema: numbers by what they are worth, objects
    /// whatever their order.
    var meaning: String {
        switch self {
        case .number(let text):
            guard let number = DecimalNumber(text) else { return text }
            let (whole, fraction) = (number.whole.written, number.fraction)
            return (number.isNegative ? "-" : "") + whole.map(String.init).joined() + "."
                + fraction.map(String.init).joined()
        case .array(let elements): return "[" + elements.map(\.meaning).joined(separator: ",") + "]"
        case .object(let object):
            let members = object.members.map { JSONValue.string($0.key).line + ":" + $0.value.meaning }
            return "{" + members.sorted().joined(separator: ",") + "}"
        default: return line
        }
    }
}
