import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct PerplexityProgramTests {
    private static let text = Fixture.path("perplexity/text.txt")
    private static let base = Fixture.path("perplexity/base.logits")
    private static let model = Fixture.path("gguf/v3.gguf")

    private func run(_ arguments: String...) throws -> Program.Result { try Program.run(["perplexity"] + arguments) }

    @Test func oneLineForPeople() throws {
        let result = try run(Self.model, Self.text, "--context", "33", "--exact")
        result.expectSuccess()
        #expect(result.text.hasPrefix("perplexity 1900.") && result.text.hasSuffix(" over 15 chunks of 33 tokens\n"))
        #expect(result.text.contains(" ± 247."))
    }

    @Test func jsonHasItsShape() throws {
        let result = try Program.run(
            ["perplexity", Self.model, "-", "--context", "33", "--chunks", "2", "--json"],
            input: try Data(contentsOf: URL(filePath: Self.text)))
        result.expectSuccess()
        let score = try result.json()
        #expect(score.keys == ["chunk_length", "chunks", "negative_log_likelihood", "perplexity", "scored_tokens"])
        #expect(score["chunks"]?.integer == 2 && score["scored_tokens"]?.integer == 32)
        let (value, mean) = (score["perplexity"]?["value"]?.double, score["negative_log_likelihood"]?["value"]?.double)
        #expect(abs(try #require(value) - exp(try #require(mean))) < 1e-6 * (value ?? 0))
    }

    @Test func savedLogitsAreCompared() throws {
        let path = try Fixture.temporaryFolder() + "/base.logits"
        try run(Self.model, Self.text, "--context", "33", "--save-logits", path).expectSuccess()
        let table = try run(Self.model, "--kl-divergence", path)
        table.expectSuccess()
        #expect(table.text.contains("PPL(q) / PPL(base)") && table.text.contains("same likeliest token  100.000 ±"))
        let result = try run(Self.model, Self.text, "--kl-divergence", path, "--chunks", "3", "--json")
        result.expectSuccess()
        let statistics = try result.json()
        #expect(statistics["tokens"]?.integer == 48 && statistics["same_top"]?["value"]?.double == 1)
        #expect(statistics["divergence_percentiles"]?.keys.count == 11)
        #expect(statistics["probability_change_percentiles"]?.keys.count == 13)
    }

    @Test func tokensCanBeGiven() throws {
        let ids = Array(0..<40).list
        let result = try run(Given.v3, "--tokens", ids, "--context", "10")
        result.expectSuccess()
        #expect(result.text.hasSuffix(" over 4 chunks of 10 tokens\n"))
    }

    struct Misuse {
        let arguments: [String]
        let status: Int32

        init(_ arguments: [String], _ status: Int32 = 1) { (self.arguments, self.status) = (arguments, status) }
    }

    static let misuses: [Misuse] = [
        Misuse([model, text]),  // 514 tokens are no two chunks of 512
        Misuse([model, text, "--context", "2"]), Misuse([model, "/nowhere.txt"]), Misuse([model, base]),
        Misuse([Given.v3, text, "--context", "33"]),  // no vocabulary
        Misuse([model, "--kl-divergence", text]), Misuse([model, "--kl-divergence", "/nowhere"]),
        Misuse([model, "--tokens", ids, "--kl-divergence", base]),  // another text
        Misuse([model, text, "--context", "33", "--save-logits", "/nowhere/x"]),
        Misuse([model], 64), Misuse([model, text, "--tokens", "1"], 64), Misuse([model, text, "--chunks", "0"], 64),
        Misuse([model, "--kl-divergence", base, "--save-logits", "x"], 64),
    ]
    private static let ids = "1,2,3"

    @Test(arguments: misuses) func misuseIsOneSentence(_ misuse: Misuse) throws {
        try Program.run(["perplexity"] + misuse.arguments).expectFailure(status: misuse.status)
    }
}
