import Files
import Foundation
import TestSupport
import Testing

/// `isobath adapter`, and `--adapter`.
@Suite(.serialized, .timeLimit(.minutes(10))) struct AdapterProgramTests {
    private static let model = Fixture.path("gguf/llama-mha-Q4_K_M.gguf")
    private static let adapter = Fixture.path("adapters/llama-mha-Q4_K_M")
    private static let tokens = ["--tokens", "7,92,19,14,29,86,31,74"]

    private func score(_ model: String, _ more: [String] = []) throws -> [Double] {
        let result = try Program.run(["score", model, "--json", "--exact"] + Self.tokens + more)
        result.expectSuccess()
        return try #require(try result.json()["tokens"]?.array).compactMap { $0["logprob"]?.double }
    }

    private func difference(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).map { abs($0 - $1) }.max() ?? .infinity : .infinity
    }

    @Test func adaptersRunAtOnceAndMerge() throws {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plain = try score(Self.model)
        let adapted = try score(Self.model, ["--adapter", Self.adapter])
        let half = try score(Self.model, ["--adapter", Self.adapter + ":0.5"])
        #expect(plain.count == 7 && difference(adapted, plain) > 0.1 && difference(adapted, half) > 0.01)
        #expect(difference(try score(Self.model, ["--adapter", Self.adapter + ":0"]), plain) < 1e-6)

        let merged = folder + "/merged"
        try Program.run(["adapter", "merge", Self.model, Self.adapter, "-o", merged, "--type", "f32"]).expectSuccess()
        #expect(difference(try score(merged), adapted) < 1e-4)

        let export = folder + "/half"
        try Program.run(["adapter", "export", Self.model, Self.adapter + ":0.5", "-o", export, "--base", "somewhere"])
            .expectSuccess()
        #expect(difference(try score(Self.model, ["--adapter", export]), half) < 1e-6)
        let report = try Program.run(["adapter", "inspect", export, "--json"]).json()
        #expect(report["base_model"]?.string == "somewhere")
        let again = try Program.run(["adapter", "export", Self.model, Self.adapter, "-o", export])
        #expect(again.status != 0 && again.errors.contains("not empty"))
    }

    @Test func runAndChatTakeAdapters() throws {
        let arguments = ["run", Self.model, "--greedy", "-n", "8", "--json"] + Self.tokens
        func ids(_ more: [String]) throws -> [Int] {
            let result = try Program.run(arguments + more)
            result.expectSuccess()
            return try #require(try result.json()["token_ids"]?.array).compactMap(\.integer)
        }
        #expect(try ids([]) != ids(["--adapter", Self.adapter]))
        let help = try Program.run(["chat", "--help"])
        #expect(help.text.contains("--adapter"))
    }

    @Test func inspectTellsWhatItIs() throws {
        let json = try Program.run(["adapter", "inspect", Self.adapter, "--json"]).json()
        #expect(json["pairs"]?.integer == 21 && json["rank"]?.integer == 2)
        #expect(json["kinds"]?.array?.count == 7)
        let text = try Program.run(["adapter", "inspect", Self.adapter])
        #expect(text.status == 0 && text.text.contains("model.layers.*.self_attn.q_proj: 3 of rank 2"))
    }

    @Test func foreignAdaptersAreRefused() throws {
        for (model, adapter) in [
            (Fixture.path("gguf/v3.gguf"), Self.adapter), (Self.model, "/nowhere"), (Self.model, Self.adapter + ":x"),
            (Self.model, Fixture.path("text/llama-mha")),
        ] {
            let result = try Program.run(["score", model, "--adapter", adapter] + Self.tokens)
            #expect(result.status != 0 && !result.wasSignalled && result.errors.contains("was expected"), "\(adapter)")
        }
    }
}
