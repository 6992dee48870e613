import Files
import Foundation

/// The folder of one repository in the store.
struct RepositoryFolder: Sendable {
    let name: RepositoryName
    let path: String
    private let lockFolder: String

    init(_ name: RepositoryName, in store: String) {
        self.name = name
        path = store + "/" + name.folderName
        lockFolder = store + "/.locks/" + name.folderName
    }

    // MARK: Paths

    /// Where the content with this hash lies.
    func blob(_ digest: BlobDigest) -> String { "\(path)/blobs/\(digest.text)" }

    /// Where it grows until it is complete. Not under the name that `huggingface_hub` gives to unfinished files: it
    /// would take one that has its full size, as this one has from the start, for complete.
    func partialBlob(_ digest: BlobDigest) -> String { blob(digest) + ".isobath.incomplete" }

    func snapshot(_ commit: String) -> String { "\(path)/snapshots/\(commit)" }

    private func reference(_ revision: String) -> String { "\(path)/refs/\(revision)" }

    /// Makes the folders that each repository has, and marks the store as a cache (bford.info/cachedir).
    func make() throws {
        for folder in ["blobs", "snapshots", "refs"].map({ "\(path)/\($0)" }) + [lockFolder] {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw InputError(
                    .unreadable, source: folder, found: "found that it cannot be made", expected: "a folder for models",
                    advice: "check HF_HOME and HF_HUB_CACHE, or the permissions of the folder around it")
            }
        }
        let tag = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false) + "/CACHEDIR.TAG"
        if !FileManager.default.fileExists(atPath: tag) {
            let text = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder holds downloaded models.\n"
            try? Data(text.utf8).write(to: URL(filePath: tag))
        }
    }

    // MARK: Locks

    /// The lock that whoever writes the content with this hash holds, the hub's own programs too.
    func lock(_ digest: BlobDigest) throws -> FileLock? {
        try FileLock.take("\(lockFolder)/\(digest.text).lock", .exclusive)
    }

    /// Held together by those that add files, alone by whoever removes some.
    func lock(_ kind: FileLock.Kind) throws -> FileLock? { try FileLock.take("\(lockFolder)/isobath.lock", kind) }

    func makeLockFolder() {
        try? FileManager.default.createDirectory(atPath: lockFolder, withIntermediateDirectories: true)
    }

    // MARK: Revisions

    /// The commits of which files are here, in the order of their names.
    func commits() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path + "/snapshots")) ?? []
        return names.filter(HexadecimalText.isCommit).sorted()
    }

    /// The commit that a branch or tag stood for when it was pulled, or the commit itself; `nil` if neither is here.
    func commit(of revision: String) -> String? {
        if HexadecimalText.isCommit(revision) { return commits().contains(revision) ? revision : nil }
        guard RepositoryPath.objection(to: revision) == nil, let file = try? MappedFile(path: reference(revision)),
            file.byteCount <= 64
        else { return nil }
        let text = file.withBytes(in: 0..<file.byteCount) { String(decoding: $0, as: UTF8.self) }
        let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return HexadecimalText.isCommit(commit) ? commit : nil
    }

    /// The branches and tags that stood for each commit.
    func references() -> [String: [String]] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path + "/refs")) ?? []
        let pairs = names.sorted().compactMap { name in commit(of: name).map { ($0, [name]) } }
        return Dictionary(pairs, uniquingKeysWith: +)
    }

    /// Notes that `revision` stands for `commit`, whose files must be there already.
    func note(_ revision: String, is commit: String) throws {
        guard revision != commit, self.commit(of: revision) != commit else { return }
        let place = reference(revision)
        // Not beside its place: whatever lies in that folder counts as a reference.
        let beside = "\(path)/blobs/\(UUID().uuidString).ref.incomplete"
        defer { try? FileManager.default.removeItem(atPath: beside) }
        do {
            let folder = URL(filePath: place).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw InputError.unwritable(place, error.localizedDescription)
        }
        try writeAtomically(Data(commit.utf8), to: beside)
        guard rename(beside, place) == 0 else { throw InputError.unwritable(place, String(cString: strerror(errno))) }
    }

    func forget(_ reference: String) { try? FileManager.default.removeItem(atPath: self.reference(reference)) }

    // MARK: Files

    /// The files of a commit that are here, in the order of their paths; those whose content is missing are left out.
    func files(_ commit: String) -> [StoredFile] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: snapshot(commit))) ?? []
        return names.sorted().compactMap { StoredFile($0, in: snapshot(commit)) }
    }

    /// Whether the content with this hash is here, in the right size.
    func holds(_ file: RepositoryFile, at commit: String) -> Bool {
        let places = [blob(file.digest), "\(snapshot(commit))/\(file.path.text)"]
        return places.contains { FileStatus($0)?.byteCount == file.byteCount }
    }

    /// Makes the link by which a file of a commit is found. It is there or not, never half.
    func link(_ file: RepositoryFile, at commit: String) throws {
        let place = "\(snapshot(commit))/\(file.path.text)"
        let target = String(repeating: "../", count: file.path.components.count + 1) + "blobs/" + file.digest.text
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) == target { return }
        guard FileStatus(blob(file.digest)) != nil else { return }
        let beside = "\(path)/blobs/\(UUID().uuidString).link.incomplete"
        do {
            let folder = URL(filePath: place).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: beside, withDestinationPath: target)
        } catch {
            throw InputError.unwritable(place, error.localizedDescription)
        }
        guard rename(beside, place) == 0 else {
            let reason = String(cString: strerror(errno))
            try? FileManager.default.removeItem(atPath: beside)
            throw InputError.unwritable(place, reason)
        }
    }
}
