import Files
import Foundation

/// A schema inside of a document, at the JSON pointer `path`.
struct SchemaPart: Sendable {
    /// What errors call the document.
    let source: String
    let path: String
    let value: JSONValue
    /// Keywords that are dealt with elsewhere.
    var skipped: Set<String> = []

    /// What two parts share only if they say the same.
    var identity: String { skipped.isEmpty ? path : path + "#" + skipped.sorted().joined(separator: "#") }

    /// Keywords that say nothing about which values are valid.
    private static let annotations: Set<String> = [
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "example",
        "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "discriminator",
    ]

    private static let assertions: Set<String> = [
        "$ref", "allOf", "anyOf", "oneOf", "type", "enum", "const", "properties", "required", "additionalProperties",
        "prefixItems", "items", "minItems", "maxItems", "minLength", "maxLength", "pattern", "format", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems",
    ]

    /// The keywords with their values.
    /// - Throws: `InputError` if the schema is neither an object nor a boolean, or a keyword is unknown here.
    func keywords() throws -> JSONObject {
        if let object = value.object { return object }
        guard value.boolean != nil else { throw wrongType(nil, value, "an object or a boolean") }
        return JSONObject()
    }

    /// - Throws: `InputError` that names the first keyword that is unknown here.
    func checkKeywords() throws {
        for (keyword, _) in try keywords().members {
            if Self.annotations.contains(keyword) || Self.assertions.contains(keyword) || keyword.hasPrefix("x-") {
                continue
            }
            throw unsupported(
                keyword, "found this keyword", "one of \(Self.assertions.sorted().joined(separator: ", "))")
        }
    }

    /// Whether a keyword of this schema says something about values.
    func asserts(_ keyword: String) -> Bool { Self.assertions.contains(keyword) && !skipped.contains(keyword) }

    /// Whether the schema says anything about values.
    var asserts: Bool {
        get throws { try value.boolean == false || keywords().members.contains { asserts($0.key) } }
    }

    /// The value of a keyword that is not dealt with elsewhere.
    subscript(keyword: String) -> JSONValue? { skipped.contains(keyword) ? nil : value[keyword] }

    /// This schema without a keyword.
    func skipping(_ keyword: String) -> SchemaPart {
        guard value[keyword] != nil else { return self }
        var part = self
        part.skipped.insert(keyword)
        return part
    }

    // MARK: Values of keywords

    func part(_ keyword: String, _ value: JSONValue) -> SchemaPart {
        SchemaPart(source: source, path: path + "/" + Self.escaped(keyword), value: value)
    }

    /// The schemas that a keyword lists.
    func list(_ keyword: String) throws -> [SchemaPart]? {
        guard let value = self[keyword] else { return nil }
        guard let list = value.array, !list.isEmpty else { throw wrongType(keyword, value, "an array of schemas") }
        return list.enumerated().map { part(keyword, .null).part("\($0)", $1) }
    }

    /// A count that a keyword gives; huge ones, which no text reaches, are as `limit`.
    func count(_ keyword: String, limit: Int) throws -> Int? {
        guard let value = self[keyword] else { return nil }
        guard let number = value.double, number >= 0, number.rounded() == number else {
            throw wrongType(keyword, value, "a whole number from 0 on")
        }
        return number >= Double(limit) ? limit : Int(number)
    }

    /// A number that a keyword gives.
    func number(_ keyword: String) throws -> DecimalNumber? {
        guard let value = self[keyword] else { return nil }
        guard case .number(let text) = value, let number = DecimalNumber(text) else {
            throw wrongType(keyword, value, "a number of at most \(DecimalNumber.digitLimit) digits")
        }
        return number
    }

    func string(_ keyword: String) throws -> String? {
        guard let value = self[keyword] else { return nil }
        guard let text = value.string else { throw wrongType(keyword, value, "a string") }
        return text
    }

    // MARK: Errors

    func wrongType(_ keyword: String?, _ value: JSONValue, _ expected: String) -> InputError {
        error(.wrongType, keyword, "found \(value.kindName)", expected, "correct the schema")
    }

    func unsupported(
        _ keyword: String, _ found: String, _ expected: String,
        _ advice: String = "leave it out, or describe the values in another way"
    ) -> InputError {
        error(.unsupported, keyword, found, expected, advice)
    }

    func error(
        _ kind: InputError.Kind, _ keyword: String?, _ found: String, _ expected: String, _ advice: String
    ) -> InputError {
        InputError(
            kind, source: source, field: keyword.map { path + "/" + Self.escaped($0) } ?? path, found: found,
            expected: expected, advice: advice)
    }

    private static func escaped(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}

/// A schema's document, in which references are looked up.
struct SchemaDocument: Sendable {
    let root: SchemaPart

    init(_ value: JSONValue, source: String) { root = SchemaPart(source: source, path: "#", value: value) }

    /// The schema that `reference`, which stands in `part`, points to.
    /// - Throws: `InputError` if it is no JSON pointer into this document, or nothing is there.
    func target(of reference: String, in part: SchemaPart) throws -> SchemaPart {
        guard reference == "#" || reference.hasPrefix("#/") else {
            throw part.unsupported(
                "$ref", "found the reference “\(reference)”", "one into the same document, like “#/$defs/name”",
                "copy what it refers to into “$defs”")
        }
        let names = try reference.dropFirst().split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            try name(String($0), reference, part)
        }
        var target = root
        for name in names {
            let value = Int(name).flatMap { index in
                target.value.array.flatMap { $0.indices.contains(index) ? $0[index] : nil }
            }
            guard let value = value ?? target.value[name] else { throw nothing(reference, part) }
            target = target.part(name, value)
        }
        return target
    }

    private func name(_ written: String, _ reference: String, _ part: SchemaPart) throws -> String {
        guard let decoded = written.removingPercentEncoding else { throw nothing(reference, part) }
        return decoded.replacing("~1", with: "/").replacing("~0", with: "~")
    }

    private func nothing(_ reference: String, _ part: SchemaPart) -> InputError {
        part.error(
            .missing, "$ref", "found nothing at “\(reference)”", "the path of a schema in the document",
            "correct the reference")
    }
}
