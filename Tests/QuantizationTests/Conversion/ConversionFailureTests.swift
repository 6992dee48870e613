import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@testable import Quantization
@testable import Tensors

/// What cannot be converted, what is in the way, and work that ends in the middle.
struct ConversionFailureTests {
    private let folder = Result { try ConversionFolder() }

    private func path(_ name: String) throws -> String { try folder.get().path + "/" + name }

    /// A copy of the fixture `model` with some fields and tensors changed; tensors are dropped where `change` returns `nil`.
    private func changed(
        _ model: String, _ fields: [(key: String, value: JSONValue)] = [],
        _ change: (TensorEntry) -> [UInt8]? = { bytes($0.tensor) }
    ) throws -> String {
        let original = try openCheckpoint(at: Fixture.path("text/" + model))
        let target = try path("changed")
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        let kept = original.tensors.compactMap { entry in change(entry).map { (entry, $0) } }
        let plans = kept.map {
            TensorPlan(name: $0.0.name, shape: $0.0.tensor.shape, type: $0.0.tensor.elementType)
        }
        let header = try SafetensorsHeader(plans, source: target)
        try writeAtomically(Data(header.bytes + kept.flatMap(\.1)), to: target + "/model.safetensors")
        let keys = Set(fields.map(\.key))
        let all = original.fields.members.filter { !keys.contains($0.key) } + fields
        try writeAtomically(Data(JSONValue.object(JSONObject(all)).text.utf8), to: target + "/config.json")
        return target
    }

    private func refusal(
        of source: String, to name: String, _ type: ConversionType = .auto, vocabulary: String? = nil
    ) throws -> InputError? {
        let (path, pool) = (try path(name), try folder.get().pool)
        let before = try folder.get().names
        let error = #expect(throws: InputError.self) {
            let conversion = try makeConversion(from: source, to: path, type: type, vocabulary: vocabulary)
            _ = try conversion.write(pool: pool) { _ in }
        }
        #expect(try folder.get().names == before)
        #expect(error.map { "\($0)".hasSuffix(".") } == true)
        return error
    }

    @Test(arguments: ["out.gguf", "out"])
    func incompleteCheckpointsAreRefused(_ name: String) throws {
        let missing = "model.layers.1.mlp.up_proj.weight"
        let source = try changed("llama-gqa") { $0.name == missing ? nil : bytes($0.tensor) }
        let error = try refusal(of: source, to: name)
        #expect(error?.kind == .missing && error?.field == missing)
    }

    @Test(arguments: ["out.gguf", "out"])
    func shapesThatDoNotFitAreRefused(_ name: String) throws {
        let error = try refusal(of: changed("llama-gqa", [("intermediate_size", .integer(192))]), to: name)
        #expect(error?.kind == .wrongShape && error?.found.contains("160") == true)
    }

    @Test(arguments: ["out.gguf", "out"])
    func eightBitsWithoutScalesAreRefused(_ name: String) throws {
        let lost = "model.layers.0.self_attn.o_proj.weight_scale_inv"
        let error = try refusal(of: changed("v3-fp8") { $0.name == lost ? nil : bytes($0.tensor) }, to: name)
        #expect(error?.kind == .missing && error?.field == lost)
    }

    @Test(arguments: ["out.gguf", "out"])
    func unknownModelsAreRefused(_ name: String) throws {
        let error = try refusal(of: changed("llama-gqa", [("model_type", .string("mamba"))]), to: name)
        #expect(error?.kind == .unsupported && error?.field == "model_type")
    }

    /// A factor on cosines and sines, other bounds of YaRN's ramp: a file without them would compute something else.
    @Test func whatGGUFCannotSayIsRefused() throws {
        #expect(try refusal(of: Fixture.path("text/v2-mscale"), to: "out.gguf")?.kind == .unsupported)
        let fields = try openCheckpoint(at: Fixture.path("text/v2")).fields
        let yarn = try #require(fields["rope_scaling"]?.object).members.map { key, value in
            (key: key, value: key == "beta_fast" ? JSONValue.integer(16) : value)
        }
        let source = try changed("v2", [("rope_scaling", .object(JSONObject(yarn)))])
        #expect(try refusal(of: source, to: "out.gguf")?.field == "rope_scaling.beta_fast")
    }

    @Test(arguments: ["out.gguf", "out"])
    func largerVocabulariesAreRefused(_ name: String) throws {
        let light = Fixture.path("../../Sources/Hub/Resources/first-light")
        let error = try refusal(of: Fixture.path("text/qwen2"), to: name, vocabulary: light)
        #expect(error?.kind == .excessive && error?.field == "vocabulary")
    }

    @Test func otherContainersAndTypesAreRefused() throws {
        let (file, source) = (Fixture.path("gguf/llama-mha.gguf"), Fixture.path("text/llama-mha"))
        let same = try refusal(of: file, to: "out.gguf")
        #expect(same?.advice.contains("isobath quantize") == true)
        #expect(try refusal(of: source, to: "out.gguf", .fp8)?.field == "--type")
        #expect(try refusal(of: file, to: "out", .q8_0)?.field == "--type")
        #expect(throws: InputError.self) { try ConversionType("q4_k_m") }
    }

    @Test(arguments: [Float.infinity, .nan], [("out.gguf", ConversionType.q8_0), ("out", .fp8)])
    func valuesThatHaveNoCodeAreRefused(_ value: Float, _ target: (name: String, type: ConversionType)) throws {
        let source = try changed("llama-mha") { entry in
            var stored = bytes(entry.tensor)
            guard entry.name == "model.layers.2.mlp.down_proj.weight" else { return stored }
            stored.replaceSubrange(400..<404, with: ElementType.f32.encoded([value]))
            return stored
        }
        let error = try refusal(of: source, to: target.name, target.type)
        #expect(error?.kind == .invalidValue && error?.found.contains("infinite or no numbers") == true)
    }

    // MARK: In the way

    @Test func whatIsThereStays() throws {
        let file = Fixture.path("gguf/llama-mha.gguf")
        for name in ["full", "full.part"] {
            try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: false)
            try writeAtomically(Data("mine".utf8), to: path(name + "/notes"))
        }
        try writeAtomically(Data("mine".utf8), to: path("file"))
        #expect(try refusal(of: file, to: "full")?.found == "found a folder that is not empty")
        #expect(try refusal(of: file, to: "file")?.found == "found a file")
        try FileManager.default.removeItem(atPath: path("full"))
        #expect(try refusal(of: file, to: "full")?.found.contains("files of another kind") == true)
        #expect(try String(contentsOfFile: path("full.part/notes"), encoding: .utf8) == "mine")
        #expect(try refusal(of: file, to: "none/out")?.kind == .unreadable)
        try FileManager.default.createDirectory(atPath: path("empty"), withIntermediateDirectories: false)
        _ = try folder.get().converted(file, to: "empty/")
        #expect(try folder.get().names == ["empty", "file", "full.part"])
    }

    @Test func sourcesAreNotWrittenTo() throws {
        let source = try changed("llama-gqa")
        let before = try Data(contentsOf: URL(filePath: source + "/model.safetensors"))
        #expect(try refusal(of: source, to: "changed", .f32)?.kind == .invalidValue)
        #expect(
            try refusal(of: source, to: "../" + URL(filePath: try folder.get().path).lastPathComponent + "/changed")
                != nil)
        #expect(try Data(contentsOf: URL(filePath: source + "/model.safetensors")) == before)
    }

    // MARK: Ended

    private struct Stop: Error {}

    /// Stopped after any piece, the files are the same in the end, and what was finished is not done again.
    @Test(arguments: [1, 40, 130], [("gguf/v3-mtp.gguf", "folder"), ("text/v3", "model.gguf")])
    func workGoesOnWhereItEnded(_ pieces: Int, _ way: (source: String, name: String)) throws {
        let pool = try folder.get().pool
        func conversion(_ name: String) throws -> any Conversion {
            try makeConversion(
                from: Fixture.path(way.source), to: path(name), type: .auto, splitSize: 300_000)
        }
        let whole = try conversion("whole-" + way.name)
        _ = try whole.write(pool: pool) { _ in }
        var count = 0
        let most = min(pieces, whole.tensors.count - 1)
        #expect(throws: Stop.self) {
            _ = try conversion(way.name).write(pool: pool) { _ in
                count += 1
                if count == most { throw Stop() }
            }
        }
        let again = try conversion(way.name)
        #expect(try again.write(pool: pool) { _ in } == most - 1)
        for (own, other) in zip(again.outputs, whole.outputs) {
            #expect(try Data(contentsOf: URL(filePath: own.path)) == Data(contentsOf: URL(filePath: other.path)))
        }
        #expect(try folder.get().names.allSatisfy { !$0.contains(".part") })
    }

    /// Another split than the one that was begun leaves none of its files.
    @Test func otherSplitsLeaveNothing() throws {
        let source = Fixture.path("gguf/v3-mtp.gguf")
        let begun = try makeConversion(from: source, to: path("out"), type: .auto, splitSize: 200_000)
        var count = 0
        #expect(throws: Stop.self) {
            _ = try begun.write(pool: folder.get().pool) { _ in
                count += 1
                if count == 60 { throw Stop() }
            }
        }
        let found = try folder.get().converted(source, to: "out")
        #expect(found.tensors.allSatisfy { $0.file.hasSuffix("/model.safetensors") })
        let names = try FileManager.default.contentsOfDirectory(atPath: path("out"))
        #expect(names.filter { $0.hasPrefix("model") } == ["model.safetensors"])
        #expect(try folder.get().names == ["out"])
    }
}
