import Files
import TestSupport
import Testing

@testable import Generation

@Suite struct SchemaTests {
    /// Texts that jsonschema judged: what is accepted is valid, and what was generated in the schema's order is accepted.
    @Test func recordedTextsAreJudgedAlike() throws {
        let file = try MappedFile(path: Fixture.path("constraints/schemas.json"))
        let cases = try #require(try JSONParser.parse(file)["cases"]?.array)
        #expect(cases.count > 50)
        var (accepted, rejected) = (0, 0)
        for value in cases {
            let name = try #require(value["name"]?.string)
            let grammar = try Grammar(jsonSchema: try #require(value["schema"]))
            for entry in try #require(value["texts"]?.array) {
                let text = try #require(entry["text"]?.string)
                let isAccepted = try grammar.accepts(text)
                accepted += isAccepted ? 1 : 0
                rejected += isAccepted ? 0 : 1
                if entry["canonical"]?.boolean == true { #expect(isAccepted, "\(name): \(text)") }
                if entry["valid"]?.boolean == false { #expect(!isAccepted, "\(name): \(text)") }
            }
        }
        #expect(accepted > 500 && rejected > 500)
    }

    struct Example: Sendable {
        var schema: String
        var accepted: [String]
        var rejected: [String]
    }

    private static let examples: [Example] = [
        // Strings as RFC 8259 writes them.
        .init(
            schema: #"{"type": "string"}"#,
            accepted: [#""""#, #""a\"\\\/\b\f\n\r\t\u00e9\uFFFF""#, #""\ud83d\uDE42""#, "\"é中🙂\u{7F}\""],
            rejected: [
                #"""#, "\"\n\"", #""\x""#, #""\u12""#, #""\ud83d""#, #""\ude42""#, #""\ud83d\u0041""#, "'a'", #" "a""#,
                #""a" "#,
            ]),
        // A character counts once however it is written.
        .init(
            schema: #"{"type": "string", "minLength": 2, "maxLength": 2}"#,
            accepted: [#""ab""#, #""\n\u0041""#, #""\ud83d\ude42x""#, #""🙂é""#], rejected: [#""a""#, #""abc""#]),
        // Numbers.
        .init(
            schema: #"{"type": "number"}"#, accepted: ["0", "-0", "12.50", "1e5", "-1.5E-10", "999999999999999"],
            rejected: ["01", "+1", ".5", "1.", "1e", "0x1", "NaN", "1e100", "1234567890123456"]),
        .init(
            schema: #"{"type": "integer"}"#, accepted: ["0", "-12", "999999999999999"], rejected: ["-0", "1.0", "1e2"]),
        // White space.
        .init(
            schema: #"{"type": "array", "items": {"type": "null"}}"#,
            accepted: ["[]", "[ ]", "[null,null]", "[null, null]", "[\n\t\tnull,\n\t\tnull\n]", "[ null ]"],
            rejected: ["[null ,null]", "[  null]", "[null,\n\nnull]", "[null]\n", "[null,]", "[,null]", "[null"]),
        // Names and values of every kind.
        .init(
            schema: #"{"enum": [{"a": [1, "x"], "b": {}}, null, "y\n"]}"#,
            accepted: [#"{"a":[1,"x"],"b":{}}"#, "{\n \"a\": [1, \"x\"], \"b\": {}\n}", "null", #""y\n""#],
            rejected: [#"{"b":{},"a":[1,"x"]}"#, #"{"a":[1,"x"]}"#, #""y\u000a""#, "{}"]),
        // Others than the names: also those that begin like one, or contain one.
        .init(
            schema: #"{"properties": {"ab": {"type": "null"}, "é": {"type": "null"}}, "type": "object","#
                + #""additionalProperties": {"type": "integer"}}"#,
            accepted: [
                "{}", #"{"ab":null}"#, #"{"a":1}"#, #"{"abc":1}"#, #"{"":1,"b":2}"#,
                #"{"ab":null,"é":null,"ê":1,"éa":2}"#,
                #"{"中":1,"🙂":2}"#,
            ],
            rejected: [
                #"{"ab":1}"#, #"{"a":1,"ab":1}"#, #"{"é":1}"#, #"{"\u0061b":1}"#, #"{"a":null}"#, "{\"\u{1}\":1}",
            ]),
        .init(schema: "true", accepted: ["{}", "[[1]]", "\"\"", "true"], rejected: ["", "tru", "{]"]),
        .init(
            schema: #"{"type": "object"}"#, accepted: [#"{"a":{"b":[null]},"c":1}"#],
            rejected: ["[]", "1", #"{"a"}"#, "{a:1}"]),
        .init(schema: #"{"type": "array", "maxItems": 0}"#, accepted: ["[]", "[ ]"], rejected: ["[1]", "[\n ]x"]),
        .init(
            schema:
                #"{"type": "array", "prefixItems": [{"const": 1}, {"const": 2}, {"const": 3}], "minItems": 1, "maxItems": 2}"#,
            accepted: ["[1]", "[1,2]"], rejected: ["[]", "[1,2,3]", "[2]"]),
        .init(schema: #"{"type": "array", "items": false}"#, accepted: ["[]"], rejected: ["[1]"]),
        // Formats.
        .init(
            schema: #"{"type": "string", "format": "date-time"}"#,
            accepted: [#""2024-02-29T23:59:59Z""#, #""1999-01-31T00:00:00.5+01:00""#],
            rejected: [
                #""2023-02-29T00:00:00Z""#, #""2024-04-31T00:00:00Z""#, #""2024-01-01T24:00:00Z""#, #""2024-01-01""#,
            ]),
        .init(
            schema: #"{"type": "string", "format": "time"}"#, accepted: [#""12:00:00Z""#, #""00:00:00.123-23:59""#],
            rejected: [#""12:00""#, #""12:60:00Z""#, #""12:00:00""#]),
        .init(
            schema: #"{"type": "string", "format": "duration"}"#,
            accepted: [#""P1D""#, #""PT1H30M""#, #""P1Y2M3DT4H5M6S""#, #""P2W""#],
            rejected: [#""P""#, #""PT""#, #""1D""#, #""P1H""#, #""P1DT""#]),
        .init(
            schema: #"{"type": "string", "format": "hostname"}"#, accepted: [#""a.example-1.org""#],
            rejected: [#""-a.org""#, #""a..b""#]),
        .init(
            schema: #"{"type": "string", "format": "email"}"#, accepted: [#""o'brien+x@mail.example.ie""#],
            rejected: [#""a@""#, #""@b.org""#, #""a.@b.org""#, #""a b@c.org""#]),
        .init(
            schema: #"{"type": "string", "format": "ipv4"}"#, accepted: [#""255.0.10.99""#],
            rejected: [#""256.0.0.1""#, #""01.0.0.0""#]),
        // Patterns match somewhere unless they say otherwise.
        .init(
            schema: #"{"type": "string", "pattern": "^a|b$"}"#, accepted: [#""axx""#, #""xxb""#, #""a""#],
            rejected: [#""xax""#, #""""#]),
        .init(
            schema: #"{"type": "string", "pattern": "^[^a]$"}"#,
            accepted: [#""b""#, #""\n""#, #""\"""#, #""\u0000""#, #""🙂""#],
            rejected: [#""a""#, #""""#, #""bb""#, #"""""#]),
        // Annotations are passed over.
        .init(
            schema:
                #"{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "x", "title": "t", "description": "d","#
                + #""default": 1, "examples": [1], "x-order": 3, "type": "boolean"}"#,
            accepted: ["true"], rejected: ["1"]),
        // References with escapes, and through lists.
        .init(
            schema:
                ##"{"$defs": {"a/b~c d": {"const": 1}}, "anyOf": [{"$ref": "#/$defs/a~1b~0c%20d"}, {"$ref": "#/anyOf/2"}, {"const": 2}]}"##,
            accepted: ["1", "2"], rejected: ["3"]),
        .init(
            schema:
                ##"{"definitions": {"a": {"allOf": [{"$ref": "#/definitions/b"}]}, "b": {"type": "null"}}, "$ref": "#/definitions/a"}"##,
            accepted: ["null"], rejected: ["1"]),
        // A name that one schema declares and another forbids.
        .init(
            schema:
                #"{"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}, "additionalProperties": false},"#
                + #"{"properties": {"b": {"type": "null"}}}]}"#,
            accepted: ["{}", #"{"a":null}"#], rejected: [#"{"b":null}"#, #"{"a":null,"b":null}"#]),
        .init(
            schema: #"{"oneOf": [{"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]},"#
                + #"{"type": "object", "properties": {"b": {"type": "null"}}, "additionalProperties": false}]}"#,
            accepted: [#"{"a":null}"#, "{}", #"{"b":null}"#], rejected: [#"{"a":null,"b":null}"#]),
        // Values that two schemas allow, numbers by what they are worth.
        .init(
            schema: #"{"allOf": [{"enum": [1, 2.0, "x"]}, {"enum": [2, "x", "y"]}]}"#, accepted: ["2.0", #""x""#],
            rejected: ["1", #""y""#]),
        .init(schema: #"{"type": "integer", "enum": [1, 1.5, 2.0]}"#, accepted: ["1", "2.0"], rejected: ["1.5"]),
    ]

    @Test(arguments: examples.indices) func textsAreAcceptedOrRejected(_ index: Int) throws {
        let example = Self.examples[index]
        let grammar = try Grammar.schema(example.schema)
        for text in example.accepted { #expect(try grammar.accepts(text), "\(text) of \(example.schema)") }
        for text in example.rejected { #expect(try !grammar.accepts(text), "\(text) of \(example.schema)") }
    }

    // MARK: What is refused

    struct Defect: Sendable {
        var schema: String
        var kind: InputError.Kind
        var field: String?
    }

    private static let defects: [Defect] = [
        .init(schema: "{", kind: .truncated, field: "JSON"), .init(schema: "1", kind: .wrongType, field: "#"),
        .init(schema: "false", kind: .invalidValue, field: nil),
        .init(schema: #"{"type": "text"}"#, kind: .invalidValue, field: "#/type"),
        .init(schema: #"{"type": 3}"#, kind: .invalidValue, field: "#/type"),
        .init(schema: #"{"not": {}}"#, kind: .unsupported, field: "#/not"),
        .init(schema: #"{"if": {}, "then": {}}"#, kind: .unsupported, field: "#/if"),
        .init(
            schema: #"{"properties": {"a": {"items": {"contains": 1}}}}"#, kind: .unsupported,
            field: "#/properties/a/items/contains"),
        .init(schema: #"{"patternProperties": {}}"#, kind: .unsupported, field: "#/patternProperties"),
        .init(schema: #"{"multipleOf": 3}"#, kind: .unsupported, field: "#/multipleOf"),
        .init(schema: #"{"uniqueItems": true}"#, kind: .unsupported, field: "#/uniqueItems"),
        .init(schema: #"{"a/b": 3}"#, kind: .unsupported, field: "#/a~1b"),
        .init(schema: #"{"items": [{}]}"#, kind: .unsupported, field: "#/items"),
        .init(schema: #"{"items": 1}"#, kind: .wrongType, field: "#/items"),
        .init(schema: #"{"prefixItems": []}"#, kind: .wrongType, field: "#/prefixItems"),
        .init(schema: #"{"minItems": -1}"#, kind: .wrongType, field: "#/minItems"),
        .init(schema: #"{"maxLength": 1.5}"#, kind: .wrongType, field: "#/maxLength"),
        .init(schema: #"{"minimum": "1"}"#, kind: .wrongType, field: "#/minimum"),
        .init(schema: #"{"minimum": 1e99}"#, kind: .wrongType, field: "#/minimum"),
        .init(schema: #"{"properties": []}"#, kind: .wrongType, field: "#/properties"),
        .init(schema: #"{"required": "a"}"#, kind: .wrongType, field: "#/required"),
        .init(schema: #"{"required": [1]}"#, kind: .wrongType, field: "#/required"),
        .init(schema: #"{"enum": 1}"#, kind: .wrongType, field: "#/enum"),
        .init(schema: #"{"anyOf": {}}"#, kind: .wrongType, field: "#/anyOf"),
        .init(schema: #"{"anyOf": [1]}"#, kind: .wrongType, field: "#/anyOf/0"),
        .init(schema: #"{"$ref": 1}"#, kind: .wrongType, field: "#/$ref"),
        .init(schema: ##"{"$ref": "#/$defs/a"}"##, kind: .missing, field: "#/$ref"),
        .init(schema: ##"{"$ref": "#a"}"##, kind: .unsupported, field: "#/$ref"),
        .init(schema: #"{"$ref": "https://example.org/s.json"}"#, kind: .unsupported, field: "#/$ref"),
        .init(schema: ##"{"$ref": "#"}"##, kind: .invalidValue, field: "#"),
        .init(schema: ##"{"allOf": [{"$ref": "#"}], "type": "object"}"##, kind: .invalidValue, field: "#"),
        .init(schema: ##"{"anyOf": [{"$ref": "#"}, {"type": "null"}]}"##, kind: .unsupported, field: "#"),
        .init(schema: #"{"format": "uri"}"#, kind: .unsupported, field: "#/format"),
        .init(schema: #"{"pattern": "(?=a)"}"#, kind: .unsupported, field: "#/pattern"),
        .init(schema: #"{"pattern": "a", "maxLength": 3}"#, kind: .unsupported, field: "#/pattern"),
        .init(schema: #"{"pattern": "a", "format": "date"}"#, kind: .unsupported, field: "#/pattern"),
        .init(schema: #"{"enum": ["a"], "minLength": 1}"#, kind: .unsupported, field: "#/enum"),
        .init(schema: #"{"const": "a", "pattern": "b"}"#, kind: .unsupported, field: "#/const"),
        .init(schema: #"{"oneOf": [{"type": "integer"}, {"type": "number"}]}"#, kind: .unsupported, field: "#/oneOf"),
        .init(
            schema: #"{"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object", "required": ["b"]}]}"#,
            kind: .unsupported, field: "#/oneOf"),
        .init(schema: #"{"type": "string", "minLength": 3, "maxLength": 2}"#, kind: .invalidValue, field: nil),
        .init(schema: #"{"type": "integer", "minimum": 3, "maximum": 2}"#, kind: .invalidValue, field: nil),
        .init(schema: #"{"type": "array", "minItems": 3, "maxItems": 2}"#, kind: .invalidValue, field: nil),
        .init(schema: #"{"allOf": [{"type": "string"}, {"type": "null"}]}"#, kind: .invalidValue, field: nil),
        .init(
            schema: ##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##,
            kind: .invalidValue,
            field: nil),
        .init(
            schema: #"{"type": "object", "properties": {"a": false}, "required": ["a"]}"#, kind: .invalidValue,
            field: nil),
    ]

    @Test(arguments: defects.indices) func whatIsNotFollowedIsRefusedWithItsPath(_ index: Int) throws {
        let defect = Self.defects[index]
        let error = try #require(throws: InputError.self) {
            try Grammar(jsonSchema: defect.schema, source: "schema.json")
        }
        #expect(error.kind == defect.kind && error.field == defect.field, "\(error)")
        #expect(error.source == "schema.json" && error.description.hasSuffix("."))
    }

    @Test func objectsOfAnyKind() throws {
        let grammar = try Grammar.jsonObject()
        for text in ["{}", #"{"a": [1, {"b": null}]}"#] { #expect(try grammar.accepts(text)) }
        for text in ["[]", "1", "", #"{"a": }"#] { #expect(try !grammar.accepts(text)) }
    }
}
