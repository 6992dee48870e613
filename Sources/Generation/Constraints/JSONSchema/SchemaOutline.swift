import Files

/// As much of a schema as it takes to tell that no value is valid under another one too.
struct SchemaOutline {
    let types: Set<SchemaType>
    /// The meanings of the only values; `nil` for any.
    let values: Set<String>?
    let objects: ObjectAssertions
    /// The meanings of the values of required properties that have few.
    var constants: [String: Set<String>] = [:]
    var isImpossible = false

    init(_ schema: CombinedSchema) {
        values = schema.values.map { Set($0.map(\.meaning)) }
        objects = schema.objects
        types =
            schema.values.map { values in
                schema.types.filter { type in values.contains { type.contains($0) } }
            } ?? schema.types
    }

    func isDisjoint(from other: SchemaOutline) -> Bool {
        if isImpossible || other.isImpossible { return true }
        let common = types.intersection(other.types)
        if common.isEmpty { return true }
        if let values, let others = other.values { return values.isDisjoint(with: others) }
        return common == [.object] && hasOtherObjects(other)
    }

    /// Whether a property that both require differs, or one requires what the other forbids.
    private func hasOtherObjects(_ other: SchemaOutline) -> Bool {
        for (name, values) in constants {
            if let others = other.constants[name], values.isDisjoint(with: others) { return true }
        }
        return objects.required.contains { other.objects.forbids($0) }
            || other.objects.required.contains { objects.forbids($0) }
    }
}
