import Files
import Testing

@testable import Checkpoints

/// GGUF files that are broken on purpose: each is refused by an error that says what and where, and nothing traps.
///
/// The classes of the advisories of other loaders: counts and sizes that overflow (CVE-2024-21802 and its siblings,
/// CVE-2025-53630, CVE-2026-27940), offsets outside of the file (CVE-2026-7482), division by zero and unbounded
/// allocation (GO-2025-3548, 3557, 3558, 3559, 3582, 3689, 3695).
@Suite struct GGUFHostileTests {
    typealias Description = GGUFBytes.Description

    static let counts: [HostileCase] = [
        HostileCase("tensor count 2^60", changed { $0.tensorCount = 1 << 60 }, .overflow, "tensor count"),
        HostileCase("tensor count 2^64-1", changed { $0.tensorCount = .max }, .overflow, "tensor count"),
        HostileCase("metadata count 2^60", changed { $0.keyCount = 1 << 60 }, .overflow, "metadata count"),
        HostileCase("array count 2^60", setting("big", .array(4, [], count: 1 << 60)), .overflow, "big"),
        HostileCase(
            "array count 2^62 of u32: product 2^64", setting("big", .array(4, [], count: 1 << 62)), .overflow, "big"),
        HostileCase("string array count 2^61", setting("big", .array(8, [], count: 1 << 61)), .overflow, "big"),
        HostileCase("array of arrays 2^60", setting("big", .array(9, [], count: 1 << 60)), .overflow, "big"),
        HostileCase(
            "token count 2^60", setting("tokenizer.ggml.tokens", .array(8, [], count: 1 << 60)), .overflow,
            "tokenizer.ggml.tokens"),
        HostileCase("string of 2^63 bytes", setting("text", raw(8, littleEndian(UInt64(1) << 63))), .overflow, "text"),
        HostileCase("string of 2^64-1 bytes", setting("text", raw(8, littleEndian(UInt64.max))), .overflow, "text"),
        HostileCase(
            "too many keys",
            GGUFBytes(pairs: (0...GGUFMetadata.keyLimit).map { ("\($0)", .uint8(0)) }), .excessive, "metadata count"),
        HostileCase(
            "a key of 70,000 bytes", setting(String(repeating: "k", count: 70_000), .uint8(0)), .excessive,
            "metadata key"),
    ]

    static let metadata: [HostileCase] = [
        HostileCase("unknown value type", setting("odd", raw(13, [0])), .wrongType, "odd"),
        HostileCase(
            "unknown element type", setting("odd", raw(9, littleEndian(UInt32(77)) + littleEndian(UInt64(0)))),
            .wrongType, "odd"),
        HostileCase("boolean of 2", setting("flag", .boolean(2)), .invalidValue, "flag"),
        HostileCase("nested 9 deep", setting("deep", .nested(9)), .excessive, "deep"),
        HostileCase("nested 5,000 deep", setting("deep", .nested(5_000)), .excessive, "deep"),
        HostileCase("nested 100,000 deep in the tokenizer", deepVocabulary, .excessive, "tokenizer.ggml.deep"),
        HostileCase(
            "not UTF-8", setting("text", raw(8, littleEndian(UInt64(2)) + [0xC3, 0x28])), .invalidValue, "text"),
        HostileCase("key twice", changed { $0.pairs.append(("values.flag", .boolean(1))) }, .duplicate, "values.flag"),
        HostileCase("alignment 0", setting("general.alignment", .uint32(0)), .invalidValue, "general.alignment"),
        HostileCase("alignment 24", setting("general.alignment", .uint32(24)), .invalidValue, "general.alignment"),
        HostileCase(
            "alignment 2^31", setting("general.alignment", .uint32(1 << 31)), .invalidValue, "general.alignment"),
        HostileCase(
            "alignment 2^63", setting("general.alignment", .uint64(1 << 63)), .invalidValue, "general.alignment"),
        HostileCase("alignment -32", setting("general.alignment", .int32(-32)), .invalidValue, "general.alignment"),
        HostileCase(
            "alignment of text", setting("general.alignment", .string("32")), .invalidValue, "general.alignment"),
    ]

    static let tensors: [HostileCase] = [
        HostileCase("dimension 0", tensor(Description(dimensions: [0])), .invalidValue, "tensor"),
        HostileCase("dimensions [4, 0]", tensor(Description(dimensions: [4, 0])), .invalidValue, "tensor"),
        HostileCase("no dimensions", tensor(Description(dimensions: [])), .invalidValue, "tensor"),
        HostileCase("5 dimensions", tensor(Description(dimensions: [1, 1, 1, 1, 1])), .invalidValue, "tensor"),
        HostileCase("2^32-1 dimensions", tensor(Description(rank: .max)), .invalidValue, "tensor"),
        HostileCase("dimension 2^63", tensor(Description(dimensions: [1 << 63])), .overflow, "tensor"),
        HostileCase("product 2^64", tensor(Description(dimensions: [1 << 32, 1 << 32])), .overflow, "tensor"),
        HostileCase("product wraps to 4", tensor(Description(dimensions: [1 << 62, 4, 1, 1])), .overflow, "tensor"),
        HostileCase("bytes 2^64", tensor(Description(dimensions: [1 << 31, 1 << 31])), .overflow, "tensor"),
        HostileCase("bytes 2^63", tensor(Description(dimensions: [1 << 30, 1 << 31])), .overflow, "tensor"),
        HostileCase("beyond the end", tensor(Description(dimensions: [1 << 20])), .outOfBounds, "tensor"),
        HostileCase("one value too many", tensor(Description(dimensions: [9])), .outOfBounds, "tensor"),
        HostileCase("offset beyond the end", tensor(Description(offset: 1 << 40)), .outOfBounds, "tensor"),
        HostileCase("offset wraps", tensor(Description(offset: .max - 31)), .outOfBounds, "tensor"),
        HostileCase("offset unaligned", tensor(Description(offset: 4)), .invalidValue, "tensor"),
        HostileCase("half a block", tensor(Description(dimensions: [16], type: 8)), .invalidValue, "tensor"),
        HostileCase("half a block of 256", tensor(Description(dimensions: [128], type: 12)), .invalidValue, "tensor"),
        HostileCase("type 4, removed", tensor(Description(type: 4)), .unsupported, "Q4_2"),
        HostileCase("type MXFP4", tensor(Description(type: 39)), .unsupported, "MXFP4"),
        HostileCase("type 2^32-1", tensor(Description(type: .max)), .unsupported, "number 4294967295"),
        HostileCase("same name twice", twoTensors("tensor", offset: 32), .duplicate, "tensor"),
        HostileCase("same bytes", twoTensors("other", offset: 0), .overlap, "other"),
    ]

    static let headers: [HostileCase] = [
        HostileCase("version 1", GGUFBytes(version: 1), .unsupported, "version 1"),
        HostileCase("version 4", GGUFBytes(version: 4), .unsupported, "version 4"),
        HostileCase("big-endian", GGUFBytes(version: 3 << 24), .unsupported, "big-endian"),
        HostileCase("other magic", Array("GGUX".utf8) + GGUFBytes.sample.bytes.dropFirst(4), .unrecognized, "magic"),
    ]

    @Test(arguments: counts + metadata + tensors + headers)
    func isRefused(_ test: HostileCase) {
        expectError(test.kind, naming: "hostile.gguf", test.field) { try open(test.bytes) }
    }

    /// The unbroken file opens; so each case above is refused for its defect and not for the sample's.
    @Test func sampleOpens() throws {
        let checkpoint = try GGUFCheckpoint(.copy(of: GGUFBytes.sample.bytes, path: "sample.gguf"))
        #expect(checkpoint.tensors.map(\.name) == ["matrix", "blocks"])
        #expect(checkpoint.entry(named: "matrix")?.tensor.shape == [2, 4])
        #expect(checkpoint.entry(named: "blocks")?.tensor.elementType == .q8_0)
        try open(Self.tensor(Description()).bytes)
        try open(Self.twoTensors("other", offset: 32).bytes)
    }

    /// Whatever the length at which a file ends, the answer is an error; only padding may be missing.
    @Test func everyTruncationIsRefused() throws {
        let bytes = GGUFBytes.sample.bytes
        for count in 0..<bytes.count {
            let error = #expect(throws: InputError.self, "cut to \(count) bytes") { try open(Array(bytes[..<count])) }
            #expect(error?.source == "hostile.gguf")
        }
    }

    /// A type that is unknown usually means a generation that is: the error names the model.
    @Test func unknownTypeNamesTheModel() {
        let file = Self.tensor(Description(type: 39)).setting("general.architecture", .string("deepseek4"))
        expectError(.unsupported, naming: "hostile.gguf", "deepseek4") { try open(file.bytes) }
    }

    @Test func deepestNestingOpens() throws {
        try open(Self.setting("deep", .nested(GGUFMetadata.depthLimit)).bytes)
    }

    private func open(_ bytes: [UInt8]) throws { _ = try GGUFCheckpoint(.copy(of: bytes, path: "hostile.gguf")) }

    private static func raw(_ type: UInt32, _ bytes: [UInt8]) -> GGUFBytes.Value {
        GGUFBytes.Value(type: type, bytes: bytes)
    }

    private static func setting(_ key: String, _ value: GGUFBytes.Value) -> GGUFBytes {
        GGUFBytes.sample.setting(key, value)
    }

    private static func changed(_ change: (inout GGUFBytes) -> Void) -> GGUFBytes {
        var file = GGUFBytes.sample
        change(&file)
        return file
    }

    private static func tensor(_ description: Description) -> GGUFBytes {
        GGUFBytes(descriptions: [description], dataCount: 32)
    }

    private static func twoTensors(_ name: String, offset: UInt64) -> GGUFBytes {
        GGUFBytes(descriptions: [Description(), Description(name: name, offset: offset)], dataCount: 64)
    }

    /// Written without recursion or copies, since 100,000 levels are many.
    private static let deepVocabulary: GGUFBytes = {
        let level = littleEndian(UInt32(9)) + littleEndian(UInt64(1))
        let bytes = (0..<100_000).flatMap { _ in level } + littleEndian(UInt32(4)) + littleEndian(UInt64(0))
        return setting("tokenizer.ggml.deep", raw(9, bytes))
    }()
}
