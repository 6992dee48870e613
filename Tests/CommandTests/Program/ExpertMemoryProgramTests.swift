import Files
import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct ExpertMemoryProgramTests {
    private func run(_ more: [String]) throws -> Program.Result {
        let prompt = try Given.prompt("v3", "a").tokens.list
        return try Program.run(
            ["run", Given.v3, "--tokens", prompt, "-n", "8", "--greedy", "--ignore-eos"] + more)
    }

    @Test func answersAreTheSameAndSayWhatWasRead() throws {
        let mapped = try run(["--json"])
        mapped.expectSuccess()
        let mappedReport = try mapped.json()["experts"]
        #expect(mapped.errors.isEmpty && mappedReport == nil)
        let stored = try run(["--json", "--expert-memory", "400K"])
        stored.expectSuccess()
        let answer = try stored.json()
        #expect(try answer["token_ids"] == mapped.json()["token_ids"])
        let experts = try #require(answer["experts"])
        #expect(experts.keys == ["bytes_read", "generation", "hit_rate", "memory_bytes", "prompt", "slots"])
        #expect(try #require(experts["memory_bytes"]?.integer) <= 400 << 10)
        var read = 0
        for (phase, tokens) in [("prompt", try Given.prompt("v3", "a").tokens.count), ("generation", 7)] {
            let part = try #require(experts[phase])
            #expect(
                part.keys == [
                    "bytes_per_token", "bytes_read", "bytes_read_ahead", "foreseen", "foreseen_rate", "hit_rate",
                    "hits",
                    "misses", "tokens", "waiting_seconds",
                ])
            #expect(part["tokens"]?.integer == tokens)
            read += try #require(part["bytes_read"]?.integer)
        }
        #expect(experts["bytes_read"]?.integer == read && read > 0)
        // One remark, and the answer alone on standard output.
        #expect(stored.errors.hasPrefix("experts: ") && stored.errors.filter { $0 == "\n" }.count == 1)
        let plain = try run(["--expert-memory", "400KiB"])
        #expect(try Given.ids(answer["token_ids"]).list + "\n" == plain.text && plain.errors.hasPrefix("experts: "))
    }

    @Test func enoughMemoryForAllLeavesNothingToSay() throws {
        let result = try run(["--json", "--expert-memory", "8G"])
        result.expectSuccess()
        let resultReport = try result.json()["experts"]
        #expect(result.errors.isEmpty && resultReport == nil)
    }

    @Test(arguments: ["1", "0", "4K", "lots", "-1G", "8X", "99999999999999G"])
    func unusableSizesAreOneSentence(_ size: String) throws {
        let result = try run(["--expert-memory=\(size)"])
        result.expectFailure()
        #expect(result.errors.contains("at least") || result.errors.contains("--expert-memory"))
    }
}
