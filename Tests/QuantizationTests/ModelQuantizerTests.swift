import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Quantization
@testable import Tensors

@Suite final class ModelQuantizerTests {
    private let folder: String
    private let pool = ThreadPool(threads: 2)

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func quantizer(_ file: String, _ recipe: String, _ name: String = "out.gguf") throws -> ModelQuantizer {
        let path = file.hasPrefix("/") ? file : Fixture.path("gguf/\(file).gguf")
        return try ModelQuantizer(ModelSource(path: path), Recipe(recipe), path: folder + "/" + name)
    }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    /// What llama-quantize made of the same file, tensor by tensor.
    @Test(arguments: [
        ("q8_0", "llama-mha-Q8_0"), ("q4_1", "llama-mha-Q4_1"), ("q4_k_m", "llama-mha-Q4_K_M"),
        ("q3_k_m", "llama-mha-Q3_K_M"), ("iq4_xs", "llama-mha-IQ4_XS"),
    ])
    func tensorsAreLlamaQuantizes(recipe: String, recorded: String) throws {
        let path = folder + "/out.gguf"
        try quantizer("llama-mha", recipe).write(pool: pool) { _ in }
        let (found, expected) = (
            try openCheckpoint(at: path), try openCheckpoint(at: Fixture.path("gguf/\(recorded).gguf"))
        )
        #expect(found.tensors.count == expected.tensors.count)
        for entry in found.tensors {
            let other = try #require(expected.entry(named: entry.name)).tensor
            #expect(entry.tensor.elementType == other.elementType && entry.tensor.shape == other.shape)
            #expect(bytes(entry.tensor) == bytes(other), "\(entry.name)")
        }
        let keys = { (checkpoint: any Checkpoint) in
            Dictionary(uniqueKeysWithValues: checkpoint.fields.members.map { ($0.key, $0.value) })
        }
        #expect(keys(found) == keys(expected))
        #expect(try found.vocabulary()?.tokens.count == expected.vocabulary()?.tokens.count)
    }

    /// All families open again, and a split set becomes one file.
    @Test(arguments: [
        "llama-gqa", "llama3-tied", "qwen2", "qwen3-yarn", "deepseek-moe", "v2-lite", "v3-mtp",
        "llama-mha-Q8_0-split-00001-of-00003",
    ])
    func everyFamilyIsQuantized(_ file: String) throws {
        let path = folder + "/out.gguf"
        let quantizer = try quantizer(file, "q4_k_m")
        try quantizer.write(pool: pool) { _ in }
        let found = try openCheckpoint(at: path)
        #expect(found.tensors.map(\.name) == quantizer.source.tensors.map(\.name))
        #expect(found.tensors.map(\.tensor.elementType) == quantizer.plan.entries.map(\.type))
        #expect(found.fields.members.allSatisfy { !$0.key.hasPrefix("split.") })
        #expect(try files == ["out.gguf"])
    }

    /// The new file's tensors lie as its own header says, whatever the source's alignment is.
    @Test func alignmentIsTheFilesOwn() throws {
        let source = try #require(GGUFSource(openCheckpoint(at: Fixture.path("gguf/llama-mha.gguf"))))
        let aligned = folder + "/aligned.gguf"
        let header = try GGUFHeader(
            metadata: source.metadata.changing([("general.alignment", .uint32(256))]),
            tensors: source.checkpoint.tensors.map {
                .init(name: $0.name, shape: $0.tensor.shape, type: $0.tensor.elementType)
            }, source: aligned)
        try writeGGUF(header, to: aligned) { writer in
            for entry in source.checkpoint.tensors { try writer.append(bytes(entry.tensor)) }
        }
        let path = folder + "/out.gguf"
        try quantizer(aligned, "q8_0").write(pool: pool) { _ in }
        let found = try openCheckpoint(at: path)
        #expect(found.fields["general.alignment"] == nil)
        for entry in try openCheckpoint(at: Fixture.path("gguf/llama-mha-Q8_0.gguf")).tensors {
            #expect(try bytes(#require(found.entry(named: entry.name)).tensor) == bytes(entry.tensor))
        }
    }

    private struct Stop: Error {}

    /// Stopped after any piece, the file is the same in the end, and what was finished is not done again.
    @Test(arguments: [1, 2, 9, 20])
    func workGoesOnWhereItEnded(_ pieces: Int) throws {
        let (whole, path) = (folder + "/whole.gguf", folder + "/out.gguf")
        try quantizer("llama-mha", "q4_k_m", "whole.gguf").write(pool: pool) { _ in }
        var count = 0
        #expect(throws: Stop.self) {
            try quantizer("llama-mha", "q4_k_m").write(pool: pool) { _ in
                count += 1
                if count == pieces { throw Stop() }
            }
        }
        #expect(try files == ["out.gguf.part", "out.gguf.part.log", "whole.gguf"])
        var told: [Int] = []
        let finished = try quantizer("llama-mha", "q4_k_m").write(pool: pool) { told.append($0) }
        #expect(finished == pieces - 1)
        #expect(told == told.sorted())
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: whole)))
        #expect(try files == ["out.gguf", "whole.gguf"])
    }

    /// Parts of another recipe, or with other bytes than were written, are not kept.
    @Test func onlyWhatBelongsIsKept() throws {
        let (whole, path) = (folder + "/whole.gguf", folder + "/out.gguf")
        try quantizer("llama-mha", "q4_k_m", "whole.gguf").write(pool: pool) { _ in }
        let stop = { (recipe: String) in
            var count = 0
            #expect(throws: Stop.self) {
                try self.quantizer("llama-mha", recipe).write(pool: self.pool) { _ in
                    count += 1
                    if count == 12 { throw Stop() }
                }
            }
        }
        stop("q5_k_m")
        #expect(try quantizer("llama-mha", "q4_k_m").write(pool: pool) { _ in } == 0)
        stop("q4_k_m")
        let part = try FileHandle(forUpdating: URL(filePath: path + ".part"))
        let size = try part.seekToEnd()
        try part.seek(toOffset: size / 2)
        try part.write(contentsOf: Data([1, 2, 3, 4, 5, 6, 7]))
        try part.close()
        let finished = try quantizer("llama-mha", "q4_k_m").write(pool: pool) { _ in }
        #expect(finished < 11)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: whole)))
    }

    @Test func damagedAndOwnSourcesAreRefused() throws {
        let source = folder + "/source.gguf"
        try FileManager.default.copyItem(atPath: Fixture.path("gguf/llama-mha.gguf"), toPath: source)
        let own = try quantizer(source, "q4_k_m", "source.gguf")
        #expect(throws: InputError.self) { try own.write(pool: pool) { _ in } }

        let changed = try quantizer(source, "q8_0")
        let matrix = try #require(try openCheckpoint(at: source).entry(named: "blk.0.ffn_down.weight")).tensor
        let handle = try FileHandle(forUpdating: URL(filePath: source))
        try handle.seek(toOffset: UInt64(matrix.byteOffset + 640))
        try handle.write(contentsOf: Data([UInt8](repeating: 0xFF, count: 64)))
        try handle.close()
        let error = #expect(throws: InputError.self) {
            try changed.write(pool: pool) { _ in }
        }
        #expect(error?.kind == .invalidValue)
        #expect(try files == ["source.gguf"])
        let damaged = try quantizer(source, "q4_k_m")
        let second = #expect(throws: InputError.self) {
            try damaged.write(pool: pool) { _ in }
        }
        #expect(second?.description.contains("infinite or no numbers") == true)
        #expect(try files == ["source.gguf"])
    }
}
