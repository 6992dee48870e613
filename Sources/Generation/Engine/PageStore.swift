import Dispatch
import Files
import Foundation
import Models
import Synchronization
import Tensors

/// Pages of keys and values on disk, for later requests and after a restart.
///
/// A folder with a file for each page, as `StoredPage` describes it. Files are written on a queue of their own, whole
/// or not at all, and removed when there are too many bytes, those first that were used longest ago. Several engines,
/// and several programs, may share a folder; damaged files are removed when they are met.
final class PageStore: Sendable {
    private struct State {
        /// The files that are there, with their sizes, as far as is known.
        var files: [String: Int] = [:]
        var byteCount = 0
        /// Pages that wait to be written.
        var pending = 0
    }

    private let folder: String
    private let byteLimit: Int
    private let identity: ModelIdentity
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "isobath.pages", qos: .utility)

    /// So many pages may wait to be written; they stay in memory as long. Further ones are not kept on disk.
    private static let mostPending = 64

    /// - Throws: `InputError` if the folder cannot be used.
    init(_ folder: String, byteLimit: Int, _ identity: ModelIdentity) throws {
        try requirePrivateFolder(folder)
        (self.folder, self.byteLimit, self.identity) = (folder, byteLimit, identity)
        removeAbandoned()
        trim()
    }

    /// Bytes of all files.
    var byteCount: Int { state.withLock { $0.byteCount } }

    // MARK: Reading

    /// The page at the end of a prefix; `nil` if it is not there.
    func find(_ prefix: StoredPrefix) -> StoredPage? {
        guard state.withLock({ !$0.files.isEmpty }) else { return nil }
        let page = StoredPage(identity, prefix)
        return state.withLock { $0.files[page.name] } == nil ? nil : page
    }

    /// Fills a fresh page.
    /// - Returns: whether the file is whole and the one that was looked for; if it is not, it is removed.
    func read(_ stored: StoredPage, into page: KeyValuePage) -> Bool {
        let isGood = stored.read(from: folder, into: page.storage)
        if !isGood { forget(stored.name) }
        queue.async { [self] in
            let path = folder + "/" + stored.name
            if isGood {
                try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: path)
            } else {
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        return isGood
    }

    // MARK: Writing

    /// Writes a full page some time later, unless it is there or there is too much to write.
    func save(_ page: KeyValuePage, _ prefix: StoredPrefix) {
        let isWelcome = state.withLock { state in
            guard state.pending < PageStore.mostPending else { return false }
            state.pending += 1
            return true
        }
        guard isWelcome else { return }
        queue.async { [self] in
            defer { state.withLock { $0.pending -= 1 } }
            let stored = StoredPage(identity, prefix)
            let size = stored.byteCount(page.layout)
            guard size <= byteLimit, state.withLock({ $0.files[stored.name] }) == nil else { return }
            if byteCount + size > byteLimit { trim(room: size) }
            // A full disk is no reason to stop answering.
            guard (try? stored.write(page.storage, to: folder)) != nil else { return }
            state.withLock { state in
                state.files[stored.name] = size
                state.byteCount += size
            }
        }
    }

    /// Returns once everything is written that was to be.
    func flush() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    // MARK: Keeping within the limit

    private struct Entry {
        let name: String
        let size: Int
        let time: Date
    }

    /// Looks at what is there. If `room` more bytes would be too many, removes files that were used longest ago until there is
    /// room for them, and a tenth of all is free.
    private func trim(room: Int = 0) {
        var entries = list(suffix: StoredPage.suffix).sorted { $0.time > $1.time }
        var total = entries.reduce(0) { $0 + $1.size }
        if total + room > byteLimit {
            let most = byteLimit - max(room, byteLimit / 10)
            while total > most, let oldest = entries.popLast() {
                try? FileManager.default.removeItem(atPath: folder + "/" + oldest.name)
                total -= oldest.size
            }
        }
        let files = Dictionary(entries.map { ($0.name, $0.size) }) { first, _ in first }
        let bytes = total
        state.withLock { ($0.files, $0.byteCount) = (files, bytes) }
    }

    /// Removes what programs that were killed have left half written.
    private func removeAbandoned() {
        let hour = Date(timeIntervalSinceNow: -3600)
        for entry in list(suffix: nil) where entry.name.contains(StoredPage.suffix + ".part-") && entry.time < hour {
            try? FileManager.default.removeItem(atPath: folder + "/" + entry.name)
        }
    }

    private func list(suffix: String?) -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.compactMap { name in
            guard suffix.map({ name.hasSuffix($0) }) ?? true,
                let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name),
                attributes[.type] as? FileAttributeType == .typeRegular,
                let size = (attributes[.size] as? NSNumber)?.intValue,
                let time = attributes[.modificationDate] as? Date
            else { return nil }
            return Entry(name: name, size: size, time: time)
        }
    }

    private func forget(_ name: String) {
        state.withLock { state in
            if let size = state.files.removeValue(forKey: name) { state.byteCount -= size }
        }
    }
}
