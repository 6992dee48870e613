import Files
import TestSupport
import Testing

@testable import Evaluation

struct VerificationTests {
    @Test func everyRecordingIsFound() throws {
        let checks = try VerificationSearch.checks(in: [Fixture.root])
        func names(_ area: VerificationArea) -> [String] { checks.filter { $0.area == area }.map(\.name) }
        #expect(names(.model).count == 13 && names(.model).contains("text/v3-fp8"))
        #expect(names(.gguf).count == 25 && names(.gguf).contains("gguf/v3.gguf"))
        #expect(names(.tokenizer).count == 5 && names(.tokenizer).contains("tokenizers/deepseek-v3"))
        #expect(names(.chat) == ["chat"] && names(.sampling) == ["sampling"] && names(.formats) == ["quant"])
        let shipped = try VerificationSearch.checks(in: [shippedModel])
        #expect(shipped.map(\.area) == [.answers] && shipped.map(\.name) == ["first-light"])
    }

    @Test(arguments: ["llama3-tied", "v2-mscale", "v3"])
    func recordedModelsPass(_ name: String) async throws {
        let checks = try VerificationSearch.checks(in: [Fixture.path("text/" + name)])
        let report = await verify(checks, engines: name == "llama3-tied" ? [.cpu, .reference] : [.cpu])
        #expect(report.passed && report.rows.count == 1)
        let tally = try #require(report.rows.first?.tally)
        // Engines or forms of latent attention, four ways to feed, two prompts, sixteen tokens each.
        let ways = name == "llama3-tied" ? 2 : 3
        #expect(tally.greedy == Tally.Share(equal: ways * 4 * 2 * 16, total: ways * 4 * 2 * 16))
        #expect(try #require(tally.worstError) < 1e-4 && tally.failures.isEmpty)
        #expect(tally.counts.contains { $0.noun == "expert choices" } == (name != "llama3-tied"))
    }

    @Test(arguments: ["chat", "sampling", "quant", "tokenizers/deepseek-v3"])
    func recordedSuitesPass(_ name: String) async throws {
        let report = await verify(try VerificationSearch.checks(in: [Fixture.path(name)]), engines: [.cpu])
        #expect(report.passed && report.rows.count == 1, "\(report.rows.flatMap(\.tally.failures))")
    }

    @Test func shippedModelPasses() async throws {
        let report = await verify(try VerificationSearch.checks(in: [shippedModel]), engines: [.cpu])
        #expect(report.passed, "\(report.rows.flatMap(\.tally.failures))")
        #expect(report.rows.first?.tally.counts.first == Tally.Count(noun: "questions", amount: 12))
    }

    @Test func nothingFoundIsNoSuccess() async throws {
        let folder = try Fixture.temporaryFolder()
        let checks = try VerificationSearch.checks(in: [folder])
        #expect(checks.isEmpty)
        #expect(await verify(checks, engines: [.cpu]).passed == false)
        #expect(throws: InputError.self) { try VerificationSearch.checks(in: [folder + "/nowhere"]) }
    }

    @Test func progressIsReported() async throws {
        let checks = try VerificationSearch.checks(in: [Fixture.path("sampling"), Fixture.path("chat")])
        var seen: [Int] = []
        _ = await verify(checks, engines: [.cpu]) { seen.append($0) }
        #expect(seen == [1, 2])
    }
}
