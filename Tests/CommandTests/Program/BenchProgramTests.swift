import Files
import Foundation
import TestSupport
import Testing

/// What `isobath bench` prints; never how fast anything was.
@Suite(.serialized, .timeLimit(.minutes(10))) struct BenchProgramTests {
    private static let short = ["--prefill", "4", "--decode", "2", "--repeat", "1", "--threads", "1,2", "--no-machine"]

    @Test func jsonHasItsShape() throws {
        let result = try Program.run(
            ["bench", Given.v3, "--json", "--sequences", "1,2", "--depth", "0,3", "--cache-type", "f32,q8_0"]
                + Self.short)
        result.expectSuccess()
        let report = try result.json()
        let results = try #require(report["results"]?.array)
        #expect(results.count == 2 * 2 * 2 * 3)
        for result in results {
            #expect(["prefill", "decode"].contains(result["kind"]?.string))
            for name in ["tokens", "depth", "threads", "sequences"] { #expect(result[name]?.integer != nil, "\(name)") }
            #expect(["f32", "q8_0"].contains(result["cache_type"]?.string))
            for name in ["median", "min", "max"] {
                #expect(try #require(result["tokens_per_s"]?[name]?.double) > 0, "\(name)")
            }
            for name in ["gb_per_s", "top_per_s", "experts_per_layer"] {
                #expect(try #require(result[name]?.double) > 0, "\(name)")
            }
        }
        let model = try #require(report["model"])
        #expect(model["path"]?.string == Given.v3 && model["chunk"]?.integer != nil)
        #expect(try #require(model["load_seconds"]?.double) > 0)
        #expect(try #require(model["active_bytes"]?.integer) < #require(model["bytes"]?.integer))
        #expect(model["cache_bytes_per_token"]?.keys == ["f32", "q8_0"])
    }

    @Test func machineStandsBesideTheModel() throws {
        let result = try Program.run(
            ["bench", "--json", "--prefill", "0", "--decode", "1", "--repeat", "1", "--threads", "1"])
        result.expectSuccess()
        let report = try result.json()
        let machine = try #require(report["machine"])
        #expect(try #require(machine["read_gb_per_s"]?.double) > 0)
        #expect(try #require(machine["f32_tflop_per_s"]?.double) > 0)
        let decoded = try #require(report["results"]?.array?.first)
        let share = try #require(decoded["share_of_bandwidth"]?.double)
        let (read, used) = (try #require(machine["read_gb_per_s"]?.double), try #require(decoded["gb_per_s"]?.double))
        #expect(abs(share - used / read) < 1e-9)
    }

    @Test func guessesStandBesideNone() throws {
        let asked = ["bench", "--speculate", "--decode", "12", "--repeat", "2"]
        let result = try #require(try Program.run(asked + ["--json"]).json()["speculation"])
        #expect(result["rounds"]?.integer == 2 && result["draft_length"]?.integer == 1)
        for name in ["plain_tokens_per_s", "guessed_tokens_per_s", "speedup"] {
            #expect(try #require(result[name]?["median"]?.double) > 0, "\(name)")
        }
        let table = try Program.run(asked)
        #expect(table.text.contains("| times faster | ") && table.text.contains("of 2 rounds"))
        let values = try Program.run(asked + ["--csv"]).text.split(separator: "\n")
        #expect(values.count == 2 && values[0].split(separator: ",").count == values[1].split(separator: ",").count)
        try Program.run(["bench", "--draft-length", "2"]).expectFailure(status: 1)
        try Program.run(["bench", Given.v3, "--speculate", "--repeat", "0"]).expectFailure(status: 1)
    }

    @Test func machineAloneIsMeasured() throws {
        let result = try Program.run(["bench", "--machine", "--json", "--threads", "1,2", "--repeat", "1"])
        result.expectSuccess()
        let machine = try #require(try result.json()["machine"])
        let limits = try #require(machine["by_threads"]?.array)
        #expect(limits.map { $0["threads"]?.integer } == [1, 2])
        for limit in limits {
            #expect(try #require(limit["read_gb_per_s"]?["median"]?.double) > 0)
            #expect(
                try #require(limit["peaks"]?.array).allSatisfy { $0.keys == ["instructions", "kind", "top_per_s"] })
        }
        let table = try Program.run(["bench", "--machine", "--threads", "1", "--repeat", "1"])
        table.expectSuccess()
        #expect(table.text.contains("| read, GB/s |") && table.text.contains("| f32, Gop/s |"))
    }

    @Test func kernelsAloneAreMeasured() throws {
        let arguments = [
            "bench", "--kernels", "--types", "q4_k", "--shapes", "8x256", "--rows", "1,2", "--threads", "1", "--repeat",
            "1", "--depth", "3",
        ]
        let result = try Program.run(arguments + ["--json"])
        result.expectSuccess()
        let kernels = try #require(try result.json()["kernels"]?.array)
        // Two arithmetics of one format; four kinds of attention over three types of cache, those of latents in two ways
        // over f16, and all over Q8_0.
        #expect(kernels.count == 2 * (2 + 4 + 6 + 8))
        let some = try Program.run(
            arguments + ["--types", "none", "--attention", "expanding", "--cache-type", "f16", "--json"])
        some.expectSuccess()
        #expect(
            try some.json()["kernels"]?.array?.compactMap { $0["arithmetic"]?.string } == [
                "exact", "exact", "8-bit", "8-bit",
            ])
        #expect(kernels.allSatisfy { ($0["gop_per_s"]?.double ?? 0) > 0 })
        let table = try Program.run(arguments)
        table.expectSuccess()
        #expect(table.text.split(separator: "\n").count == 1 + 2 + kernels.count)
        for wrong in [
            ["--types", "q9"], ["--shapes", "8"], ["--shapes", "8x"], ["--rows", "0"], ["--attention", "some"],
        ] {
            try Program.run(["bench", "--kernels"] + wrong).expectFailure()
        }
    }

    /// One more way to multiply with bf16 weights, where it is asked for.
    @Test func kernelsThatRoundToBFloatAreMeasured() throws {
        let arguments = [
            "bench", "--kernels", "--types", "bf16,f16", "--shapes", "8x256", "--rows", "2", "--threads", "1",
            "--repeat", "1", "--attention", "none", "--json",
        ]
        for (kernels, expected) in [("scalar", ["exact", "exact"]), ("scalarbf16", ["exact", "bf16", "exact"])] {
            let result = try Program.run(arguments, environment: ["ISOBATH_KERNELS": kernels])
            result.expectSuccess()
            let found = try result.json()["kernels"]?.array?.compactMap { $0["arithmetic"]?.string }
            #expect(found == expected, "\(kernels)")
        }
        try Program.run(arguments, environment: ["ISOBATH_KERNELS": "neonbf16"]).expectFailure()
    }

    @Test func markdownIsATable() throws {
        let result = try Program.run(["bench"] + Self.short)
        result.expectSuccess()
        let rows = result.text.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(rows.count == 2 + 4)
        #expect(Set(rows.map { $0.filter { $0 == "|" }.count }).count == 1)
        #expect(rows[0].hasPrefix("| kind | tokens | depth |"))
    }

    @Test func commaSeparatedValuesHaveEqualColumns() throws {
        let result = try Program.run(["bench", "--csv"] + Self.short)
        result.expectSuccess()
        let lines = result.text.split(separator: "\n")
        #expect(lines.count == 1 + 4 && lines[0].hasPrefix("kind,tokens,depth,threads,sequences,cache_type,"))
        #expect(Set(lines.map { $0.filter { $0 == "," }.count }).count == 1)
    }

    @Test func zeroMeansNone() throws {
        let decoding = try Program.run(["bench", "--csv"] + Self.short + ["--prefill", "0"])
        #expect(decoding.text.contains("\ndecode,") && !decoding.text.contains("\nprefill,"))
        let reading = try Program.run(["bench", "--csv"] + Self.short + ["--decode", "0"])
        #expect(!reading.text.contains("\ndecode,") && reading.text.contains("\nprefill,"))
    }

    @Test(arguments: [
        ["--depth", "100000"], ["--decode", "-1"], ["--threads", "0"], ["--sequences", "0"], ["--repeat", "0"],
        ["--cache-type", "q4_0"], ["--chunk", "0"], ["--prefill", "99999999"],
    ])
    func nonsenseIsOneSentence(_ arguments: [String]) throws {
        // The argument parser takes "-1" for a flag unless it is joined.
        let joined = "\(arguments[0])=\(arguments[1])"
        try Program.run(["bench", "first-light", joined]).expectFailure()
    }

    @Test(arguments: ["1,", "a", "1,,2", "-1", "1.5", "99999999999999999999"])
    func listsAreChecked(_ list: String) throws {
        try Program.run(["bench", "--depth=\(list)"]).expectFailure(status: 64)
    }

    @Test func interruptEndsItWithoutResults() throws {
        let program = try Program(["bench", "--json", "--repeat", "1000000"])
        usleep(500_000)
        program.interrupt()
        let result = try program.finish()
        #expect(result.output.isEmpty)
        #expect(result.status == 130 || result.wasSignalled)
    }
}
