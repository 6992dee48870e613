import Files

extension Grammar {
    /// The JSON texts that are valid under a JSON Schema.
    ///
    /// Draft 2020-12 without what needs more than an automaton; `docs/constrained-output.md` has the list. What is not
    /// followed is refused, never passed over. Properties come in the order in which the schema names them.
    /// - Throws: `InputError` whose `field` is the path of what is wrong, refused or too large in the schema.
    public init(
        jsonSchema schema: JSONValue, source: String = "JSON Schema", limits: GrammarLimits = GrammarLimits()
    ) throws {
        try self.init(SchemaCompiler.rules(of: schema, source, limits))
    }

    /// The JSON texts that are valid under the JSON Schema that `text` is.
    public init(
        jsonSchema text: String, source: String = "JSON Schema", limits: GrammarLimits = GrammarLimits()
    ) throws {
        try Grammar.check(text.utf8.count, limits, source: source)
        try self.init(jsonSchema: JSONParser.parse(text, source: source), source: source, limits: limits)
    }

    /// Any JSON object.
    public static func jsonObject(limits: GrammarLimits = GrammarLimits()) throws -> Grammar {
        var json = JSONRules(GrammarRules(source: "JSON object", limits: limits))
        guard case .rule(let root) = try json.object() else { return try Grammar(json.rules) }
        json.rules.root = root
        return try Grammar(json.rules)
    }
}

/// Writes schemas as rules: one for each set of schemas that hold together somewhere.
struct SchemaCompiler {
    private let document: SchemaDocument
    private let limits: GrammarLimits
    var json: JSONRules
    /// The rules of sets of schemas that were met, by their identities.
    private var known: [[String]: Int] = [:]
    private var waiting: [(rule: Int, parts: [SchemaPart])] = []

    /// References and `allOf` in a row.
    private static let chainLimit = 256
    /// Schemas in all of the sets, a schema in several of them counted each time.
    private static let partLimit = 1 << 16
    private var partCount = 0
    /// Alternatives of a `oneOf`.
    private static let alternativeLimit = 256

    static func rules(of schema: JSONValue, _ source: String, _ limits: GrammarLimits) throws -> GrammarRules {
        var compiler = SchemaCompiler(schema, source, limits)
        guard case .rule(let root) = try compiler.rule([compiler.document.root]) else { return compiler.json.rules }
        compiler.json.rules.root = root
        while let (rule, parts) = compiler.waiting.popLast() {
            compiler.json.rules.define(rule, try compiler.expression(parts))
        }
        return compiler.json.rules
    }

    private init(_ schema: JSONValue, _ source: String, _ limits: GrammarLimits) {
        document = SchemaDocument(schema, source: source)
        json = JSONRules(GrammarRules(source: source, limits: limits))
        self.limits = limits
    }

    /// The rule for values that are valid under all of `parts`.
    mutating func rule(_ parts: [SchemaPart]) throws -> GrammarExpression {
        let flat = try flattened(parts)
        if flat.isEmpty { return try json.value() }
        let identity = flat.map(\.identity)
        if let rule = known[identity] { return .rule(rule) }
        partCount += flat.count
        guard partCount <= Self.partLimit else {
            throw flat[0].error(
                .excessive, nil, "found more than \(Self.partLimit) combinations of schemas", "fewer",
                "merge alternatives that multiply")
        }
        let rule = try json.rules.add(parts.first?.path ?? flat[0].path)
        known[identity] = rule
        waiting.append((rule, flat))
        return .rule(rule)
    }

    // MARK: References

    /// `parts` with references and `allOf` replaced by what they stand for, those that say nothing left out.
    private func flattened(_ parts: [SchemaPart]) throws -> [SchemaPart] {
        var (result, seen) = ([SchemaPart](), Set<String>())
        var waiting = parts.reversed().map { Step(part: $0) }
        while let step = waiting.popLast() {
            let part = step.part
            if step.chain.contains(part.path), !step.isBare { throw endless(part) }
            guard seen.insert(part.identity).inserted || step.isBare else { continue }
            if step.isBare {
                result.append(part)
                continue
            }
            try part.checkKeywords()
            let bare = part.skipping("$ref").skipping("allOf")
            if try bare.asserts { waiting.append(Step(part: bare, isBare: true)) }
            for next in try part.list("allOf")?.reversed() ?? [] { waiting.append(try step.leading(to: next)) }
            if let reference = try part.string("$ref") {
                waiting.append(try step.leading(to: document.target(of: reference, in: part)))
            }
        }
        return result
    }

    /// A schema on the way to those that stand for it.
    private struct Step {
        let part: SchemaPart
        /// The schemas that led here.
        var chain: [String] = []
        /// Whether its references are followed already.
        var isBare = false

        func leading(to next: SchemaPart) throws -> Step {
            guard chain.count < SchemaCompiler.chainLimit else {
                throw part.error(
                    .excessive, nil, "found more than \(SchemaCompiler.chainLimit) references in a row", "fewer",
                    "shorten the chain")
            }
            return Step(part: next, chain: chain + [part.path])
        }
    }

    private func endless(_ part: SchemaPart) -> InputError {
        part.error(
            .invalidValue, nil, "found that it refers to itself", "a schema that says something before it comes again",
            "correct the reference")
    }

    // MARK: Alternatives

    private mutating func expression(_ parts: [SchemaPart]) throws -> GrammarExpression {
        for (index, part) in parts.enumerated() {
            for keyword in ["anyOf", "oneOf"] {
                guard let alternatives = try part.list(keyword) else { continue }
                if keyword == "oneOf" { try checkDisjoint(alternatives, part) }
                return .either(
                    try alternatives.map { alternative in
                        var together = parts
                        together[index] = part.skipping(keyword)
                        return try rule(together + [alternative])
                    })
            }
        }
        if parts.contains(where: { $0.value.boolean == false }) { return .never }
        return try expression(CombinedSchema(parts, limit: limits.repetition), parts)
    }

    /// `oneOf` holds if exactly one alternative does: it is followed where no two can hold for the same value.
    private func checkDisjoint(_ alternatives: [SchemaPart], _ part: SchemaPart) throws {
        guard alternatives.count <= Self.alternativeLimit else {
            throw part.error(
                .excessive, "oneOf", "found \(alternatives.count) alternatives",
                "at most \(Self.alternativeLimit), as each is compared with all others", "write “anyOf”")
        }
        let outlines = try alternatives.map { try outline([$0]) }
        for (index, outline) in outlines.enumerated() {
            for other in outlines.indices.dropFirst(index + 1) where !outline.isDisjoint(from: outlines[other]) {
                throw part.unsupported(
                    "oneOf", "found that alternatives \(index) and \(other) may hold for the same value",
                    "alternatives that differ in type, or in the values of a required property",
                    "write “anyOf”, or give each a required property with a “const” of its own")
            }
        }
    }

    private func outline(_ parts: [SchemaPart]) throws -> SchemaOutline {
        let flat = try flattened(parts)
        let combined = try CombinedSchema(flat, limit: limits.repetition)
        var outline = SchemaOutline(combined)
        outline.isImpossible = flat.contains { $0.value.boolean == false }
        for name in combined.objects.required {
            let inner = try flattened(combined.objects.parts(of: name))
            let property = try CombinedSchema(inner, limit: limits.repetition)
            if let values = property.values { outline.constants[name] = Set(values.map(\.meaning)) }
        }
        return outline
    }

    // MARK: Types

    private mutating func expression(_ schema: CombinedSchema, _ parts: [SchemaPart]) throws -> GrammarExpression {
        if let values = schema.values {
            guard !schema.hasDetails else {
                let part = parts.first { $0["enum"] != nil || $0["const"] != nil } ?? parts[0]
                throw part.unsupported(
                    part["enum"] == nil ? "const" : "enum", "found it beside other conditions on the value",
                    "“type” beside it only", "leave out the values that the other conditions exclude")
            }
            return .either(try values.map { try json.exactly($0) })
        }
        return .either(
            try SchemaType.allCases.filter { schema.types.contains($0) }.flatMap { type in
                try expression(type, schema)
            })
    }

    /// None for whole numbers where all numbers are allowed.
    private mutating func expression(_ type: SchemaType, _ schema: CombinedSchema) throws -> [GrammarExpression] {
        let isBounded = schema.lower != nil || schema.upper != nil
        switch type {
        case .null: return [.text("null")]
        case .boolean: return [.text("true"), .text("false")]
        case .integer:
            if schema.types.contains(.number) { return [] }
            return [
                isBounded ? DecimalRanges.integers(from: schema.lower, through: schema.upper) : try json.integer()
            ]
        case .number:
            return [isBounded ? DecimalRanges.numbers(from: schema.lower, to: schema.upper) : try json.number()]
        case .string: return [try string(schema.strings)]
        case .array: return [try array(schema.arrays)]
        case .object: return [try object(schema.objects)]
        }
    }
}
