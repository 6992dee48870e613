import Files
import Testing

@testable import Checkpoints

/// Every kind of metadata value reads as what it is.
@Suite struct GGUFMetadataTests {
    @Test(
        arguments: [
            (GGUFBytes.Value.uint8(255), JSONValue.number("255")), (.int8(-128), .number("-128")),
            (.uint16(65_535), .number("65535")), (.int16(-32_768), .number("-32768")),
            (.uint32(.max), .number("4294967295")), (.int32(.min), .number("-2147483648")),
            (.uint64(.max), .number("18446744073709551615")), (.int64(.min), .number("-9223372036854775808")),
            (.float32(1e-6), .number("1e-06")), (.float64(0.1), .number("0.1")), (.float32(.nan), .string("nan")),
            (.float64(-.infinity), .string("-inf")), (.boolean(0), .boolean(false)), (.boolean(1), .boolean(true)),
            (.string(""), .string("")), (.string("｜é\n"), .string("｜é\n")), (.array(4, []), .array([])),
            (.strings(["x", ""]), .array([.string("x"), .string("")])),
            (.nested(3), .array([.array([.array([.number("1")])])])),
        ])
    func reads(_ value: GGUFBytes.Value, _ expected: JSONValue) throws {
        let file = GGUFBytes.sample.setting("key", value)
        let checkpoint = try GGUFCheckpoint(.copy(of: file.bytes, path: "metadata.gguf"))
        #expect(checkpoint.fields["key"] == expected)
        // What follows the value is read from the right place.
        #expect(checkpoint.tensors.count == 2)
    }

    /// Long arrays and the tokenizer's stay in the file; nothing after them is lost.
    @Test(arguments: ["tokenizer.ggml.list", "long.list"])
    func longArraysStayInTheFile(_ key: String) throws {
        let values = (0..<2000).map { GGUFBytes.Value.uint32($0) }
        let file = GGUFBytes.sample.setting(key, .array(4, values)).setting("last", .uint8(7))
        let checkpoint = try GGUFCheckpoint(.copy(of: file.bytes, path: "metadata.gguf"))
        #expect(checkpoint.fields[key] == nil)
        #expect(checkpoint.fields["last"]?.integer == 7)
    }

    /// Many short arrays together are bounded too.
    @Test func keptValuesAreBounded() throws {
        let values = GGUFBytes.Value.array(0, (0..<1000).map { GGUFBytes.Value.uint8(UInt8($0 % 256)) })
        let file = GGUFBytes(pairs: (0..<100).map { ("list \($0)", values) })
        let checkpoint = try GGUFCheckpoint(.copy(of: file.bytes, path: "metadata.gguf"))
        #expect(checkpoint.fields["list 0"]?.array?.count == 1000)
        #expect(checkpoint.fields["list 99"] == nil)
    }

    @Test(arguments: [8, 64, 4096, 65_536] as [UInt32])
    func alignmentIsKept(_ alignment: UInt32) throws {
        var file = GGUFBytes.sample.withoutTensors().setting("general.alignment", .uint32(alignment))
        file.descriptions = [
            GGUFBytes.Description(name: "first", dimensions: [1]),
            GGUFBytes.Description(name: "second", dimensions: [1], offset: UInt64(alignment)),
        ]
        var bytes = file.bytes
        let start = (bytes.count + Int(alignment) - 1) / Int(alignment) * Int(alignment)
        bytes +=
            [UInt8](repeating: 0, count: start + Int(alignment) - bytes.count) + littleEndian(Float(2.5).bitPattern)
        let checkpoint = try GGUFCheckpoint(.copy(of: bytes, path: "aligned.gguf"))
        #expect(checkpoint.entry(named: "second")?.tensor.floats == [2.5])
    }
}
