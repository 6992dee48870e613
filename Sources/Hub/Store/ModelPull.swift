import Files
import Foundation
import Synchronization

/// What a pull may do, and where from.
public struct PullOptions: Sendable {
    /// The hub's address; `nil` stands for `HF_ENDPOINT`, or Hugging Face.
    public var endpoint: String?
    /// Whether only to say what would be done.
    public var isDryRun = false
    /// Whether to check again what is here already.
    public var verifies = false
    /// How much a transfer may take at once, and how long it waits.
    public var settings = HubSettings()

    /// The usual.
    public init() {}
}

/// Brings one model from a hub into the store.
struct ModelPull: Sendable {
    let store: ModelStore
    let reference: ModelReference
    let options: PullOptions
    let client: HubClient
    let report: @Sendable (PullEvent) -> Void

    private var settings: HubSettings { options.settings }
    private var folder: RepositoryFolder { store.repository(reference.repository) }

    /// Asks, chooses, brings what is missing, and makes the links last, so that a model is there as a whole or not at
    /// all.
    /// - Returns: the model; `nil` after a dry run.
    /// - Throws: `InputError`, or `CancellationError` if the task was cancelled; what was brought stays for the next
    ///   time.
    func run() async throws -> StoredModel? {
        let lister = HubLister(client: client, settings: settings, waiting: waiting)
        let listing = try await lister.listing(of: reference)
        let (selection, files) = try chosen(listing)
        if options.isDryRun {
            report(.planned(plan(listing.commit, selection, files)))
            return nil
        }
        folder.makeLockFolder()
        // Others may add files beside us, but nobody may remove some.
        let lock = try await patiently("found that models are being removed") { try folder.lock(.shared) }
        defer { withExtendedLifetime(lock) {} }
        try folder.make()
        if options.verifies { try await forgetDamaged(files, listing.commit) }
        let plan = plan(listing.commit, selection, files)
        report(.planned(plan))
        try requireRoom(plan)
        try await bring(files, listing.commit, plan)
        for file in files { try folder.link(file, at: listing.commit) }
        try folder.note(reference.revisionOrDefault, is: listing.commit)
        return try stored(listing.commit, selection)
    }

    private func waiting(_ reason: String, _ pause: Duration) {
        report(.waiting(reason: reason, seconds: Double(pause.nanoseconds) / 1e9))
    }

    // MARK: What to bring

    private func chosen(_ listing: RepositoryListing) throws -> (ModelSelection, [RepositoryFile]) {
        let source = reference.description
        if let selector = reference.selector, let reason = listing.refused[selector] { throw refused(selector, reason) }
        let named = listing.files.map { NamedFile(path: $0.path.text, byteCount: $0.byteCount) }
        let selection = try ModelSelection.choose(named, selector: reference.selector, source: source)
        guard selection.files.count <= settings.modelFiles else {
            throw InputError(
                .excessive, source: source, found: "found \(selection.files.count) files",
                expected: "a model of at most \(settings.modelFiles)", advice: "name a file of it after a colon")
        }
        let byPath = Dictionary(listing.files.map { ($0.path.text, $0) }) { first, _ in first }
        let files = selection.files.compactMap { byPath[$0.path] }
        try RepositoryPath.requireDistinct(files.map(\.path), source: source)
        return (selection, files)
    }

    private func refused(_ path: String, _ reason: String) -> InputError {
        InputError(
            .invalidValue, source: reference.repository.description, field: path, found: reason,
            expected: "a file that can be stored", advice: "choose another file of the repository")
    }

    private func plan(_ commit: String, _ selection: ModelSelection, _ files: [RepositoryFile]) -> PullPlan {
        let planned = files.map { file in
            let partial = FileStatus(folder.partialBlob(file.digest))?.storedBytes ?? 0
            return PullPlan.File(
                path: file.path.text, digest: file.digest, byteCount: file.byteCount,
                presentBytes: folder.holds(file, at: commit) ? file.byteCount : min(partial, file.byteCount))
        }
        return PullPlan(
            reference: reference, commit: commit, format: selection.format, quantization: selection.quantization,
            files: planned)
    }

    private func requireRoom(_ plan: PullPlan) throws {
        var (missing, digests) = (0, Set<BlobDigest>())
        for file in plan.files where digests.insert(file.digest).inserted {
            let (sum, overflow) = missing.addingReportingOverflow(file.byteCount - file.presentBytes)
            missing = overflow ? .max - settings.spareBytes : sum
        }
        if missing > 0 { try requireSpace(missing + settings.spareBytes, for: folder.path + "/blobs/file") }
    }

    // MARK: Bringing it

    private func bring(_ files: [RepositoryFile], _ commit: String, _ plan: PullPlan) async throws {
        let total = PullTotal(plan, report)
        var seen: Set<BlobDigest> = []
        let missing = files.filter { !folder.holds($0, at: commit) && seen.insert($0.digest).inserted }
        // Small files need one request each, so they come beside each other; a large one takes all connections.
        let small = missing.filter { $0.byteCount <= settings.blockBytes }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, file) in small.enumerated() {
                if index >= settings.connections { try await group.next() }
                group.addTask { try await bring(file, commit, total) }
            }
            while try await group.next() != nil {}
        }
        for file in missing where file.byteCount > settings.blockBytes { try await bring(file, commit, total) }
        total.finish()
    }

    private func bring(_ file: RepositoryFile, _ commit: String, _ total: PullTotal) async throws {
        let lock = try await patiently("found that another program brings \(file.path.text)") {
            try folder.lock(file.digest)
        }
        defer { withExtendedLifetime(lock) {} }
        if folder.holds(file, at: commit) { return total.update(file, file.byteCount) }
        let download = try BlobDownload(
            file, at: folder.partialBlob(file.digest), blockBytes: settings.blockBytes
        ) { total.update(file, $0) }
        let fetcher = BlobFetcher(
            client: client, settings: settings, reference: reference, commit: commit, download: download,
            waiting: waiting)
        try await fetcher.run()
        try await download.publish(to: folder.blob(file.digest))
    }

    /// Asks for a lock until it is given, or the task is cancelled.
    private func patiently(_ reason: String, _ take: () throws -> FileLock?) async throws -> FileLock {
        var isTold = false
        while true {
            if let lock = try take() { return lock }
            if !isTold { report(.waiting(reason: reason, seconds: 0)) }
            isTold = true
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Removes the content of those files that is not what the hub says.
    private func forgetDamaged(_ files: [RepositoryFile], _ commit: String) async throws {
        for file in files {
            let path = folder.blob(file.digest)
            guard let status = FileStatus(path) else { continue }
            let isWhole = status.byteCount == file.byteCount
            if try !isWhole || BlobHasher.text(of: path, file.digest.kind) != file.digest.text {
                try? FileManager.default.removeItem(atPath: path)
            }
            try Task.checkCancellation()
        }
    }

    private func stored(_ commit: String, _ selection: ModelSelection) throws -> StoredModel {
        let models = StoredModel.all(in: folder).filter { $0.commit == commit }
        let found = models.first { $0.entry == selection.entry && $0.format == selection.format }
        let snapshot = folder.snapshot(commit)
        return found
            ?? StoredModel(
                folder, commit, [], selection, folder.files(commit).filter { $0.path == selection.entry },
                path: selection.entry.map { snapshot + "/" + $0 } ?? snapshot)
    }
}

/// Adds up what has come of all files, and tells it some ten times a second.
private final class PullTotal: Sendable {
    private struct State {
        var completed: [String: Int]
        var last: PullProgress?
        var told: ContinuousClock.Instant?
    }

    private let state: Mutex<State>
    private let byteCount: Int
    private let report: @Sendable (PullEvent) -> Void

    init(_ plan: PullPlan, _ report: @escaping @Sendable (PullEvent) -> Void) {
        byteCount = plan.byteCount
        self.report = report
        let present = plan.files.map { ($0.path, $0.presentBytes) }
        state = Mutex(State(completed: Dictionary(present) { first, _ in first }))
    }

    func update(_ file: RepositoryFile, _ completed: Int) {
        let progress = state.withLock { state -> PullProgress? in
            state.completed[file.path.text] = completed
            let progress = PullProgress(
                path: file.path.text, digest: file.digest, fileBytes: file.byteCount, fileCompleted: completed,
                byteCount: byteCount, completed: state.completed.values.reduce(0, +))
            state.last = progress
            let now = ContinuousClock.now
            if let told = state.told, now - told < .milliseconds(100), completed < file.byteCount { return nil }
            state.told = now
            return progress
        }
        if let progress { report(.progress(progress)) }
    }

    func finish() {
        if let last = state.withLock({ $0.last }) { report(.progress(last)) }
    }
}
