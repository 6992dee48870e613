import Files
import Foundation
import HubStub
import Synchronization
import TestSupport

@testable import Hub

/// A store in a folder of its own, and what pulling into it from a stub did.
final class StubbedStore: Sendable {
    let folder: String
    let store: ModelStore
    let hub: HubStub
    /// How long pulls waited, in seconds; tests do not.
    let pauses = Mutex<[Double]>([])

    init(_ hub: HubStub) throws {
        folder = try Fixture.temporaryFolder()
        store = ModelStore(folder: folder + "/hub")
        self.hub = hub
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Small blocks and no pauses, so that small files show what large ones do.
    var options: PullOptions {
        var options = PullOptions()
        options.endpoint = hub.endpoint
        options.settings.blockBytes = 1000
        options.settings.blocksPerRequest = 4
        options.settings.connections = 3
        options.settings.retry.sleep = { [weak self] pause in
            self?.pauses.withLock { $0.append(Double(pause.nanoseconds) / 1e9) }
            try await Task.sleep(for: .milliseconds(1))
        }
        return options
    }

    struct Outcome: Sendable {
        var plan: PullPlan?
        var progress: [PullProgress] = []
        var reasons: [String] = []
        var model: StoredModel?
    }

    @discardableResult
    func pull(
        _ name: String = "org/model", _ options: PullOptions? = nil, environment: [String: String] = [:]
    ) async throws -> Outcome {
        guard let reference = ModelReference(name) else { throw CocoaError(.formatting) }
        var outcome = Outcome()
        for try await event in store.pull(reference, options: options ?? self.options, environment: environment) {
            switch event {
            case .planned(let plan): outcome.plan = plan
            case .progress(let progress): outcome.progress.append(progress)
            case .waiting(let reason, _): outcome.reasons.append(reason)
            case .stored(let model): outcome.model = model
            }
        }
        return outcome
    }

    /// The error that a pull ends with; `nil` if it does not.
    func failure(_ name: String = "org/model", environment: [String: String] = [:]) async -> InputError? {
        do {
            try await pull(name, environment: environment)
            return nil
        } catch {
            return error as? InputError
        }
    }

    /// Whether every file of the repository that can be found in the store is what it should be.
    func isSound(_ repository: StubRepository) throws -> Bool {
        let place =
            "\(store.folder)/models--\(repository.name.replacing("/", with: "--"))/snapshots/\(repository.commit)/"
        return try repository.files.allSatisfy { file in
            let path = place + file.path
            guard FileManager.default.fileExists(atPath: path) else { return true }
            return try Data(contentsOf: URL(filePath: path)) == file.content
        }
    }

    /// The paths of all files and links below the repository's folder.
    func paths(_ name: String = "org/model") throws -> [String] {
        let folder = "\(store.folder)/models--\(name.replacing("/", with: "--"))"
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: folder + "/" + $0, isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }
}

extension StubRepository {
    /// Bytes of the first files: those that make up the model.
    func bytes(first count: Int) -> Int { files.prefix(count).reduce(0) { $0 + $1.content.count } }

    /// A small model as released.
    static let released = StubRepository(
        "org/model",
        [
            .init("README.md", "---\nlicense: mit\n---\n# Model\n"),
            .init("config.json", #"{"torch_dtype": "bfloat16"}"#),
            .init("tokenizer.json", "{}"), .init("empty.json", ""),
            .init("model-00001-of-00002.safetensors", .stub(25_000)),
            .init("model-00002-of-00002.safetensors", .stub(7_777, seed: 2)), .init("pytorch_model.bin", .stub(100)),
            .init(".gitattributes", "*.safetensors filter=lfs\n"),
        ])

    /// One in several quantizations.
    static let quantized = StubRepository(
        "org/model-GGUF",
        [
            .init("README.md", "# Model\n"), .init("m-Q4_K_M.gguf", .stub(12_345, seed: 3)),
            .init("m-Q8_0.gguf", .stub(20_000, seed: 4)),
            .init("big/m-BF16-00001-of-00002.gguf", .stub(5_000, seed: 5)),
            .init("big/m-BF16-00002-of-00002.gguf", .stub(4_000, seed: 6)),
        ])
}
