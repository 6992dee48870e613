import Files
import Foundation

/// What a removal takes away, and what it leaves because something else uses it.
public struct ModelRemoval: Sendable {
    /// What was asked for.
    public let reference: ModelReference
    /// Paths in the repository of the files that go, with the start of the commit's name where there are several
    /// commits.
    public let files: [String]
    /// Bytes that become free.
    public let freedBytes: Int
    /// Bytes of files that other revisions or models use too, and that therefore stay.
    public let keptBytes: Int

    let folder: RepositoryFolder
    /// Whether nothing of the repository is left.
    let isWhole: Bool
    /// Links, and the files themselves where a cache has no links.
    let links: [String]
    /// Content that nothing else uses.
    let contents: [String]
    /// Commits of which nothing is left.
    let commits: [String]

    /// The folder below which all that goes lies.
    public var folderPath: String { folder.path }
}

extension ModelStore {
    /// Finds out what removing `reference` would do; nothing is removed.
    ///
    /// A name without selector stands for everything of the repository, or of the revision that it names.
    /// - Throws: `InputError` if it is not here.
    public func removal(of reference: ModelReference) throws -> ModelRemoval {
        let folder = repository(reference.repository)
        guard FileManager.default.fileExists(atPath: folder.path) else { throw ModelStore.notHere(reference) }
        let all = Dictionary(uniqueKeysWithValues: folder.commits().map { ($0, folder.files($0)) })
        let going = try chosen(reference, folder, all)
        let locations = Set(going.values.joined().map(\.location))
        let kept = Set(all.values.joined().filter { !locations.contains($0.location) }.map(\.content))
        let isWhole = reference.selector == nil && reference.revision == nil
        let contents = Dictionary(going.values.joined().map { ($0.content, $0.byteCount) }) { first, _ in first }
        let freed = contents.filter { isWhole || !kept.contains($0.key) }
        // The hub's own programs can keep content outside, for several repositories; that is theirs to remove.
        let own = freed.filter { (try? FileManager.default.destinationOfSymbolicLink(atPath: $0.key)) == nil }
        return ModelRemoval(
            reference: reference,
            files: going.sorted { $0.key < $1.key }.flatMap { commit, files in
                files.map { (all.count > 1 ? String(commit.prefix(7)) + "/" : "") + $0.path }
            },
            freedBytes: own.values.reduce(0, +) + (isWhole ? partialBytes(folder) : 0),
            keptBytes: contents.filter { own[$0.key] == nil }.values.reduce(0, +), folder: folder, isWhole: isWhole,
            links: locations.sorted(), contents: freed.keys.sorted(),
            commits: going.filter { $0.value.count == all[$0.key]?.count }.keys.sorted())
    }

    /// The files that go, by commit.
    private func chosen(
        _ reference: ModelReference, _ folder: RepositoryFolder, _ all: [String: [StoredFile]]
    ) throws -> [String: [StoredFile]] {
        guard reference.selector != nil else {
            guard let revision = reference.revision else { return all }
            guard let commit = folder.commit(of: revision) else { throw ModelStore.notHere(reference) }
            return [commit: all[commit] ?? []]
        }
        guard let model = try model(reference) else { throw ModelStore.notHere(reference) }
        let files = all[model.commit] ?? []
        let others = ModelSelection.all(of: files.map(\.named)).filter { $0.entry != model.entry }
        // The last model of a revision takes along what tells about it.
        if others.isEmpty, model.format != .file { return [model.commit: files] }
        let paths = Set(model.files.filter { !isNote($0) }.map(\.path))
        return [model.commit: files.filter { paths.contains($0.path) }]
    }

    private func isNote(_ file: StoredFile) -> Bool { ModelSelection.isNote(file.named) }

    /// Bytes of content that no revision uses: parts of files, and what an interrupted removal left.
    private func partialBytes(_ folder: RepositoryFolder) -> Int {
        let used = Set(folder.commits().flatMap { folder.files($0) }.map(\.content))
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/blobs")) ?? []
        let paths = names.map { "\(folder.path)/blobs/\($0)" }.filter { !used.contains($0) }
        return paths.compactMap { FileStatus($0)?.storedBytes }.reduce(0, +)
    }

    /// Removes what `removal` found. Links go first, so that at no time one of them leads nowhere.
    ///
    /// Programs that have a file open keep it until they close it.
    /// - Throws: `InputError` if a pull of the repository is at work, or the system refuses.
    public func remove(_ removal: ModelRemoval) throws {
        let folder = removal.folder
        folder.makeLockFolder()
        guard let lock = try folder.lock(.exclusive) else {
            throw InputError(
                .unreadable, source: removal.reference.description, found: "found that a pull is at work on it",
                expected: "a model that nobody is adding to", advice: "wait for the pull to end, or stop it")
        }
        try withExtendedLifetime(lock) {
            if removal.isWhole { return try removeWhole(folder) }
            try removal.links.forEach(ModelStore.delete)
            for commit in removal.commits {
                for reference in folder.references()[commit] ?? [] { folder.forget(reference) }
                try ModelStore.delete(folder.snapshot(commit))
            }
            try removal.contents.filter { $0.hasPrefix(folder.path + "/blobs/") }.forEach(ModelStore.delete)
        }
    }

    /// Moves the folder out of sight first, so that nobody ever finds a part of it.
    private func removeWhole(_ folder: RepositoryFolder) throws {
        let bin = ownFolder + "/removed"
        let place = bin + "/" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let isMoved = rename(folder.path, place) == 0
        try ModelStore.delete(isMoved ? bin : folder.path)
    }

    private static func delete(_ path: String) throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch let error as CocoaError where error.code == .fileNoSuchFile {
            return
        } catch {
            throw InputError(
                .unreadable, source: path, found: "the system says: \(error.localizedDescription)",
                expected: "a file that can be removed", advice: "check the permissions of the folder around it")
        }
    }

    /// What to say where `reference` is not here.
    public static func notHere(_ reference: ModelReference) -> InputError {
        InputError(
            .missing, source: reference.description, found: "found no such model in the store",
            expected: "one of those that \"isobath list\" shows", advice: "check the name")
    }
}
