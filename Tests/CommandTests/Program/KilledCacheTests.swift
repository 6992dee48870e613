import Files
import Foundation
import TestSupport
import Testing

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A server that is killed again and again while it keeps keys and values on disk, at moments that nobody chose.
@Suite(.serialized, .timeLimit(.minutes(10))) final class KilledCacheTests {
    private let folder: String

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static let kills = 20
    /// Of some pages each, no two alike from the beginning.
    private static let prompts = (0..<kills + 3).map { number in
        (0..<300).map { 60 + ($0 * 7 + number * 31 + $0 * number) % 190 }
    }

    /// Whatever a kill has left, every answer is the one of a server that keeps nothing, and what was whole is used.
    @Test func nothingCorruptIsEverUsed() async throws {
        let plain = try await ServedProgram([])
        var truth: [String] = []
        for prompt in KilledCacheTests.prompts { truth.append(try await plain.answer(to: prompt)) }
        try await plain.end()
        #expect(Set(truth).count > 1)
        for kill in 0..<KilledCacheTests.kills { try await interrupt(kill, truth) }
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder + "/cache")
        let last = try await ServedProgram(["--cache-dir", folder + "/cache"])
        for (prompt, answer) in zip(KilledCacheTests.prompts, truth) {
            #expect(try await last.answer(to: prompt) == answer)
        }
        let restored = try await last.restoredTokens()
        try await last.end()
        print("killed \(KilledCacheTests.kills) times: \(files.count) files left, \(restored) tokens taken from them")
        #expect(restored > 0)
    }

    /// Asks for what is on disk already and for what is new, and kills the server while it works on that.
    private func interrupt(_ kill: Int, _ truth: [String]) async throws {
        let server = try await ServedProgram(["--cache-dir", folder + "/cache"])
        if kill > 0 { #expect(try await server.answer(to: KilledCacheTests.prompts[kill - 1]) == truth[kill - 1]) }
        let asked = (kill..<kill + 3).map { number in
            Task { [client = server.client] in try? await client.answer(to: KilledCacheTests.prompts[number]) }
        }
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...120)))
        server.program.kill()
        for (number, task) in zip(kill..., asked) {
            if let answer = await task.value { #expect(answer == truth[number]) }
        }
        #expect(try await server.program.finishAside().wasSignalled)
    }
}
