import Files
import Foundation
import Testing

@testable import Generation

/// Random schemas: their values are accepted, and what a random walk through the masks writes is valid under them.
@Suite(.timeLimit(.minutes(10))) struct RandomSchemaTests {
    @Test(arguments: 0..<40) func valuesOfRandomSchemasAreAccepted(_ seed: Int) throws {
        var maker = RandomSchema(seed: UInt64(seed))
        for _ in 0..<5 {
            let schema = maker.schema()
            let grammar = try Grammar(jsonSchema: schema)
            for _ in 0..<20 {
                guard let value = maker.value(of: schema) else { continue }
                #expect(SchemaCheck(root: schema).isValid(value, under: schema), "\(schema.line) \(value.line)")
                for text in [value.line, maker.text(of: value)] {
                    #expect(try grammar.accepts(text), "\(schema.line)\n\(text)")
                }
            }
        }
    }

    @Test(arguments: 0..<40) func walksThroughTheMasksEndInValidTexts(_ seed: Int) throws {
        var maker = RandomSchema(seed: UInt64(seed) + 1_000)
        let vocabulary = TestVocabularies.realistic(&maker.random, count: 150)
        for _ in 0..<5 {
            let schema = maker.schema()
            let constraint = Constraint(try Grammar(jsonSchema: schema), vocabulary)
            for freedom in [0, 10, 60, 200] {
                var walk = RandomWalk()
                walk.freedom = freedom
                let bytes = try #require(try walk.text(constraint, &maker.random), "\(schema.line)")
                let text = try #require(String(validating: bytes, as: UTF8.self))
                _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
                guard let value = try value(text) else { continue }
                #expect(SchemaCheck(root: schema).isValid(value, under: schema), "\(schema.line)\n\(text)")
            }
        }
    }

    /// `nil` where a name that the schema leaves open stands twice, which no automaton can forbid.
    private func value(_ text: String) throws -> JSONValue? {
        do { return try JSONParser.parse(text, source: "walk") } catch let error as InputError
            where error.kind == .duplicate
        {
            return nil
        }
    }
}

/// Makes schemas of what constraints follow, values that are valid under them, and texts of these.
struct RandomSchema {
    var random: RandomSource
    private var hasReference = false

    init(seed: UInt64) { random = RandomSource(seed: seed) }

    private mutating func chance(_ count: Int) -> Bool { number(0...count - 1) == 0 }
    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    // MARK: Schemas

    /// A schema in which `#/$defs/node` may be referred to.
    mutating func schema() -> JSONValue {
        let node = JSONValue.object(
            JSONObject([
                ("type", .string("object")),
                (
                    "properties",
                    .object(
                        JSONObject([
                            ("value", part(depth: 3)),
                            ("next", .object(JSONObject([("anyOf", .array([reference, type("null")]))]))),
                        ]))
                ),
                ("required", .array([.string("value"), .string("next")])), ("additionalProperties", .boolean(false)),
            ]))
        guard case .object(let root) = part(depth: 0) else { return .boolean(true) }
        return .object(JSONObject([("$defs", .object(JSONObject([("node", node)])))] + root.members))
    }

    private var reference: JSONValue { .object(JSONObject([("$ref", .string("#/$defs/node"))])) }
    private func type(_ name: String) -> JSONValue { .object(JSONObject([("type", .string(name))])) }

    private mutating func part(depth: Int) -> JSONValue {
        switch number(0...(depth < 3 ? 11 : 6)) {
        case 0: return type("null")
        case 1: return type("boolean")
        case 2: return bounded("integer")
        case 3: return bounded("number")
        case 4: return .object(JSONObject([("type", .string("string"))] + counts("Length", 12)))
        case 5: return .object(JSONObject([("enum", .array((0...number(0...4)).map { _ in literal() }))]))
        case 6:
            return .object(
                JSONObject([("type", .string("string")), ("pattern", .string("^x[0-9]{1,3}(é|\"|\\\\)*$"))]))
        case 7: return reference
        case 8: return .object(JSONObject([("anyOf", .array((0...number(1...3)).map { _ in part(depth: depth + 1) }))]))
        case 9: return array(depth)
        default: return object(depth)
        }
    }

    private mutating func bounded(_ name: String) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [("type", .string(name))]
        let low = number(-200...200)
        if chance(2) { members.append((chance(2) ? "minimum" : "exclusiveMinimum", .integer(low))) }
        if chance(2) {
            members.append((chance(2) ? "maximum" : "exclusiveMaximum", .integer(low + 2 + number(0...300))))
        }
        return .object(JSONObject(members))
    }

    private mutating func counts(_ noun: String, _ most: Int) -> [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = []
        let least = number(0...most / 2)
        if chance(2) { members.append(("min" + noun, .integer(least))) }
        if chance(2) { members.append(("max" + noun, .integer(least + number(0...most / 2)))) }
        return members
    }

    private mutating func array(_ depth: Int) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = [("type", .string("array"))] + counts("Items", 4)
        if chance(2) {
            members.append(("prefixItems", .array((0...number(0...2)).map { _ in part(depth: depth + 1) })))
        }
        members.append(("items", part(depth: depth + 1)))
        return .object(JSONObject(members))
    }

    private static let names = ["name", "age", "a", "ab", "kind", "é\"", "value", ""]

    private mutating func object(_ depth: Int) -> JSONValue {
        let names = Self.names.shuffled(using: &random).prefix(number(0...4))
        let properties = names.map { (key: $0, value: part(depth: depth + 1)) }
        var members: [(key: String, value: JSONValue)] = [
            ("type", .string("object")), ("properties", .object(JSONObject(properties))),
            ("required", .array(names.filter { _ in chance(2) }.map { .string($0) })),
        ]
        if chance(2) { members.append(("additionalProperties", chance(2) ? .boolean(false) : part(depth: depth + 1))) }
        return .object(JSONObject(members))
    }

    private mutating func literal() -> JSONValue {
        switch number(0...5) {
        case 0: .null
        case 1: .boolean(chance(2))
        case 2: .integer(number(-1_000...1_000))
        case 3: .string(string(0...5))
        case 4: .array([.integer(number(0...9)), .string("x")])
        default: .object(JSONObject([("k", .null), ("l", .array([]))]))
        }
    }

    private mutating func string(_ length: ClosedRange<Int>) -> String {
        let characters = Array("abc xyz\"\\/\n\t\u{1}é中🙂".unicodeScalars)
        var text = ""
        for _ in 0..<number(length) { text.unicodeScalars.append(characters[number(0...characters.count - 1)]) }
        return text
    }

    // MARK: Values

    /// A value that is valid under a schema that `schema()` made; `nil` if it would be very deep.
    mutating func value(of schema: JSONValue) -> JSONValue? { value(of: schema, schema, depth: 0) }

    private mutating func value(of schema: JSONValue, _ root: JSONValue, depth: Int) -> JSONValue? {
        guard depth < 12 else { return nil }
        if let values = schema["enum"]?.array { return values[number(0...values.count - 1)] }
        if schema["$ref"] != nil { return root["$defs"]?["node"].flatMap { value(of: $0, root, depth: depth + 1) } }
        if let parts = schema["anyOf"]?.array {
            return value(of: parts[number(0...parts.count - 1)], root, depth: depth + 1)
        }
        switch schema["type"]?.string {
        case "null": return .null
        case "boolean": return .boolean(chance(2))
        case "integer", "number": return numeric(schema)
        case "string": return text(schema)
        case "array": return array(schema, root, depth)
        default: return object(schema, root, depth)
        }
    }

    private mutating func numeric(_ schema: JSONValue) -> JSONValue {
        let low = schema["minimum"]?.integer ?? schema["exclusiveMinimum"]?.integer.map { $0 + 1 } ?? -500
        let high = schema["maximum"]?.integer ?? schema["exclusiveMaximum"]?.integer.map { $0 - 1 } ?? max(low, 500)
        let whole = number(low...max(high, low))
        let hasFraction = schema["type"]?.string == "number" && whole < high && whole >= 0 && chance(2)
        return hasFraction ? .number("\(whole).\(number(0...99_999))") : .integer(whole)
    }

    private mutating func text(_ schema: JSONValue) -> JSONValue {
        if schema["pattern"] != nil {
            return .string("x\(number(0...999))" + ["", "é", "\"\\", "éé\""][number(0...3)])
        }
        let least = schema["minLength"]?.integer ?? 0
        return .string(string(least...(schema["maxLength"]?.integer ?? least + 10)))
    }

    private mutating func array(_ schema: JSONValue, _ root: JSONValue, _ depth: Int) -> JSONValue? {
        let first = schema["prefixItems"]?.array ?? []
        let least = schema["minItems"]?.integer ?? 0
        var elements: [JSONValue] = []
        for index in 0..<number(least...(schema["maxItems"]?.integer ?? least + 3)) {
            let part = index < first.count ? first[index] : schema["items"] ?? .boolean(true)
            guard let element = value(of: part, root, depth: depth + 1) else { return nil }
            elements.append(element)
        }
        return .array(elements)
    }

    private mutating func object(_ schema: JSONValue, _ root: JSONValue, _ depth: Int) -> JSONValue? {
        var members: [(key: String, value: JSONValue)] = []
        let required = Set(schema["required"]?.array?.compactMap(\.string) ?? [])
        let properties = schema["properties"]?.object?.members ?? []
        for (name, part) in properties where required.contains(name) || chance(2) {
            guard let value = value(of: part, root, depth: depth + 1) else { return nil }
            members.append((name, value))
        }
        let others = schema["additionalProperties"]
        if let others, others.object != nil {
            for name in ["b", "abc", "agé", "nam"] where chance(4) && !properties.contains(where: { $0.key == name }) {
                guard let value = value(of: others, root, depth: depth + 1) else { return nil }
                members.append((name, value))
            }
        }
        return .object(JSONObject(members))
    }

    /// The value with white space here and there.
    mutating func text(of value: JSONValue) -> String {
        func space() -> String { ["", " ", "\n", "\n  \t"][number(0...3)] }
        switch value {
        case .array(let elements):
            if elements.isEmpty { return "[" + space() + "]" }
            return "[" + space() + elements.map { text(of: $0) }.joined(separator: "," + space()) + space() + "]"
        case .object(let object):
            if object.members.isEmpty { return "{" + space() + "}" }
            let members = object.members.map { JSONValue.string($0.key).line + ":" + space() + text(of: $0.value) }
            return "{" + space() + members.joined(separator: "," + space()) + space() + "}"
        default: return value.line
        }
    }
}

/// Whether values are valid under schemas, written from the specification and for these tests only.
struct SchemaCheck {
    let root: JSONValue

    func isValid(_ value: JSONValue, under schema: JSONValue) -> Bool {
        if let holds = schema.boolean { return holds }
        if schema["$ref"] != nil { return isValid(value, under: root["$defs"]?["node"] ?? .boolean(false)) }
        if let parts = schema["anyOf"]?.array, !parts.contains(where: { isValid(value, under: $0) }) { return false }
        if let values = schema["enum"]?.array, !values.contains(value) { return false }
        guard schema["type"].map({ hasType(value, $0.string ?? "") }) ?? true else { return false }
        switch value {
        case .number: return isInRange(value, schema)
        case .string(let text): return isString(text, schema)
        case .array(let elements): return isArray(elements, schema)
        case .object(let object): return isObject(object, schema)
        default: return true
        }
    }

    private func hasType(_ value: JSONValue, _ type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .boolean: type == "boolean"
        case .number: type == "number" || type == "integer" && value.integer != nil
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }

    private func isInRange(_ value: JSONValue, _ schema: JSONValue) -> Bool {
        let number = value.double ?? .nan
        return schema["minimum"]?.double.map { number >= $0 } ?? true
            && schema["maximum"]?.double.map { number <= $0 } ?? true
            && schema["exclusiveMinimum"]?.double.map { number > $0 } ?? true
            && schema["exclusiveMaximum"]?.double.map { number < $0 } ?? true
    }

    private func isString(_ text: String, _ schema: JSONValue) -> Bool {
        if schema["pattern"] != nil {
            guard text.first == "x" else { return false }
            let digits = text.unicodeScalars.dropFirst().prefix { ("0"..."9").contains($0) }
            let rest = text.unicodeScalars.dropFirst(1 + digits.count)
            return (1...3).contains(digits.count) && rest.allSatisfy { ["é", "\"", "\\"].contains($0) }
        }
        let count = text.unicodeScalars.count
        return count >= schema["minLength"]?.integer ?? 0 && count <= schema["maxLength"]?.integer ?? .max
    }

    private func isArray(_ elements: [JSONValue], _ schema: JSONValue) -> Bool {
        let first = schema["prefixItems"]?.array ?? []
        return elements.count >= schema["minItems"]?.integer ?? 0
            && elements.count <= schema["maxItems"]?.integer ?? .max
            && elements.enumerated().allSatisfy { index, element in
                isValid(element, under: index < first.count ? first[index] : schema["items"] ?? .boolean(true))
            }
    }

    private func isObject(_ object: JSONObject, _ schema: JSONValue) -> Bool {
        let required = schema["required"]?.array?.compactMap(\.string) ?? []
        return required.allSatisfy { object[$0] != nil }
            && object.members.allSatisfy { name, value in
                isValid(value, under: schema["properties"]?[name] ?? schema["additionalProperties"] ?? .boolean(true))
            }
    }
}
