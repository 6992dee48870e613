import Evaluation
import Files
import Foundation
import Hub
import Quantization
import TestSupport
import Testing
import Tokenizers

@testable import Studies

@Suite(.serialized) final class QuantizationStudyTests {
    private let folder: String
    private var stages: [String] = []

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func settings(_ recipes: [String]) throws -> QuantizationStudy.Settings {
        let text = (10..<60).map { "What is \($0) + 7?\n\($0 + 7)\n" }.joined()
        var settings = QuantizationStudy.Settings(
            recipes: try recipes.map { try Recipe($0) }, corpus: try Corpus(Data(text.utf8), source: "sums"),
            folder: folder + "/study")
        settings.chunkLength = 32
        settings.chunkLimit = 4
        settings.tasks = [
            TaskSet(
                name: "sums",
                items: [
                    .init(prompt: "What is 23 + 45?", expectation: .answer("68")),
                    .init(prompt: "What is 23 + 45?", expectation: .answer("0")),
                ])
        ]
        return settings
    }

    private func run(_ settings: QuantizationStudy.Settings) async throws -> StudyResult {
        stages = []
        return try await QuantizationStudy(try ShippedModel.firstLight.path(), settings) { progress in
            let stage = "\(progress.variant): \(progress.stage)"
            if self.stages.last != stage { self.stages.append(stage) }
            #expect((0...progress.total).contains(progress.done), "\(progress)")
        }.run()
    }

    private var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder + "/study").sorted() }
    }

    @Test func everyVariantIsMeasured() async throws {
        let result = try await run(try settings(["q8_0", "q4_0"]))
        #expect(result.variants.map(\.name) == ["original", "Q8_0", "Q4_0"])
        #expect(result.chunks == 4 && result.chunkLength == 32 && result.tasks.map(\.questions) == [2])
        let (original, eight, four) = (result.variants[0], result.variants[1], result.variants[2])
        #expect(original.bytes > eight.bytes && eight.bytes > four.bytes && original.loss == nil)
        #expect(abs(original.bitsPerWeight - 16) < 0.1 && eight.bitsPerWeight > 8.5 && eight.bitsPerWeight < 9)
        let losses = try [#require(eight.loss), #require(four.loss)]
        #expect(losses[0].divergence.value < losses[1].divergence.value && losses[1].agreement.value <= 1)
        #expect(result.variants.allSatisfy { $0.answers.map(\.count) == [2] && $0.decode?.median ?? 0 > 0 })
        #expect(original.answers == [[true, false]] && result.meanAccuracy(of: original) == 0.5)
        #expect(try files == ["original.json", "q4_0.json", "q8_0.json"])
        let text = result.document.markdown
        #expect(text.contains("| Q8_0 | ") && text.contains("sums (2)"))
        #expect(result.document.html.components(separatedBy: "<svg").count == 5)
        // What is read back is what was found.
        let data = try JSONEncoder().encode(result)
        #expect(try JSONDecoder().decode(StudyResult.self, from: data) == result)
    }

    @Test func whatIsDoneIsNotDoneAgain() async throws {
        let first = try await run(try settings(["q8_0"]))
        #expect(try await run(try settings(["q8_0"])) == first && stages.isEmpty)
        // Another recipe needs the original's predictions again, which were removed.
        let more = try await run(try settings(["q8_0", "q5_0"]))
        #expect(Array(more.variants.prefix(2)) == first.variants)
        #expect(stages.first == "original: reading" && !stages.contains("original: timing"))
        #expect(stages.contains("Q5_0: quantizing") && !stages.contains("Q8_0: quantizing"))
        // Another text changes everything.
        var other = try settings(["q8_0"])
        other.chunkLimit = 3
        #expect(try await run(other).chunks == 3 && stages.contains("Q8_0: reading"))
    }

    @Test func notesThatAreBrokenAreMadeAgain() async throws {
        let first = try await run(try settings(["q8_0"]))
        for broken in ["", "{", "[]", #"{"identity": 1}"#] {
            try Data(broken.utf8).write(to: URL(filePath: folder + "/study/q8_0.json"))
            let again = try await run(try settings(["q8_0"]))
            #expect(again.variants[1].loss == first.variants[1].loss && stages.contains("Q8_0: quantizing"))
        }
    }

    @Test func filesStayWhenAskedFor() async throws {
        var settings = try settings(["q8_0"])
        settings.keepsFiles = true
        _ = try await run(settings)
        #expect(try files == ["original.json", "original.logits", "q8_0.gguf", "q8_0.json"])
    }

    @Test func anEndedStudyGoesOn() async throws {
        struct Stop: Error {}
        let settings = try settings(["q8_0", "q4_0"])
        let study = QuantizationStudy(try ShippedModel.firstLight.path(), settings) { progress in
            if progress.variant == "Q4_0", progress.stage == "reading" { throw Stop() }
        }
        await #expect(throws: Stop.self) { try await study.run() }
        let result = try await run(settings)
        #expect(result.variants.count == 3 && stages.first == "Q4_0: quantizing" || stages.first == "Q4_0: reading")
    }

    @Test func badSettingsAreRefused() async throws {
        var settings = try settings(["q8_0"])
        settings.chunkLength = 100_000
        await #expect(throws: InputError.self) { try await self.run(settings) }
        settings = try self.settings(["iq1_s"])
        // Rows of First Light are too narrow for IQ1_S and get another type; these are not, and want importance.
        let wide = QuantizationStudy(Fixture.path("gguf/v3-k256-Q4_K_M.gguf"), settings) { _ in }
        await #expect(throws: InputError.self) { try await wide.run() }
        try Data().write(to: URL(filePath: folder + "/file"))
        settings.folder = folder + "/file"
        await #expect(throws: InputError.self) { try await self.run(settings) }
    }

    @Test(arguments: [("Q4_K_M", "q4_k_m"), ("../../x y", "..-..-x-y"), ("ü/\0", "---"), ("", "")])
    func namesOfFilesStayInTheFolder(_ name: String, _ file: String) {
        #expect(StudyNotes.fileName(name) == file)
    }
}

@Suite struct StudyFiguresTests {
    private func variant(_ name: String, _ answers: [[Bool]]) -> StudiedVariant {
        StudiedVariant(
            name: name, bytes: 1, bitsPerWeight: 1, cacheBytes: 1, perplexity: Estimate(value: 1, error: 0), loss: nil,
            answers: answers)
    }

    @Test func dropsAreThoseOfTheStudy() {
        let original = variant("original", [[true, true, true, false], [true, false]])
        let worse = variant("worse", [[true, false, false, false], [true, false]])
        let better = variant("better", [[true, true, true, true], [true, true]])
        let result = StudyResult(
            model: "m", corpus: "c", chunkLength: 1, chunks: 1, rememberedTokens: 1,
            tasks: [.init(name: "a", questions: 4), .init(name: "b", questions: 2)],
            variants: [original, worse, better])
        #expect(result.meanAccuracy(of: original) == 0.625 && result.accuracyDrop(of: original) == 0)
        #expect(abs((result.accuracyDrop(of: worse) ?? 0) - 0.4) < 1e-12)
        #expect(result.accuracyDrop(of: better) == 0)
        #expect(abs((result.change(of: worse)?.value ?? 0) + 1.0 / 3) < 1e-12)
        #expect(abs((result.change(of: worse)?.error ?? 0) - (4.0 / 15 / 6).squareRoot()) < 1e-12)
    }

    @Test func withoutTasksThereIsNoDrop() {
        let result = StudyResult(
            model: "m", corpus: "c", chunkLength: 1, chunks: 1, rememberedTokens: 1, tasks: [],
            variants: [variant("original", []), variant("q", [])])
        #expect(result.accuracyDrop(of: result.variants[1]) == nil && result.change(of: result.variants[1]) == nil)
        #expect(!result.document.markdown.contains("accuracy"))
    }

    /// Zhao et al. (arXiv 2505.02390), table 1.
    @Test func shapesAreReckoned() throws {
        let shape = try ReleasedShape("deepseek-v3")
        let recipes = try ["q4_k_m", "q3_k_m", "dq3_k_m", "q2_k_l", "ud-q2_k_xl"].map { try Recipe($0) }
        let study = try ShapeStudy(shape.name, fields: shape.fields, source: shape.path, recipes: recipes)
        for (variant, published) in zip(study.variants, [377.0, 298, 281, 228, 212]) {
            #expect(abs(Double(variant.bytes) / 1_073_741_824 / published - 1) < 0.01, "\(variant.name)")
        }
        let text = study.document.markdown
        #expect(text.contains("DQ3_K_M") && text.contains("this machine, latent cache"))
    }
}
