import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct ScoreProgramTests {
    @Test func jsonHasItsShape() throws {
        let prompt = try Given.prompt("v3", "a").tokens
        let result = try Program.run(["score", Given.v3, "--tokens", prompt.list, "--top", "4", "--json"])
        result.expectSuccess()
        let score = try result.json()
        #expect(score.keys == ["perplexity", "tokens"])
        let tokens = try #require(score["tokens"]?.array)
        #expect(tokens.map { $0["id"]?.integer } == prompt)
        #expect(tokens.allSatisfy { $0.keys == ["id", "logprob", "text", "top"] && $0["text"]?.isNull == true })
        #expect(tokens[0]["logprob"]?.isNull == true && tokens[0]["top"]?.array?.isEmpty == true)
        let logs = try tokens.dropFirst().map { try #require($0["logprob"]?.double) }
        let perplexity = try #require(score["perplexity"]?.double)
        #expect(abs(perplexity - exp(-logs.reduce(0, +) / Double(logs.count))) < 1e-9 * perplexity)
        for token in tokens.dropFirst() {
            let top = try #require(token["top"]?.array)
            let likely = try top.map { try #require($0["logprob"]?.double) }
            #expect(top.count == 4 && top.allSatisfy { $0.keys == ["id", "logprob"] })
            let logprob = try #require(token["logprob"]?.double)
            #expect(likely == likely.sorted(by: >) && likely[0] >= logprob)
        }
    }

    @Test func textOnStandardInputIsScored() throws {
        let text = "7 + 9 + 0 = 16, write 6"
        let result = try Program.run(["score", "first-light", "--json"], input: text)
        result.expectSuccess()
        let tokens = try #require(try result.json()["tokens"]?.array)
        #expect(tokens.dropFirst().compactMap { $0["text"]?.string }.joined() == text)
        let table = try Program.run(["score", "first-light", "--top", "2"], input: text)
        table.expectSuccess()
        let lines = table.text.split(separator: "\n")
        #expect(lines.count == tokens.count + 1 && lines.last?.hasPrefix("perplexity ") == true)
    }

    @Test func oneTokenHasNoPerplexity() throws {
        let result = try Program.run(["score", Given.v3, "--tokens", "5", "--json"])
        result.expectSuccess()
        #expect(try result.json()["perplexity"]?.isNull == true)
    }

    @Test(arguments: [
        ["--tokens", "1,256"], ["--tokens", ""], ["--tokens", "a"], ["--tokens", "1,2", "--top=-1"],
    ])
    func badInputIsOneSentence(_ options: [String]) throws {
        try Program.run(["score", Given.v3] + options).expectFailure()
    }
}
