import Files
import Foundation
import HubStub
import TestSupport
import Testing

@testable import Hub

/// A hub that lies: nothing wrong is ever kept, nothing is written elsewhere, and every transfer ends.
@Suite(.timeLimit(.minutes(5))) struct HostileHubTests {
    private func setUp(
        _ repositories: [StubRepository] = [.released, .quantized],
        _ fault: @escaping @Sendable (StubRequest) -> StubFault?
    ) async throws -> StubbedStore {
        try StubbedStore(try await HubStub(repositories, fault: fault))
    }

    /// What the storage says wrongly, and what that is called.
    static let lies: [(StubFault, InputError.Kind)] = [
        (.damage, .invalidValue), (.excess(5_000), .overflow), (.endless, .overflow),
        (.headers(["Content-Range": "bytes 0-999/1000"]), .invalidValue),
        (.headers(["Content-Range": "bytes */5"]), .invalidValue),
        (.headers(["Content-Range": ""]), .invalidValue), (.headers(["Content-Encoding": "gzip"]), .unsupported),
        (.status(204), .invalidValue), (.status(404), .unreadable), (.status(416), .unreadable), (.cut(0), .unreadable),
        (.status(302, ["Location": "file:///etc/passwd"]), .invalidValue), (.status(302), .excessive),
        (.status(302, ["Location": "/again?Signature=abc%2F123"]), .excessive),
        (.status(429, ["Retry-After": "1000000"]), .unreadable),
    ]

    @Test(arguments: lies)
    func liesOfTheStorageAreNoticed(_ fault: StubFault, _ kind: InputError.Kind) async throws {
        let stubbed = try await setUp { $0.isStorage ? fault : nil }
        let error = await stubbed.failure()
        #expect(error?.kind == kind, "\(error?.description ?? "none")")
        #expect(try stubbed.isSound(.released) && stubbed.store.models().isEmpty)
        #expect(error?.description.allSatisfy { !$0.isNewline } == true)
    }

    /// After damage the partial file is gone, so that the next pull starts anew and succeeds.
    @Test func damageIsNotKept() async throws {
        let stubbed = try await setUp { $0.isStorage && $0.earlier < 7 ? .damage : nil }
        var failures = 0
        while await stubbed.failure() != nil { failures += 1 }
        #expect((1...7).contains(failures))
        #expect(try stubbed.isSound(.released) && stubbed.store.models().count == 1)
    }

    static let contradictions: [[String: String]] = [
        ["X-Linked-Size": "5"], ["X-Linked-Etag": "\"0000\""], ["X-Repo-Commit": String(repeating: "0", count: 40)],
    ]

    @Test(arguments: contradictions)
    func hubThatContradictsItselfIsNotBelieved(_ headers: [String: String]) async throws {
        let stubbed = try await setUp {
            $0.path.contains("/resolve/") && $0.path.hasSuffix("safetensors") ? .headers(headers) : nil
        }
        #expect(await stubbed.failure()?.kind == .invalidValue)
        #expect(!stubbed.hub.requests.contains { $0.isStorage && $0.earlier > 3 })
        #expect(stubbed.store.models().isEmpty)
    }

    static let documents: [(String, InputError.Kind)] = [
        ("", .truncated), ("[]", .invalidValue), ("{}", .invalidValue), (#"{"sha": "../../etc"}"#, .invalidValue),
        (#"{"sha": 5}"#, .invalidValue),
        (String(repeating: "[", count: 100_000), .excessive), (#"{"sha": "x", "sha": "y"}"#, .duplicate),
        ("\u{0}", .invalidValue),
    ]

    @Test(arguments: documents)
    func hostileRevisionsAreRefused(_ text: String, _ kind: InputError.Kind) async throws {
        let stubbed = try await setUp { $0.path.contains("/revision/") ? .json(text) : nil }
        let error = await stubbed.failure()
        #expect(error?.kind == kind, "\(error?.description ?? "none")")
    }

    static let trees: [(String, InputError.Kind)] = [
        ("{}", .invalidValue), ("[", .truncated), ("[]", .missing), ("[5, null, []]", .missing),
        (#"[{"type": "file", "path": "../../../../tmp/x.gguf", "size": 1, "oid": "x"}]"#, .missing),
        (#"[{"type": "file", "path": "m.gguf", "size": 9223372036854775807, "oid": "x"}]"#, .missing),
    ]

    @Test(arguments: trees)
    func hostileListsAreRefused(_ text: String, _ kind: InputError.Kind) async throws {
        let stubbed = try await setUp { $0.path.contains("/tree/") ? .json(text) : nil }
        let error = await stubbed.failure()
        #expect(error?.kind == kind, "\(error?.description ?? "none")")
        #expect(!FileManager.default.fileExists(atPath: stubbed.store.folder))
    }

    @Test(arguments: RepositoryPathTests.hostile)
    func hostilePathsAreNeverWritten(_ path: String) async throws {
        let repository = StubRepository(
            "org/model", [.init("m.gguf", .stub(10)), .init(path, .stub(10, seed: 2), isLarge: true)])
        let stubbed = try await setUp([repository]) { _ in nil }
        try await stubbed.pull()
        #expect(try stubbed.paths().filter { $0.hasPrefix("snapshots") } == ["snapshots/\(repository.commit)/m.gguf"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: stubbed.folder) == ["hub"])
    }

    @Test func pathsThatDifferInCaseAreRefused() async throws {
        let repository = StubRepository(
            "org/model",
            [
                .init("config.json", "{}"), .init("model.safetensors", .stub(10)), .init("TOKENIZER.json", "{}"),
                .init("tokenizer.json", "{}"),
            ])
        let stubbed = try await setUp([repository]) { _ in nil }
        #expect(await stubbed.failure()?.kind == .duplicate)
    }

    @Test func endlessListsEnd() async throws {
        let commit = StubRepository.released.commit
        let stubbed = try await setUp { request in
            guard request.path.contains("/tree/") else { return nil }
            let next = "</x?cursor=\(request.earlier)>; rel=\"next\""
            return .headers(["Link": request.query.contains("cursor=3") ? "</x?cursor=1>; rel=\"next\"" : next])
        }
        #expect(await stubbed.failure()?.kind == .excessive)
        #expect(stubbed.hub.requests.count < 20 && commit.count == 40)
    }

    @Test func hugeAnswersAndTooManyFilesAreRefused() async throws {
        let stubbed = try await setUp { _ in nil }
        var options = stubbed.options
        options.settings.listingBytes = 100
        await #expect(throws: InputError.self) { try await stubbed.pull("org/model", options) }
        options = stubbed.options
        options.settings.listingFiles = 3
        await #expect(throws: InputError.self) { try await stubbed.pull("org/model", options) }
        options = stubbed.options
        options.settings.modelFiles = 3
        await #expect(throws: InputError.self) { try await stubbed.pull("org/model", options) }
    }

    // MARK: The token

    @Test func tokenIsGivenToTheHubAndNotToItsStorage() async throws {
        var repository = StubRepository.released
        repository.token = "hf_secret"
        let stubbed = try await setUp([repository]) { _ in nil }
        try await stubbed.pull(environment: ["HF_TOKEN": "hf_secret"])
        #expect(try stubbed.isSound(repository))
        for request in stubbed.hub.requests {
            #expect(request.headers["authorization"] == (request.isStorage ? nil : "Bearer hf_secret"))
        }
    }

    @Test(arguments: [nil, "hf_wrong"])
    func modelBehindTermsIsNamed(_ token: String?) async throws {
        var repository = StubRepository.released
        repository.token = "hf_secret"
        let stubbed = try await setUp([repository]) { _ in nil }
        let error = await stubbed.failure(environment: token.map { ["HF_TOKEN": $0] } ?? [:])
        #expect(error?.advice.contains("HF_TOKEN") == true && error?.description.contains("hf_wrong") == false)
    }

    /// A hub that sends the list of files to another server does not give it the token.
    @Test func tokenStaysBehindOnRedirects() async throws {
        let other = try await HubStub([.released])
        let target = other.endpoint
        let stubbed = try await setUp { .status(307, ["Location": target + $0.path + "?" + $0.query]) }
        try await stubbed.pull(environment: ["HF_TOKEN": "hf_secret"])
        #expect(!other.requests.isEmpty && other.requests.allSatisfy { $0.headers["authorization"] == nil })
        #expect(stubbed.hub.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
    }

    static let names: [(String, InputError.Kind)] = [
        ("org/none", .missing), ("org/model@none", .missing), ("org/model:Q4_K_M", .missing),
        ("org/model:none.gguf", .missing),
    ]

    @Test(arguments: names)
    func whatIsNotThereIsASentence(_ name: String, _ kind: InputError.Kind) async throws {
        let stubbed = try await setUp { _ in nil }
        #expect(await stubbed.failure(name)?.kind == kind)
    }

    @Test func offlineMeansOffline() async throws {
        let stubbed = try await setUp { _ in nil }
        #expect(await stubbed.failure(environment: ["HF_HUB_OFFLINE": "1"])?.kind == .unsupported)
        #expect(stubbed.hub.requests.isEmpty)
    }

    @Test func hubThatIsNotThereIsASentence() async throws {
        let stubbed = try await setUp { _ in nil }
        var options = stubbed.options
        options.endpoint = "http://127.0.0.1:1"
        let error = try await #require(throws: InputError.self) { try await stubbed.pull("org/model", options) }
        #expect(error.kind == .unreadable && error.found.contains("127.0.0.1"))
    }
}
