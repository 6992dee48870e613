import Foundation
import HubStub
import TestSupport
import Testing

@testable import Hub

enum HubPeer {
    /// A Python that has Hugging Face's own client.
    static let python = ProcessInfo.processInfo.environment["ISOBATH_HUB_PYTHON"]
}

/// Hugging Face's own client (PyPI: `huggingface_hub`) beside this program: it downloads from the stub, so the stub
/// speaks the protocol, and each uses what the other has downloaded. `Scripts/conformance-store` installs the client
/// and runs this.
@Suite(.enabled(if: HubPeer.python != nil), .timeLimit(.minutes(5))) struct HubPeerTests {
    private func run(_ script: String, _ stubbed: StubbedStore) async throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: try #require(HubPeer.python))
        process.arguments = ["-c", script]
        process.environment = [
            "HF_HUB_CACHE": stubbed.store.folder, "HF_HOME": stubbed.folder, "HF_ENDPOINT": stubbed.hub.endpoint,
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "NO_PROXY": "127.0.0.1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        ]
        process.standardOutput = pipe
        let output = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
                continuation.resume(returning: (process.terminationStatus, String(decoding: data, as: UTF8.self)))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        #expect(output.0 == 0)
        return output.1.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func itsClientDownloadsFromTheStub() async throws {
        let stubbed = try StubbedStore(try await HubStub([.released, .quantized], pageSize: 3))
        let files = try await run(
            """
            from huggingface_hub import HfApi, snapshot_download, hf_hub_download
            print(len(HfApi().list_repo_files("org/model")))
            print(snapshot_download("org/model"))
            print(hf_hub_download("org/model-GGUF", "big/m-BF16-00001-of-00002.gguf"))
            """, stubbed)
        #expect(files.hasPrefix("8\n"))
        #expect(try stubbed.isSound(.released) && stubbed.isSound(.quantized))
        #expect(try stubbed.paths("org/model").filter { $0.hasPrefix("snapshots") }.count == 8)
        // What it has downloaded is a model here, and is not brought again.
        #expect(stubbed.store.models().map(\.name) == ["org/model"])
        let sent = stubbed.hub.sentBytes
        #expect(try await stubbed.pull().plan?.presentBytes == StubRepository.released.bytes(first: 6))
        #expect(try await stubbed.pull("org/model-GGUF:BF16").plan?.presentBytes == 5_000)
        #expect(stubbed.hub.sentBytes == sent + 4_000 + 8)
    }

    @Test func itsClientFindsWhatWasPulled() async throws {
        let stubbed = try StubbedStore(try await HubStub([.released, .quantized]))
        for name in ["org/model", "org/model-GGUF:BF16", "org/model-GGUF:Q8_0"] { try await stubbed.pull(name) }
        let sent = stubbed.hub.sentBytes
        let output = try await run(
            """
            from huggingface_hub import hf_hub_download, scan_cache_dir, snapshot_download
            cache = scan_cache_dir()
            print(len(cache.warnings), cache.size_on_disk)
            for repo in sorted(cache.repos, key=lambda repo: repo.repo_id):
                revision, = repo.revisions
                print(repo.repo_id, repo.nb_files, repo.size_on_disk, sorted(revision.refs), revision.commit_hash)
            print(hf_hub_download("org/model", "model-00001-of-00002.safetensors", local_files_only=True))
            print(hf_hub_download("org/model-GGUF", "big/m-BF16-00002-of-00002.gguf", local_files_only=True))
            print(snapshot_download("org/model", local_files_only=True))
            print(hf_hub_download("org/model-GGUF", "m-Q8_0.gguf"))
            """, stubbed)
        let (released, commit) = (StubRepository.released.bytes(first: 6), StubRepository.released.commit)
        let folder = stubbed.store.folder + "/models--org--model"
        #expect(
            output.split(separator: "\n").map(String.init) == [
                "0 \(released + 29_008)", "org/model 6 \(released) ['main'] \(commit)",
                "org/model-GGUF 4 29008 ['main'] \(commit)",
                "\(folder)/snapshots/\(commit)/model-00001-of-00002.safetensors",
                "\(folder)-GGUF/snapshots/\(commit)/big/m-BF16-00002-of-00002.gguf", "\(folder)/snapshots/\(commit)",
                "\(folder)-GGUF/snapshots/\(commit)/m-Q8_0.gguf",
            ])
        #expect(stubbed.hub.sentBytes == sent)
    }

    /// After removals and breaks its client still finds nothing wrong.
    @Test func itsClientFindsNothingWrongAfterRemovalsAndBreaks() async throws {
        let stubbed = try StubbedStore(
            try await HubStub([.released, .quantized]) {
                $0.isStorage && $0.path.hasPrefix("/org/model/") && $0.earlier > 2 ? .status(403) : nil
            })
        _ = await stubbed.failure()
        try await stubbed.pull("org/model-GGUF:Q4_K_M")
        try await stubbed.pull("org/model-GGUF:Q8_0")
        let removal = try stubbed.store.removal(of: try #require(ModelReference("org/model-GGUF:Q4_K_M")))
        try stubbed.store.remove(removal)
        let output = try await run(
            """
            from huggingface_hub import scan_cache_dir
            cache = scan_cache_dir()
            print(cache.warnings, sorted((repo.repo_id, repo.nb_files) for repo in cache.repos))
            """, stubbed)
        #expect(output == "[] [('org/model', 0), ('org/model-GGUF', 2)]")
    }

    /// Its locks are ours: a pull waits for a download of the same file by its client.
    @Test func itsLocksAreHeeded() async throws {
        let stubbed = try StubbedStore(
            try await HubStub([.quantized]) { $0.isStorage ? .slow(1000, .milliseconds(60)) : nil })
        async let theirs = run(
            """
            from huggingface_hub import hf_hub_download
            print(hf_hub_download("org/model-GGUF", "m-Q8_0.gguf"))
            """, stubbed)
        while stubbed.hub.sentBytes == 0 { try await Task.sleep(for: .milliseconds(5)) }
        let ours = try await stubbed.pull("org/model-GGUF:Q8_0")
        _ = try await theirs
        #expect(ours.reasons.contains { $0.contains("another program") })
        #expect(stubbed.hub.sentBytes == 20_008)
    }
}
