import Files

extension SchemaCompiler {
    // MARK: Objects

    /// The properties in their order, then others where they are allowed.
    mutating func object(_ schema: ObjectAssertions) throws -> GrammarExpression {
        var members: [GrammarMember] = []
        for name in schema.names {
            let isRequired = schema.required.contains(name)
            let value = schema.forbids(name) ? .never : try rule(schema.parts(of: name))
            let member = try json.member(JSONRules.string(name), value)
            members.append(GrammarMember(expression: member, isRequired: isRequired))
        }
        if let others = schema.otherParts {
            let name = try otherName(than: schema.names)
            let member = try json.member(name, try rule(others))
            members.append(GrammarMember(expression: member, repeats: true))
        }
        return try json.bracketed("{", members, "}", canBeEmpty: schema.required.isEmpty)
    }

    private mutating func otherName(than names: [String]) throws -> GrammarExpression {
        if names.isEmpty { return try json.string() }
        return .sequence([.text("\""), .otherName(names.map { Array($0.utf8) })])
    }

    // MARK: Arrays

    /// The first elements, each with a schema of its own, then the others.
    mutating func array(_ schema: ArrayAssertions) throws -> GrammarExpression {
        let firstCount = schema.lists.map(\.first.count).max() ?? 0
        if let maximum = schema.maximum, maximum < schema.minimum { return .never }
        var parts: [GrammarExpression] = []
        let separator = try json.comma()
        for index in 0..<min(firstCount, schema.maximum ?? .max) {
            let element = try rule(schema.parts(at: index))
            parts.append(index == 0 ? element : .sequence([separator, element]))
        }
        let maximum = schema.maximum.map { $0 - parts.count }
        if maximum != 0 {
            let element = try rule(schema.parts(at: firstCount))
            let minimum = max(schema.minimum - parts.count, 0)
            parts.append(elements(element, separator, minimum, maximum, isFirst: parts.isEmpty))
        }
        let isOptional = schema.minimum == 0
        let content = GrammarExpression.beginning(parts, minimum: max(min(schema.minimum, parts.count), 1))
        return try json.bracketed("[", parts.isEmpty ? .never : content, "]", canBeEmpty: isOptional)
    }

    /// Elements with the same schema; at least one where they are the first.
    private func elements(
        _ element: GrammarExpression, _ separator: GrammarExpression, _ minimum: Int, _ maximum: Int?, isFirst: Bool
    ) -> GrammarExpression {
        let next = GrammarExpression.sequence([separator, element])
        guard isFirst else { return .repetition(next, minimum: minimum, maximum: maximum) }
        return .sequence([
            element, .repetition(next, minimum: max(minimum - 1, 0), maximum: maximum.map { $0 - 1 }),
        ])
    }

    // MARK: Strings

    mutating func string(_ schema: StringAssertions) throws -> GrammarExpression {
        let hasLength = schema.minimum > 0 || schema.maximum != nil
        guard let pattern = schema.patterns.first else {
            if !hasLength { return try json.string() }
            if let maximum = schema.maximum, maximum < schema.minimum { return .never }
            return try json.string(minimum: schema.minimum, maximum: schema.maximum)
        }
        guard schema.patterns.count == 1, !hasLength else {
            throw pattern.part.unsupported(
                pattern.keyword, "found it beside another condition on the same string", "it alone",
                "put the length into the pattern, like ^[a-z]{1,8}$")
        }
        if pattern.keyword == "format" { return try format(pattern.text, pattern.part) }
        return try matching(pattern.text, pattern.part.path + "/pattern")
    }

    /// Strings in which a pattern matches somewhere.
    private mutating func matching(_ pattern: String, _ path: String) throws -> GrammarExpression {
        var scanner = try GrammarScanner(pattern, source: json.rules.source, limits: json.rules.limits)
        scanner.field = path
        var parser = RegularExpressionParser(scanner, written: JSONRules.written)
        let anything = GrammarExpression.repetition(JSONRules.character, minimum: 0, maximum: nil)
        let ways = try parser.parse().map { way in
            GrammarExpression.joined(
                (way.beginsText ? [] : [anything]) + [way.expression] + (way.endsText ? [] : [anything]))
        }
        return .sequence([.text("\""), .either(ways), .text("\"")])
    }

    private mutating func format(_ name: String, _ part: SchemaPart) throws -> GrammarExpression {
        guard let pattern = SchemaFormat(rawValue: name)?.pattern else {
            throw part.unsupported(
                "format", "found “\(name)”",
                "one of \(SchemaFormat.allCases.map(\.rawValue).joined(separator: ", "))",
                "leave it out, or write a pattern")
        }
        return try matching("^(?:\(pattern))$", part.path + "/format")
    }
}
