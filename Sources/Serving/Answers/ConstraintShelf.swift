import Files
import Generation
import Synchronization

/// Constraints that were used lately: what one answer found out about a grammar is then there for the next.
final class ConstraintShelf: Sendable {
    private let kept = Mutex<[(key: String, constraint: Constraint)]>([])
    private let capacity: Int

    init(capacity: Int = 32) { self.capacity = capacity }

    /// What the answer of `model` must follow; `nil` if it is free.
    /// - Throws: `InputError` for a schema or grammar that is wrong, too large, or of a kind that is not followed.
    func constraint(_ format: OutputFormat, _ model: LanguageModel) throws -> Constraint? {
        guard let key = format.key else { return nil }
        guard key.utf8.count <= ServerLimits.schemaBytes else {
            throw InputError.request(
                "response_format", .excessive, found: "found \(key.utf8.count) bytes",
                expected: "at most \(ServerLimits.schemaBytes) bytes of schema or grammar")
        }
        if let known = take(key) { return known }
        let constraint = try format.grammar().map { try model.constraint($0) }
        if let constraint { keep(key, constraint) }
        return constraint
    }

    /// The constraint of `key`, which counts as used.
    private func take(_ key: String) -> Constraint? {
        kept.withLock { kept in
            guard let place = kept.firstIndex(where: { $0.key == key }) else { return nil }
            let found = kept.remove(at: place)
            kept.append(found)
            return found.constraint
        }
    }

    private func keep(_ key: String, _ constraint: Constraint) {
        kept.withLock { kept in
            if kept.count >= capacity { kept.removeFirst() }
            kept.append((key, constraint))
        }
    }
}

extension OutputFormat {
    /// What tells this format from others; `nil` for free text.
    fileprivate var key: String? {
        switch self {
        case .free: nil
        case .jsonObject: "object"
        case .schema(let schema): "schema " + schema.line
        case .grammar(let text): "grammar " + text
        case .pattern(let text): "pattern " + text
        }
    }

    fileprivate func grammar() throws -> Grammar? {
        switch self {
        case .free: nil
        case .jsonObject: try Grammar.jsonObject()
        case .schema(let schema): try Grammar(jsonSchema: schema, source: "request")
        case .grammar(let text): try Grammar(gbnf: text, source: "request")
        case .pattern(let text): try Grammar(regularExpression: text, source: "request")
        }
    }
}
