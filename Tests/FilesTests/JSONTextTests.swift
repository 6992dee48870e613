import Files
import Testing

struct JSONTextTests {
    private static let value = JSONValue.object(
        JSONObject([
            ("text", .string("a \"quoted\"\\\n\t\u{1}\u{7F} ｜▁é😀/")),
            ("numbers", .array([.integer(-3), .decimal(1e-6)])),
            ("nothing", .null), ("truth", .boolean(false)), ("none", .array([])), ("empty", .object(JSONObject())),
            ("nested", .array([.object(JSONObject([("k", .array([.array([.integer(1)])]))]))])),
        ]))

    @Test func textIsReadBack() throws {
        #expect(try JSONParser.parse(Self.value.text, source: "text") == Self.value)
        #expect(try JSONParser.parse(Self.value.line, source: "line") == Self.value)
        #expect(!Self.value.line.contains("\n") && Self.value.text.hasSuffix("}\n"))
    }

    @Test func layoutIsTheUsual() {
        let value = JSONValue.object(JSONObject([("a", .integer(1)), ("b", .array([.integer(1), .integer(2)]))]))
        #expect(value.text == "{\n  \"a\": 1,\n  \"b\": [1, 2]\n}\n")
        #expect(value.line == "{\"a\": 1, \"b\": [1, 2]}")
    }

    /// The shortest decimal that gives the same f32; what is no number has none.
    @Test func decimalsAreShort() {
        #expect(JSONValue.decimal(0.1) == .number("0.1") && JSONValue.decimal(1e6) == .number("1000000.0"))
        #expect(JSONValue.decimal(.nan) == .null && JSONValue.decimal(.infinity) == .null)
    }
}
