import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// What `verify` is for: each defect turns up, with a sentence that leads to it.
struct SpoiledRecordingTests {
    /// A copy of the recorded model `name`, spoiled, must fail with `clue`.
    private func expectFailure(
        _ source: String, _ clue: String, location: SourceLocation = #_sourceLocation,
        spoiling: (RecordingCopy) throws -> Void
    ) async throws {
        let copy = try RecordingCopy(source)
        defer { copy.remove() }
        try spoiling(copy)
        let rows = try await copy.rows().filter { !$0.passed }
        let sentences = rows.flatMap(\.tally.failures)
        #expect(!rows.isEmpty && sentences.contains { $0.contains(clue) }, "\(sentences)", sourceLocation: location)
    }

    private let model = Fixture.path("text/llama3-tied")

    @Test func weightByte() async throws {
        // Sign and exponent of the last weight of the file.
        try await expectFailure(model, "the error is") { try $0.flip(0x81, at: -1, in: "model.safetensors") }
    }

    @Test func recordedToken() async throws {
        let recorded = try RecordedModel(folder: model)
        let token = try #require(recorded.prompts.first?.greedy.first)
        try await expectFailure(model, "greedy token 1 is \(token), where 0 was recorded") {
            try $0.replace(/"greedy":\s*\[\s*\d+/, with: "\"greedy\": [0", in: "golden.json")
        }
    }

    @Test func recordedValue() async throws {
        try await expectFailure(model, "rope.inv_freq") { try $0.flip(0x40, at: -1, in: "golden.bin") }
    }

    @Test func configurationField() async throws {
        try await expectFailure(model, "rope.inv_freq") {
            try $0.replace("\"rope_theta\": 500000.0", with: "\"rope_theta\": 10000.0", in: "config.json")
        }
    }

    @Test func recordedPredictionsOfAModelWithoutThem() async throws {
        try await expectFailure(Fixture.path("text/v3"), "no prediction layer") {
            try $0.replace(
                "\"num_nextn_predict_layers\": 1", with: "\"num_nextn_predict_layers\": 0", in: "config.json")
        }
    }

    @Test(arguments: ["golden.json", "golden.bin", "config.json", "model.safetensors"])
    func missingFile(_ file: String) async throws {
        try await expectFailure(model, file == "model.safetensors" ? "safetensors" : file) { try $0.delete(file) }
    }

    @Test(arguments: ["golden.json", "golden.bin", "config.json", "model.safetensors"])
    func truncatedFile(_ file: String) async throws {
        try await expectFailure(model, file) { try $0.cut(file, to: 100) }
    }

    @Test func emptyRecordings() async throws {
        for (field, old) in [("prompts", "\"prompts\""), ("rope.inv_freq", "\"rope.inv_freq\"")] {
            try await expectFailure(model, field) { try $0.replace(old, with: "\"other\"", in: "golden.json") }
        }
    }

    @Test func answersOfTheShippedModel() async throws {
        try await expectFailure(shippedModel, "the rendered question is") {
            try $0.replace("\"question\": \"What", with: "\"question\": \"Who", in: "golden.json")
        }
        try await expectFailure(shippedModel, "the recorded answer reads") {
            try $0.replace("carry 1", with: "carry 2", in: "golden.json")
        }
        try await expectFailure(shippedModel, "where 3 was recorded") {
            try $0.replace(/"greedy_ids":\s*\[\s*\d+/, with: "\"greedy_ids\": [3", in: "golden.json")
        }
    }

    @Test func suites() async throws {
        try await expectFailure(Fixture.path("chat"), "one question: rendered") {
            try $0.replace("User: What is 2 + 2?", with: "User: What is 2 + 3?", in: "rendered.json")
        }
        try await expectFailure(Fixture.path("chat"), "was not recognized") {
            try $0.replace("User", with: "Human", in: "templates/plain.jinja")
        }
        try await expectFailure(Fixture.path("sampling"), "the error is") {
            try $0.flip(0x40, at: -1, in: "sampling.bin")
        }
        try await expectFailure(Fixture.path("sampling"), "tokens are left") {
            try $0.replace(": 16,", with: ": 17,", in: "sampling.json")
        }
        try await expectFailure(Fixture.path("quant"), "values differ") { try $0.flip(1, at: 5, in: "q4_k_normal.bin") }
        try await expectFailure(Fixture.path("quant"), "q2_k_edge.bin") { try $0.cut("q2_k_edge.bin", to: 100) }
        try await expectFailure(Fixture.path("quant"), "q2_k_edge.bin") { try $0.delete("q2_k_edge.bin") }
    }

    @Test func tokenizers() async throws {
        let folder = Fixture.path("tokenizers/deepseek-v3")
        try await expectFailure(folder, "\"A\" became [35], where [36] was recorded") {
            try $0.replace("\n35\n", with: "\n36\n", in: "strings.json")
        }
        try await expectFailure(folder, "gzip ended with status") { try $0.cut("tokenizer.json.gz", to: 1_000) }
        try await expectFailure(folder, "tokenizer.json") { try $0.delete("tokenizer.json.gz") }
    }

    /// Names and tensors that a manifest announces and the folder lacks.
    @Test func manifestsThatAnnounceTooMuch() async throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let manifest = #"{"models": {"gone": {}}, "files": {"gone.gguf": {"golden": "exact"}}, "prompts": {"a": [1]}}"#
        try Data(manifest.utf8).write(to: URL(filePath: folder + "/MANIFEST.json"))
        let report = await verify(try VerificationSearch.checks(in: [folder]), engines: [.cpu])
        #expect(report.rows.map(\.area) == [.model, .gguf] && report.rows.allSatisfy { !$0.passed })
        try Data("{".utf8).write(to: URL(filePath: folder + "/MANIFEST.json"))
        let broken = await verify(try VerificationSearch.checks(in: [folder]), engines: [.cpu])
        #expect(broken.rows.count == 1 && !broken.passed)
    }

    @Test func ggufFile() async throws {
        let copy = try RecordingCopy(Fixture.path("gguf"))
        defer { copy.remove() }
        // Lone recordings, without the folder `text` beside them.
        for place in stride(from: -60_000, to: -1_000, by: 1_000) {
            try copy.flip(0x11, at: place, in: "llama-mha-Q4_1.gguf")
        }
        let rows = await verify(
            try VerificationSearch.checks(in: [copy.path]).filter {
                $0.name.hasSuffix("Q4_1.gguf") || $0.name.hasSuffix("llama-mha.gguf")
            }, engines: [.cpu]
        ).rows
        #expect(rows.count == 2 && rows.allSatisfy { !$0.passed })
        #expect(rows.flatMap(\.tally.failures).contains { $0.contains("the error is") })
        #expect(rows.flatMap(\.tally.failures).contains { $0.contains("golden.json") })
    }
}
