import Files
import Testing

@testable import Checkpoints

/// Safetensors files that are broken on purpose: each is refused by an error that says what and where.
@Suite struct SafetensorsHostileTests {
    static let headers: [HostileCase] = [
        HostileCase("8 bytes are not there", [1, 2, 3], .truncated, "header length"),
        HostileCase("header of 2^64-1 bytes", littleEndian(UInt64.max) + Array("{}".utf8), .overflow, "header length"),
        HostileCase(
            "header of 2^63 bytes", littleEndian(UInt64(1) << 63) + Array("{}".utf8), .overflow, "header length"),
        HostileCase(
            "header over 100 MB", littleEndian(UInt64(100_000_001)) + Array("{}".utf8), .overflow, "header length"),
        HostileCase("header beyond the end", littleEndian(UInt64(3)) + Array("{}".utf8), .truncated, "header length"),
        HostileCase("header of 0 bytes", littleEndian(UInt64(0)) + Array("{}".utf8), .truncated, "JSON"),
        HostileCase("array", SafetensorsBytes.file("[]", dataCount: 0), .unrecognized, "header"),
        HostileCase("broken JSON", SafetensorsBytes.file(#"{"a":}"#, dataCount: 0), .invalidValue, "JSON"),
        HostileCase("deep JSON", SafetensorsBytes.file(deep, dataCount: 0), .excessive, "JSON"),
        HostileCase(
            "metadata of numbers", SafetensorsBytes.file(#"{"__metadata__":{"a":1}}"#, dataCount: 0), .wrongType,
            "__metadata__"),
        HostileCase(
            "metadata no object", SafetensorsBytes.file(#"{"__metadata__":[]}"#, dataCount: 0), .wrongType,
            "__metadata__"),
        HostileCase("name twice", file(["a": entry(), "b": entry()].map(\.value)), .duplicate, "tensor"),
        HostileCase(
            "not UTF-8", littleEndian(UInt64(5)) + Array(#"{"\#u{7F}":"#.utf8).map { $0 == 0x7F ? 0xFF : $0 },
            .invalidValue, "JSON"),
    ]

    static let entries: [HostileCase] = [
        HostileCase("no object", SafetensorsBytes.file(#"{"tensor":3}"#, dataCount: 0), .wrongType, "tensor"),
        HostileCase(
            "no dtype", SafetensorsBytes.file(#"{"tensor":{"shape":[],"data_offsets":[0,0]}}"#, dataCount: 0), .missing,
            "dtype"),
        HostileCase(
            "no shape", SafetensorsBytes.file(#"{"tensor":{"dtype":"U8","data_offsets":[0,0]}}"#, dataCount: 0),
            .missing, "shape"),
        HostileCase(
            "no offsets", SafetensorsBytes.file(#"{"tensor":{"dtype":"U8","shape":[0]}}"#, dataCount: 0), .missing,
            "data_offsets"),
        HostileCase("unknown dtype", file([entry("tensor", "F8_E8M0", "[8]")]), .unsupported, "F8_E8M0"),
        HostileCase("dtype of GGUF", file([entry("tensor", "Q8_0", "[8]")]), .unsupported, "Q8_0"),
        HostileCase("5 dimensions", file([entry("tensor", "F32", "[1,1,1,1,2]")]), .unsupported, "5 dimensions"),
        HostileCase("negative extent", file([entry("tensor", "F32", "[-2]")]), .invalidValue, "-2"),
        HostileCase("fraction", file([entry("tensor", "F32", "[2.5]")]), .invalidValue, "2.5"),
        HostileCase("extent of text", file([entry("tensor", "F32", #"["2"]"#)]), .wrongType, "shape"),
        HostileCase(
            "extent 2^63", file([entry("tensor", "F32", "[9223372036854775808]")]), .overflow, "9223372036854775808"),
        HostileCase("product 2^64", file([entry("tensor", "U8", "[4294967296,4294967296]")]), .overflow, "shape"),
        HostileCase("bytes 2^64", file([entry("tensor", "F32", "[4611686018427387904]")]), .overflow, "tensor"),
        HostileCase(
            "bytes that wrap to 8", file([entry("tensor", "F64", "[2305843009213693953]")]), .overflow, "tensor"),
        HostileCase("too few bytes", file([entry("tensor", "F32", "[3]")]), .invalidValue, "12 bytes"),
        HostileCase("end before begin", file([entry("tensor", "F32", "[2]", "[8,0]")]), .invalidValue, "data_offsets"),
        HostileCase("one offset", file([entry("tensor", "F32", "[2]", "[8]")]), .wrongType, "data_offsets"),
        HostileCase(
            "offset 2^63", file([entry("tensor", "F32", "[2]", "[0,9223372036854775808]")]), .overflow, "data_offsets"),
        HostileCase(
            "offset 2^60", file([entry("tensor", "U8", "[1152921504606846976]", "[0,1152921504606846976]")]),
            .outOfBounds, "data_offsets"),
        HostileCase("beyond the end", file([entry("tensor", "F32", "[3]", "[0,12]")]), .outOfBounds, "data_offsets"),
        HostileCase("overlap", file([entry(), entry("other", "F32", "[1]", "[4,8]")]), .overlap, "other"),
        HostileCase("same bytes", file([entry(), entry("other")]), .overlap, "other"),
        HostileCase("hole before", file([entry("tensor", "F32", "[1]", "[4,8]")]), .invalidValue, "hole"),
        HostileCase("rest after", file([entry("tensor", "F32", "[1]", "[0,4]")]), .invalidValue, "no tensor"),
    ]

    @Test(arguments: headers + entries) func isRefused(_ test: HostileCase) {
        expectError(test.kind, naming: "hostile.safetensors", test.field) { try _ = open(test.bytes) }
    }

    @Test func sampleOpens() throws {
        let file = try open(SafetensorsBytes.sample)
        #expect(file.entries.map(\.name) == ["tensor", "other"])
        #expect(file.entries.map(\.tensor.shape) == [[2], [1, 3]])
        #expect(file.metadata["format"]?.string == "pt")
    }

    @Test func everyTruncationIsRefused() {
        let bytes = SafetensorsBytes.sample
        for count in 0..<bytes.count {
            let error = #expect(throws: InputError.self, "cut to \(count) bytes") { try open(Array(bytes[..<count])) }
            #expect(error?.source == "hostile.safetensors")
        }
    }

    /// Empty tensors and scalars are part of the format.
    @Test func emptyAndScalarTensorsOpen() throws {
        let file = try open(
            Self.file([Self.entry("empty", "F32", "[0,3]", "[0,0]"), Self.entry("scalar", "I64", "[]")]))
        #expect(file.entries.map(\.tensor.shape.count) == [0, 1])
    }

    @Test(arguments: ["F64", "F32", "F16", "BF16", "F8_E4M3", "I64", "I32", "I16", "I8", "U8", "BOOL"])
    func elementTypeOpens(_ type: String) throws {
        let width = ["F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I16": 2][type] ?? 1
        let file = try open(Self.file([Self.entry("tensor", type, "[\(8 / width)]")]))
        #expect(file.entries.first?.tensor.elementType.rawValue == type)
    }

    /// Whatever the header's length, values are read from their place.
    @Test(arguments: 0..<8) func unalignedTensorsAreRead(_ padding: Int) throws {
        let header = "{\(Self.entry())}" + String(repeating: " ", count: padding)
        let data = [Float(1.5), -2.25].flatMap { littleEndian($0.bitPattern) }
        let tensor = try #require(try open(SafetensorsBytes.file(header, data: data)).entries.first?.tensor)
        #expect(tensor.floats == [1.5, -2.25])
        #expect(tensor.withFloats { UInt(bitPattern: $0.baseAddress) } % 4 == 0)
    }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        try SafetensorsFile(.copy(of: bytes, path: "hostile.safetensors"))
    }

    private static func entry(
        _ name: String = "tensor", _ type: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]"
    ) -> String { SafetensorsBytes.entry(name, type, shape, offsets) }

    private static func file(_ entries: [String]) -> [UInt8] {
        SafetensorsBytes.file("{\(entries.joined(separator: ","))}", dataCount: 8)
    }

    private static let deep = #"{"a":"# + String(repeating: "[", count: 100_000)
}
