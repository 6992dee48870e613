import Files
import Testing

@testable import Serving

@Suite struct ShapeTests {
    static let shape: Shape = .object([
        .required("name", .string(length: 1...5)),
        .optional("kind", .string(among: ["a", "b"])),
        .optional("count", .integer(0...9)),
        .optional("ratio", .number(0...1)),
        .optional("seed", .integer(Int(Int64.min)...Int(Int64.max))),
        .optional("list", .array(.object([.required("text", .text)]), count: 1...2)),
        .optional("either", .either([.text, .array(.count)])),
        .optional("map", .map(.boolean, count: 0...1)),
    ])

    static let good: [String] = [
        #"{"name": "x"}"#,
        #"{"name": "x", "unknown": [1, {}]}"#,
        #"{"name": "12345", "kind": "a", "count": 9, "ratio": 0.5, "list": [{"text": ""}], "either": [0, 7], "map": {"k": true}}"#,
        #"{"name": "x", "kind": null, "count": 4.0, "either": "text", "list": null}"#,
    ]

    @Test(arguments: good) func takes(_ text: String) throws {
        try Self.shape.check(try JSONParser.parse(text, source: "test"), at: "")
    }

    static let bad: [(String, String)] = [
        ("[]", "body"), (#"{}"#, "name"), (#"{"name": 1}"#, "name"), (#"{"name": ""}"#, "name"),
        (#"{"name": "123456"}"#, "name"), (#"{"name": "x", "kind": "c"}"#, "kind"),
        (#"{"name": "x", "count": 10}"#, "count"), (#"{"name": "x", "count": -1}"#, "count"),
        (#"{"name": "x", "count": 1.5}"#, "count"), (#"{"name": "x", "count": "1"}"#, "count"),
        (#"{"name": "x", "count": 1e99}"#, "count"), (#"{"name": "x", "seed": -9223372036854775809}"#, "seed"),
        (#"{"name": "x", "ratio": 1.01}"#, "ratio"), (#"{"name": "x", "list": []}"#, "list"),
        (#"{"name": "x", "list": [{"text": "a"}, {}]}"#, "list[1].text"),
        (#"{"name": "x", "either": [0, "a"]}"#, "either[1]"), (#"{"name": "x", "either": {}}"#, "either"),
        (#"{"name": "x", "map": {"k": 1}}"#, "map.k"), (#"{"name": "x", "map": {"k": true, "l": true}}"#, "map"),
        (#"{"name": null}"#, "name"),
    ]

    @Test(arguments: bad) func refuses(_ text: String, _ field: String) throws {
        let value = try JSONParser.parse(text, source: "test")
        let error = #expect(throws: InputError.self) { try Self.shape.check(value, at: "") }
        #expect(error?.field == field)
        #expect(error?.description.hasSuffix(".") == true)
    }

    /// A description that promises a shape is written from the shape itself.
    @Test func writesJSONSchema() {
        var document = ShapeDocument(models: [])
        let schema = document.schema(.named("Thing", Self.shape))
        #expect(schema["$ref"]?.string == "#/components/schemas/Thing")
        let thing = document.components.first { $0.key == "Thing" }?.value
        #expect(thing?["required"]?[0]?.string == "name")
        #expect(thing?["properties"]?["name"]?["maxLength"]?.integer == 5)
        #expect(thing?["properties"]?["count"]?["anyOf"]?[0]?["maximum"]?.integer == 9)
        #expect(thing?["properties"]?["count"]?["anyOf"]?[1]?["type"]?.string == "null")
    }
}
