import Files
import Foundation

/// Where a run keeps what it has done, and `data/`, its text as tokens:
///
///     recipe.yaml        the recipe as given           settings.yaml   every setting, defaults and changes included
///     metrics.jsonl      a line a step                 lock            held while the run goes on
///     checkpoint-000100/ a model as transformers has them, with `training/` for what else the next step depends on
package struct RunFolder: Sendable {
    package let path: String

    package init(_ path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    package var recipePath: String { path + "/recipe.yaml" }
    package var settingsPath: String { path + "/settings.yaml" }
    package var metricsPath: String { path + "/metrics.jsonl" }
    private var lockPath: String { path + "/lock" }
    /// Where text is kept as tokens.
    var dataPath: String { path + "/data" }

    /// Whether a run has begun here.
    package var hasRun: Bool { FileManager.default.fileExists(atPath: settingsPath) }

    // MARK: Checkpoints

    private static let stem = "checkpoint-"
    /// On the way to a checkpoint, and on the way out.
    private static let growing = ".part"
    private static let leaving = ".old"

    func checkpointPath(_ step: Int) -> String {
        let number = String(step)
        return "\(path)/\(Self.stem)\(String(repeating: "0", count: max(6 - number.count, 0)))\(number)"
    }

    /// The checkpoints that are complete, oldest first.
    package var checkpoints: [(step: Int, path: String)] {
        names.compactMap { name in
            guard name.hasPrefix(Self.stem), let step = Int(name.dropFirst(Self.stem.count)), step >= 0 else {
                return nil
            }
            return (step, path + "/" + name)
        }.sorted { $0.step < $1.step }
    }

    /// Makes a checkpoint of which nobody ever sees a part: `body` fills a folder beside its place, which is synced and
    /// renamed then. One that is there for this step is replaced.
    /// - Throws: what `body` throws, and `InputError` if the folder cannot be made.
    func publishCheckpoint(_ step: Int, _ body: (String) throws -> Void) throws {
        let target = checkpointPath(step)
        let part = target + Self.growing
        try? FileManager.default.removeItem(atPath: part)
        try Self.make(part)
        try body(part)
        try Self.synchronize(part)
        if FileManager.default.fileExists(atPath: target) { try move(target, to: target + Self.leaving) }
        try move(part, to: target)
        try Self.synchronize(path)
        try? FileManager.default.removeItem(atPath: target + Self.leaving)
    }

    /// Removes all checkpoints but the newest `count`; each gets another name first, so that none is ever seen in part.
    func keepNewest(_ count: Int) {
        for (_, old) in checkpoints.dropLast(count) {
            guard rename(old, old + Self.leaving) == 0 else { continue }
            try? FileManager.default.removeItem(atPath: old + Self.leaving)
        }
    }

    /// Removes what a killed run has left half done.
    func sweep() {
        for name in names where name.hasPrefix(Self.stem) {
            let whole = String(name.dropLast(Self.leaving.count))
            if name.hasSuffix(Self.leaving), !names.contains(whole) {
                // Killed between the two renamings that replace a checkpoint, or while it was removed.
                try? FileManager.default.removeItem(atPath: path + "/" + name)
            } else if name.hasSuffix(Self.growing) || name.hasSuffix(Self.leaving) {
                try? FileManager.default.removeItem(atPath: path + "/" + name)
            }
        }
    }

    private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

    /// Gives the run that is here, if there is one, another name.
    /// - Returns: where it is then.
    /// - Throws: `InputError` if it cannot be moved, or another process trains here.
    package func moveAside() throws -> String? {
        guard hasRun || !checkpoints.isEmpty else { return nil }
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        let free = (1...10_000).lazy.map { "\(path).\($0)" }.first { !FileManager.default.fileExists(atPath: $0) }
        guard let free else { throw Self.unwritable(path, "too many earlier runs") }
        try move(path, to: free)
        return free
    }

    /// Keeps other processes from training here for as long as the lock lives.
    /// - Throws: `InputError` if another process holds it.
    func lock() throws -> FileLock {
        if let lock = try FileLock.take(lockPath, .exclusive) { return lock }
        throw InputError(
            .unreadable, source: path, found: "found that another process trains in this folder",
            expected: "a folder of this run's own", advice: "wait for it to end, or give another folder with -o")
    }

    // MARK: The system

    static func make(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw unwritable(path, error.localizedDescription)
        }
    }

    private func move(_ from: String, to: String) throws {
        guard rename(from, to) == 0 else { throw Self.unwritable(to, String(cString: strerror(errno))) }
    }

    /// Makes sure that the names in a folder are on the disk.
    static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unwritable(path, String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw unwritable(path, String(cString: strerror(errno))) }
    }

    static func unwritable(_ path: String, _ reason: String) -> InputError {
        InputError(
            .unreadable, source: path, found: "the system says: \(reason)", expected: "a folder that can be written",
            advice: "check that the folder around it exists, is writable, and has space left")
    }
}
