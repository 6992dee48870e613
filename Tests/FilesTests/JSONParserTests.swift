import Files
import Testing

/// RFC 8259, and what this parser forbids beyond it.
@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", JSONValue.null), (" true\n", .boolean(true)), ("\tfalse\r", .boolean(false)), ("0", .number("0")),
            ("-0", .number("-0")), ("-12.50", .number("-12.50")), ("1E+2", .number("1E+2")),
            ("1e-300", .number("1e-300")), ("\"\"", .string("")), ("[]", .array([])), ("{}", .object(JSONObject())),
            ("[1, [2], {}]", .array([.number("1"), .array([.number("2")]), .object(JSONObject())])),
            (#"{"a":1,"":[]}"#, .object(JSONObject([("a", .number("1")), ("", .array([]))]))),
            ("\u{FEFF}1", .number("1")),
        ])
    func parses(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONParser.parse(text, source: "text") == expected)
    }

    @Test(
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u4E2d""#, "é中"), ("\"é｜🐋\"", "é｜🐋"),
            (#""\ud83d\udc0B""#, "🐋"), (#""a\u0000b""#, "a\0b"),
            // A lone surrogate is no character.
            (#""\ud83d""#, "\u{FFFD}"), (#""\udc0b""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
            (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\udc0b""#, "\u{FFFD}🐋"),
            ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
        ])
    func parsesString(_ text: String, _ expected: String) throws {
        #expect(try JSONParser.parse(text, source: "text").string.map { Array($0.utf8) } == Array(expected.utf8))
    }

    /// The offset is that of the first byte that cannot be right.
    @Test(
        arguments: [
            ("", UInt64(0), InputError.Kind.truncated), ("  ", 2, .truncated), ("[1,", 3, .truncated),
            ("[1", 2, .truncated), (#"{"a":"#, 5, .truncated), (#"{"a""#, 4, .truncated), (#""abc"#, 4, .truncated),
            (#""\"#, 2, .truncated), ("[1,]", 3, .invalidValue), ("[,]", 1, .invalidValue), ("[1 2]", 3, .invalidValue),
            (#"{"a" 1}"#, 5, .invalidValue), (#"{a:1}"#, 1, .invalidValue), (#"{"a":1,}"#, 7, .invalidValue),
            ("1 2", 2, .invalidValue), ("01", 1, .invalidValue), ("+1", 0, .invalidValue), (".5", 0, .invalidValue),
            ("NaN", 0, .invalidValue), ("Infinity", 0, .invalidValue), ("nul", 0, .invalidValue),
            ("tru e", 0, .invalidValue), ("'a'", 0, .invalidValue), ("// a\n1", 0, .invalidValue),
            (#""\x""#, 2, .invalidValue), (#""\u12g4""#, 5, .invalidValue), ("\"a\nb\"", 2, .invalidValue),
            ("\"\\n\u{1}\"", 3, .invalidValue), (#"{"a":1,"b":2,"a":3}"#, 13, .duplicate),
            (#"{"a":1,"\u0061":3}"#, 7, .duplicate), ("\u{FEFF}\u{FEFF}1", 3, .invalidValue),
        ])
    func refuses(_ text: String, _ offset: UInt64, _ kind: InputError.Kind) {
        let error = #expect(throws: InputError.self) { try JSONParser.parse(text, source: "some.json") }
        #expect(error?.offset == offset)
        #expect(error?.kind == kind)
        #expect(error?.description.contains("some.json, JSON, at byte \(offset)") == true)
    }

    /// A number needs digits where the grammar has them.
    @Test(arguments: ["-", "1.", "1.e5", "1e", "1e+", "-.5", "--1", "1.2.3", "0x10", "1_000"])
    func refusesNumber(_ text: String) {
        #expect(throws: InputError.self) { try JSONParser.parse(text, source: "text") }
    }

    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func refusesWhatIsNotUTF8(_ bytes: [UInt8]) {
        for escape in ["", "\\n"] {
            let document = Array("\"\(escape)".utf8) + bytes + [UInt8(ascii: "\"")]
            let error = #expect(throws: InputError.self) { try JSONParser.parse(document, source: "text") }
            #expect(error?.kind == .invalidValue)
        }
    }

    @Test func nestingIsLimited() throws {
        let limit = JSONParser.depthLimit
        let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect(try JSONParser.parse(deepest, source: "text").array?.count == 1)
        for opening in ["[", #"{"a":"#] {
            let error = #expect(throws: InputError.self) {
                try JSONParser.parse(String(repeating: opening, count: 1_000_000), source: "text")
            }
            #expect(error?.kind == .excessive)
        }
    }

    @Test func offsetsCountFromTheFile() throws {
        let file = MappedFile.copy(of: Array("xxxx[1,?]".utf8), path: "some.bin")
        let error = #expect(throws: InputError.self) { try JSONParser.parse(file, range: 4..<9) }
        #expect(error?.offset == 7)
        #expect(try JSONParser.parse(file, range: 5..<6) == .number("1"))
    }

    @Test(
        arguments: [
            ("4", 4), ("-4", -4), ("4.0", 4), ("4e2", 400), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("1e19", nil), ("4.5", nil), ("1e400", nil), ("true", nil), ("\"4\"", nil),
        ] as [(String, Int?)])
    func integers(_ text: String, _ expected: Int?) throws {
        #expect(try JSONParser.parse(text, source: "text").integer == expected)
    }

    @Test func orderAndKeysAreKept() throws {
        let object = try #require(try JSONParser.parse(#"{"z":1,"a":{"b":[true]},"é":null}"#, source: "text").object)
        #expect(object.members.map(\.key) == ["z", "a", "é"])
        #expect(object["a"]?["b"]?.array?.first?.boolean == true)
        #expect(object["é"]?.isNull == true)
        #expect(object["b"] == nil)
    }

    /// Keys are compared as bytes' meaning: canonically equal spellings are one key, and cannot both stand.
    @Test func equalSpellingsAreOneKey() {
        let error = #expect(throws: InputError.self) {
            try JSONParser.parse("{\"e\u{301}\":1,\"\u{E9}\":2}", source: "text")
        }
        #expect(error?.kind == .duplicate)
    }
}
