import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

/// What makes a checkpoint of a folder: shards, index and configuration, and what is wrong with those.
@Suite final class FolderTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    // MARK: Safetensors

    @Test func shardsWithoutIndexOpen() throws {
        try writeShards()
        try remove("model.safetensors.index.json")
        #expect(try openCheckpoint(at: folder).tensors.map(\.name) == ["first", "second"])
    }

    @Test(arguments: ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"])
    func missingShardIsRefused(_ name: String) throws {
        try writeShards()
        try remove(name)
        expectError(.missing, naming: folder, name) { _ = try openCheckpoint(at: folder) }
        try remove("model.safetensors.index.json")
        expectError(.missing, naming: folder, name) { _ = try openCheckpoint(at: folder) }
    }

    /// A set that claims 999,999,999 shards is refused at once.
    @Test func hugeShardCountIsRefused() throws {
        try write("config.json", "{}")
        try write("model-000000001-of-999999999.safetensors", shard("first"))
        expectError(.missing, naming: folder, "model-000000002-of-999999999") { _ = try openCheckpoint(at: folder) }
    }

    @Test func tensorMissingFromItsShardIsRefused() throws {
        try writeShards()
        try write("model.safetensors.index.json", index(["first": 1, "third": 2]))
        expectError(.missing, naming: "model-00002-of-00002.safetensors", "third") {
            _ = try openCheckpoint(at: folder)
        }
        try write("model.safetensors.index.json", index(["first": 2, "second": 2]))
        expectError(.missing, naming: "model-00002-of-00002.safetensors", "first") {
            _ = try openCheckpoint(at: folder)
        }
    }

    @Test func tensorInTwoShardsIsRefused() throws {
        try writeShards()
        try write("model-00002-of-00002.safetensors", shard("first"))
        try remove("model.safetensors.index.json")
        expectError(.duplicate, naming: "model-00002-of-00002.safetensors", "first") {
            _ = try openCheckpoint(at: folder)
        }
    }

    /// Paths that climb out of a folder, as in CVE-2024-37032: an index names plain files and nothing else.
    @Test(arguments: [
        "../outside.safetensors", "/etc/passwd", "a/b.safetensors", "..", ".", "", "a\\u0000b", #"..\\x"#,
    ])
    func indexOutsideOfItsFolderIsRefused(_ path: String) throws {
        try writeShards()
        try write("model.safetensors.index.json", #"{"weight_map":{"first":"\#(path)"}}"#)
        expectError(.invalidValue, naming: "model.safetensors.index.json", "first") {
            _ = try openCheckpoint(at: folder)
        }
    }

    @Test(arguments: ["{}", #"{"weight_map":[]}"#])
    func indexWithoutMapIsRefused(_ text: String) throws {
        try writeShards()
        try write("model.safetensors.index.json", text)
        expectError(.missing, naming: "index.json", "weight_map") { _ = try openCheckpoint(at: folder) }
    }

    @Test func indexOfOtherValuesIsRefused() throws {
        try writeShards()
        try write("model.safetensors.index.json", #"{"weight_map":{"first":7}}"#)
        expectError(.wrongType, naming: "index.json", "first") { _ = try openCheckpoint(at: folder) }
        try write("model.safetensors.index.json", "[]")
        expectError(.wrongType, naming: "index.json", "array") { _ = try openCheckpoint(at: folder) }
    }

    @Test func missingConfigurationIsRefused() throws {
        try write("model.safetensors", shard("first"))
        expectError(.missing, naming: folder, "config.json") { _ = try openCheckpoint(at: folder) }
        try write("config.json", "[]")
        expectError(.wrongType, naming: "config.json", "object") { _ = try openCheckpoint(at: folder) }
        try write("config.json", "{\"a\":")
        expectError(.truncated, naming: "config.json", "JSON") { _ = try openCheckpoint(at: folder) }
    }

    @Test func unknownTypeNamesTheModel() throws {
        try write("config.json", #"{"model_type":"deepseek_v4"}"#)
        let entry = SafetensorsBytes.entry("scale", "F8_E8M0", "[8]")
        try write("model.safetensors", SafetensorsBytes.file("{\(entry)}", dataCount: 8))
        expectError(.unsupported, naming: "model.safetensors", "deepseek_v4") { _ = try openCheckpoint(at: folder) }
    }

    @Test func generationFieldsAndTemplatesAreRead() throws {
        try write("config.json", "{}")
        try write("model.safetensors", shard("first"))
        #expect(try openCheckpoint(at: folder).generationFields == JSONObject())
        try write("generation_config.json", #"{"temperature":0.6}"#)
        try write("tokenizer_config.json", #"{"chat_template":"one"}"#)
        #expect(try openCheckpoint(at: folder).generationFields["temperature"]?.double == 0.6)
        #expect(try openCheckpoint(at: folder).chatTemplate == "one")
        let list = #"[{"name":"tool","template":"two"},{"name":"default","template":"three"}]"#
        try write("tokenizer_config.json", #"{"chat_template":\#(list)}"#)
        #expect(try openCheckpoint(at: folder).chatTemplate == "three")
        try write("chat_template.jinja", "four")
        #expect(try openCheckpoint(at: folder).chatTemplate == "four")
    }

    // MARK: GGUF

    @Test func folderWithOneFileOpens() throws {
        try write("model.gguf", GGUFBytes.sample.bytes)
        #expect(try openCheckpoint(at: folder).tensors.count == 2)
        #expect(try openVocabulary(at: folder).tokens.count == 4)
        try write("other.gguf", GGUFBytes.sample.bytes)
        expectError(.invalidValue, naming: folder, "other.gguf") { _ = try openCheckpoint(at: folder) }
    }

    @Test func splitSetOpensAsFolder() throws {
        try writeSplit()
        #expect(try openCheckpoint(at: folder).tensors.map(\.name) == ["t1", "t2"])
    }

    @Test(arguments: [1, 2]) func missingSplitIsRefused(_ number: Int) throws {
        try writeSplit()
        try remove("split-0000\(number)-of-00002.gguf")
        expectError(.missing, naming: folder, "split-0000\(number)-of-00002.gguf") {
            _ = try openCheckpoint(at: folder + "/split-0000\(3 - number)-of-00002.gguf")
        }
    }

    @Test func wrongSplitsAreRefused() throws {
        let second = folder + "/split-00002-of-00002.gguf"
        try writeSplit()
        try write("split-00001-of-00002.gguf", split(2).bytes)
        expectError(.invalidValue, naming: "split-00001", "split.no") { _ = try openCheckpoint(at: second) }
        try write("split-00001-of-00002.gguf", split(1, tensors: 3).bytes)
        expectError(.invalidValue, naming: "split-00001", "split.tensors.count") { _ = try openCheckpoint(at: second) }
        try write("split-00001-of-00002.gguf", split(1, tensor: "t2").bytes)
        expectError(.duplicate, naming: "split-00002", "t2") { _ = try openCheckpoint(at: second) }
        try write("split-00001-of-00002.gguf", split(1).setting("split.no", nil).bytes)
        expectError(.missing, naming: "split-00001", "split.no") { _ = try openCheckpoint(at: second) }
        try write("renamed.gguf", split(1).bytes)
        expectError(.invalidValue, naming: "renamed.gguf", "split.count") {
            _ = try openCheckpoint(at: folder + "/renamed.gguf")
        }
    }

    @Test(arguments: [GGUFBytes.Value.string("2"), .int32(-1), .uint64(1 << 40), .float32(.nan)])
    func wrongSplitCountIsRefused(_ count: GGUFBytes.Value) throws {
        try write("split-00001-of-00002.gguf", split(1).setting("split.count", count).bytes)
        expectError(.invalidValue, naming: "split-00001", "split.count") { _ = try openCheckpoint(at: folder) }
    }

    // MARK: Not a checkpoint

    @Test func missingPathIsRefused() {
        expectError(.unreadable, naming: "nothing-here", "No such file") {
            _ = try openCheckpoint(at: folder + "/nothing-here")
        }
    }

    @Test func folderWithoutWeightsIsRefused() throws {
        expectError(.missing, naming: folder, "weights") { _ = try openCheckpoint(at: folder) }
        try write("config.json", "{}")
        expectError(.missing, naming: folder, "weights") { _ = try openCheckpoint(at: folder) }
        try write("pytorch_model.bin", "x")
        expectError(.unsupported, naming: "pytorch_model.bin", "PyTorch") { _ = try openCheckpoint(at: folder) }
        expectError(.missing, naming: folder, "tokenizer") { _ = try openVocabulary(at: folder) }
    }

    @Test func specialFileIsRefused() {
        expectError(.unreadable, naming: "/dev/null", "regular file") { _ = try openCheckpoint(at: "/dev/null") }
    }

    @Test(arguments: [
        ("empty", "", InputError.Kind.unrecognized, "empty"),
        (
            "pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", .unrecognized,
            "git lfs pull"
        ),
        ("page", "<!DOCTYPE html><html><title>Log in</title></html>", .unrecognized, "web page"),
        ("page", "\n  <HTML lang=en>", .unrecognized, "web page"),
        ("archive", "PK\u{3}\u{4}\u{0}\u{0}\u{8}\u{8}archive/data.pkl", .unsupported, "safetensors"),
        ("ggml", "lmgg\u{0}\u{0}\u{0}\u{0}\u{0}", .unsupported, "GGUF"),
        ("words", "It was a dark and stormy night.", .unrecognized, "neither"),
    ])
    func foreignFileIsRefused(_ name: String, _ content: String, _ kind: InputError.Kind, _ word: String) throws {
        try write(name, content)
        expectError(kind, naming: "/\(name):", word) { _ = try openCheckpoint(at: folder + "/" + name) }
        // Its name does not help it.
        for suffix in [".gguf", ".safetensors"] {
            try write(name + suffix, content)
            let error = #expect(throws: InputError.self) { try openCheckpoint(at: folder + "/" + name + suffix) }
            #expect(error?.source.hasSuffix(name + suffix) == true)
        }
    }

    /// A pickle runs its maker's code when it is read (CVE-2025-62164): it is never read, under whatever name.
    @Test func pickleIsRefused() throws {
        try write("model.safetensors", [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20])
        try write("config.json", "{}")
        expectError(.unsupported, naming: "model.safetensors", "PyTorch") { _ = try openCheckpoint(at: folder) }
    }

    /// Content decides, not the name.
    @Test func namesDoNotMatter() throws {
        try write("model.txt", GGUFBytes.sample.bytes)
        #expect(try openCheckpoint(at: folder + "/model.txt").format == .gguf)
        try write("config.json", "{}")
        try write("weights", shard("first"))
        #expect(try openCheckpoint(at: folder + "/weights").format == .safetensors)
    }

    // MARK: Files

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(filePath: folder + "/" + name))
    }

    private func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: folder + "/" + name) }

    private func shard(_ tensor: String) -> [UInt8] {
        SafetensorsBytes.file("{\(SafetensorsBytes.entry(tensor))}", dataCount: 8)
    }

    private func index(_ shards: [String: Int]) -> String {
        let map = shards.map { #""\#($0)":"model-0000\#($1)-of-00002.safetensors""# }
        return #"{"metadata":{"total_size":16},"weight_map":{\#(map.joined(separator: ","))}}"#
    }

    private func writeShards() throws {
        try write("config.json", "{}")
        try write("model-00001-of-00002.safetensors", shard("first"))
        try write("model-00002-of-00002.safetensors", shard("second"))
        try write("model.safetensors.index.json", index(["first": 1, "second": 2]))
    }

    private func split(_ number: Int, tensor: String? = nil, tensors: Int32 = 2) -> GGUFBytes {
        GGUFBytes(
            pairs: [
                ("split.no", .uint16(UInt16(number - 1))), ("split.count", .uint16(2)),
                ("split.tensors.count", .int32(tensors)),
            ], descriptions: [GGUFBytes.Description(name: tensor ?? "t\(number)")], dataCount: 32)
    }

    private func writeSplit() throws {
        for number in 1...2 { try write("split-0000\(number)-of-00002.gguf", split(number).bytes) }
    }
}
