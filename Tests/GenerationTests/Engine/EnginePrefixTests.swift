import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@testable import Generation

/// What requests leave behind for later ones, in memory and on disk.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct EnginePrefixTests {
    static let models = ["llama-gqa", "v3"]

    private static func model(_ name: String) throws -> LanguageModel {
        var settings = EngineSettings()
        settings.cacheElementType = .f16
        return try TestModels.fixture(name, settings)
    }

    private static func prompt(_ count: Int, seed: UInt64 = 1) -> [Int32] {
        var source = RandomSource(seed: seed)
        return (0..<count).map { _ in Int32.random(in: 0..<200, using: &source) }
    }

    private static func limits(_ folder: String? = nil, bytes: Int = 1 << 30) -> EngineLimits {
        var limits = EngineLimits()
        (limits.directory, limits.directoryBytes) = (folder, bytes)
        return limits
    }

    /// Calls `body` with a folder that does not exist yet, and removes it.
    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let parent = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: parent) }
        try await body(parent + "/pages")
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { folder + "/" + $0 }
    }

    // MARK: In memory

    @Test(arguments: models) func whatBeginsAlikeIsComputedOnce(_ name: String) async throws {
        let model = try Self.model(name)
        let engine = try Engine(model)
        let shared = Self.prompt(200)
        let first = try await engine.answers(to: .greedy(shared + [1, 2, 3], count: 4))
        #expect(first.summaries[0]?.rememberedTokens == 0)
        let second = GenerationRequest.greedy(shared + [7, 8, 9, 10], count: 4)
        let answer = try await engine.answers(to: second)
        #expect(answer.summaries[0]?.rememberedTokens == 192)
        #expect(answer.tokens == (try await Engine(model).answers(to: second)).tokens)
        // One token differs in the first page.
        var other = shared
        other[5] = 199 - other[5]
        #expect(try await engine.answers(to: .greedy(other, count: 2)).summaries[0]?.rememberedTokens == 0)
        #expect(engine.statistics.rememberedTokens == 192)
    }

    /// Requests that arrive together share what none of them has computed yet.
    @Test func requestsAtTheSameTimeShare() async throws {
        let engine = try Engine(try Self.model("llama-gqa"))
        let prompt = Self.prompt(300)
        try await withThrowingTaskGroup(of: [Int32].self) { group in
            for last in 0..<6 as Range<Int32> {
                group.addTask { try await engine.tokens(.greedy(prompt + [last], count: 3)) }
            }
            try await group.waitForAll()
        }
        let statistics = engine.statistics
        #expect(statistics.promptTokens == 6 * 301)
        // All but the first at least: requests that came before the first page was complete wait for it.
        #expect(statistics.rememberedTokens >= 5 * 192)
    }

    /// What the model wrote is remembered too where both forms of attention are one.
    @Test func answersAreRemembered() async throws {
        let engine = try Engine(try Self.model("llama-gqa"))
        let prompt = Self.prompt(40)
        let tokens = try await engine.tokens(.greedy(prompt, count: 100))
        let next = try await engine.answers(to: .greedy(prompt + tokens + [5, 6], count: 2))
        #expect(next.summaries[0]?.rememberedTokens == 128)
    }

    @Test func pagesInUseAreNeverForgotten() throws {
        let model = try Self.model("llama-gqa")
        let pool = KeyValuePool(layout: model.pool.layout, limit: 8)
        var tree = PrefixTree()
        var held: [KeyValuePage] = []
        var places: [Int] = []
        for index in 0..<6 {
            let page = try pool.take()
            let content = PageContent(tokens: [Int32(index)], form: .absorbed)
            places.append(tree.insert(page, content, after: index < 3 ? places.last ?? 0 : 0).id)
            if index == 1 || index == 4 { held.append(page) }
        }
        #expect(tree.countOfUnused() == 4)
        #expect(tree.forget(10) == 3, "page 0 stands before page 1, which is in use")
        #expect(tree.count == 3 && pool.pagesInUse == 3)
        held = []
        #expect(tree.forget(1) == 1 && tree.forget(10) == 2 && pool.pagesInUse == 0)
    }

    @Test func theOldestAreForgottenFirst() throws {
        let model = try Self.model("llama-gqa")
        let pool = KeyValuePool(layout: model.pool.layout, limit: 8)
        var tree = PrefixTree()
        let contents = (0..<4).map { PageContent(tokens: [Int32($0)], form: .absorbed) }
        for content in contents { _ = tree.insert(try pool.take(), content, after: PrefixTree.root) }
        _ = tree.child(of: PrefixTree.root, contents[0])
        #expect(tree.forget(2) == 2)
        let left = contents.map { tree.child(of: PrefixTree.root, $0) != nil }
        #expect(left == [true, false, false, true])
    }

    // MARK: On disk

    @Test(arguments: models) func aRestartFindsWhatWasThere(_ name: String) async throws {
        try await withFolder { folder in
            let request = GenerationRequest.greedy(Self.prompt(260), count: 5)
            let first = try Engine(try Self.model(name), limits: Self.limits(folder))
            let tokens = try await first.tokens(request)
            await first.shutdown(finishing: true)
            #expect(try files(folder).count == 4)
            let second = try Engine(try Self.model(name), limits: Self.limits(folder))
            let answer = try await second.answers(to: request)
            #expect(answer.tokens[0] == tokens)
            #expect(answer.summaries[0]?.restoredTokens == 256 && answer.summaries[0]?.rememberedTokens == 256)
            #expect(second.statistics.restoredTokens == 256 && second.statistics.rejectedFiles == 0)
        }
    }

    /// How a file can be wrong.
    enum Damage: CaseIterable, Sendable {
        case truncated, empty, longer, lastByte, payload, header, replacedByOther, link, folder

        /// - Parameter other: another file, and what it held before anything was damaged.
        func apply(to path: String, other: (path: String, bytes: [UInt8])) throws {
            var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
            switch self {
            case .truncated: bytes.removeLast(9)
            case .empty: bytes = []
            case .longer: bytes.append(0)
            case .lastByte: bytes[bytes.count - 1] ^= 1
            case .payload: bytes[bytes.count - 2000] ^= 0x40
            case .header: bytes[20] ^= 1
            case .replacedByOther: bytes = other.bytes
            case .link, .folder: break
            }
            try FileManager.default.removeItem(atPath: path)
            switch self {
            case .link: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: other.path)
            case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            default: try Data(bytes).write(to: URL(filePath: path))
            }
        }
    }

    @Test(arguments: Damage.allCases) func damagedFilesAreNotUsed(_ damage: Damage) async throws {
        try await withFolder { folder in
            let request = GenerationRequest.greedy(Self.prompt(260), count: 5)
            let first = try Engine(try Self.model("llama-gqa"), limits: Self.limits(folder))
            let tokens = try await first.tokens(request)
            await first.shutdown(finishing: true)
            let paths = try files(folder)
            // The engine has looked at the folder when the damage happens: it must not rely on what it saw.
            let second = try Engine(try Self.model("llama-gqa"), limits: Self.limits(folder))
            let before = try paths.map { ($0, [UInt8](try Data(contentsOf: URL(filePath: $0)))) }
            for (index, path) in paths.enumerated() {
                try damage.apply(to: path, other: before[(index + 1) % before.count])
            }
            let answer = try await second.answers(to: request)
            #expect(answer.tokens[0] == tokens)
            #expect(answer.summaries[0]?.restoredTokens == 0)
            #expect(second.statistics.rejectedFiles > 0)
            await second.shutdown(finishing: true)
            // What was wrong has been replaced by what is right.
            let third = try Engine(try Self.model("llama-gqa"), limits: Self.limits(folder))
            #expect(try await third.tokens(request) == tokens)
        }
    }

    /// Pages of another model, or of the same one executed in another way, are none of this one's.
    @Test func otherModelsPagesAreNotUsed() async throws {
        try await withFolder { folder in
            let request = GenerationRequest.greedy(Self.prompt(130), count: 3)
            for name in ["llama-gqa", "llama-mha"] {
                let engine = try Engine(try Self.model(name), limits: Self.limits(folder))
                #expect(try await engine.answers(to: request).summaries[0]?.restoredTokens == 0)
                await engine.shutdown(finishing: true)
            }
            var settings = EngineSettings()
            settings.cacheElementType = .bf16
            let engine = try Engine(try TestModels.fixture("llama-gqa", settings), limits: Self.limits(folder))
            #expect(try await engine.answers(to: request).summaries[0]?.restoredTokens == 0)
            #expect(engine.statistics.rejectedFiles == 0)
        }
    }

    @Test func bytesOnDiskAreLimited() async throws {
        try await withFolder { folder in
            let model = try Self.model("llama-gqa")
            let limit = 5 * model.pool.layout.bytesPerPage
            let engine = try Engine(model, limits: Self.limits(folder, bytes: limit))
            for seed in 0..<6 as Range<UInt64> {
                _ = try await engine.tokens(.greedy(Self.prompt(130, seed: seed), count: 1))
            }
            await engine.shutdown(finishing: true)
            let sizes = try files(folder).map {
                try FileManager.default.attributesOfItem(atPath: $0)[.size] as? Int ?? 0
            }
            #expect(sizes.reduce(0, +) <= limit && !sizes.isEmpty)
            #expect(engine.statistics.storedBytes <= limit)
        }
    }

    /// Programs that are killed leave files half written; nobody uses them, and they go away.
    @Test func halfWrittenFilesAreRemoved() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let (old, new) = (folder + "/a.kvpage.part-1", folder + "/b.kvpage.part-2")
            for path in [old, new] { try Data([1, 2, 3]).write(to: URL(filePath: path)) }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: old)
            _ = try Engine(try Self.model("llama-gqa"), limits: Self.limits(folder))
            #expect(try files(folder) == [new], "another program may be writing it")
        }
    }

    @Test func foldersOfOthersAreRefused() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
            let model = try Self.model("llama-gqa")
            #expect(throws: InputError.self) { try Engine(model, limits: Self.limits(folder)) }
            try FileManager.default.removeItem(atPath: folder)
            try Data().write(to: URL(filePath: folder))
            #expect(throws: InputError.self) { try Engine(model, limits: Self.limits(folder)) }
        }
    }
}
