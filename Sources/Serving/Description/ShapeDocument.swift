import Files

/// Writes shapes as JSON Schema (draft 2020-12, as OpenAPI 3.1 has it), each named one once.
struct ShapeDocument {
    /// The named shapes that were met.
    private(set) var components: [(key: String, value: JSONValue)] = []
    private var known: Set<String> = []
    /// The names of the models that are served.
    private let models: [String]

    init(models: [String]) { self.models = models }

    /// The schema of `shape`.
    mutating func schema(_ shape: Shape) -> JSONValue {
        switch shape {
        case .any: return [:]
        case .model: return string(models.flatMap { [$0, $0 + ":latest"] }, 0...512)
        case .null: return ["type": "null"]
        case .boolean: return ["type": "boolean"]
        case .string(let choices, let length): return string(choices, length)
        case .integer(let range):
            return ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .number(let range): return number(range)
        case .array(let element, let count):
            return .object(
                limits(["type": "array", "items": schema(element)], "Items", count))
        case .map(let inner, let count):
            return .object(
                limits(["type": "object", "additionalProperties": schema(inner)], "Properties", count))
        case .object(let fields): return object(fields)
        case .either(let shapes): return ["anyOf": .array(shapes.map { schema($0) })]
        case .named(let name, let inner): return reference(name, inner)
        }
    }

    private mutating func reference(_ name: String, _ shape: Shape) -> JSONValue {
        if known.insert(name).inserted {
            let place = components.count
            components.append((key: name, value: .null))
            components[place].value = schema(shape)
        }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }

    private mutating func object(_ fields: [Field]) -> JSONValue {
        let required = fields.filter(\.isRequired).map { JSONValue.string($0.name) }
        let properties = fields.map { (key: $0.name, value: property($0)) }
        return .present([
            "type": "object", "properties": .object(JSONObject(properties)),
            "required": required.isEmpty ? nil : .array(required),
        ])
    }

    private mutating func property(_ field: Field) -> JSONValue {
        let value = schema(field.isRequired ? field.shape : .nullable(field.shape))
        guard !field.note.isEmpty, let object = value.object, object["$ref"] == nil else { return value }
        return .object(object.merging(["description": .string(field.note)]))
    }

    private func string(_ choices: [String], _ length: ClosedRange<Int>) -> JSONValue {
        if !choices.isEmpty { return ["type": "string", "enum": .array(choices.map { .string($0) })] }
        return .object(limits(["type": "string"], "Length", length))
    }

    private func number(_ range: ClosedRange<Double>) -> JSONValue {
        guard range.upperBound < .greatestFiniteMagnitude else { return ["type": "number"] }
        return ["type": "number", "minimum": .decimal(range.lowerBound), "maximum": .decimal(range.upperBound)]
    }

    private func limits(_ schema: JSONValue, _ what: String, _ count: ClosedRange<Int>) -> JSONObject {
        var members = schema.object?.members ?? []
        if count.lowerBound > 0 { members.append((key: "min\(what)", value: .integer(count.lowerBound))) }
        if count.upperBound < Int(Int32.max) {
            members.append((key: "max\(what)", value: .integer(count.upperBound)))
        }
        return JSONObject(members)
    }
}
