import Foundation

extension InputError {
    /// The sentence for a failed write to `path`.
    static func unwritable(_ path: String, _ reason: String) -> InputError {
        InputError(
            .unreadable, source: path, found: "the system says: \(reason)", expected: "a file that can be written",
            advice: "check that the folder exists, is writable, and has space left")
    }
}

/// Writes `data` to `path` such that the file is either as before or complete: beside it, synced, then renamed.
public func writeAtomically(_ data: Data, to path: String) throws {
    let temporary = path + ".part-\(UUID().uuidString)"
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
        let handle = FileHandle(forWritingAtPath: temporary)
    else { throw InputError.unwritable(path, "cannot create a file beside it") }
    do {
        try handle.write(contentsOf: data)
        try handle.synchronize()
        try handle.close()
        guard rename(temporary, path) == 0 else { throw InputError.unwritable(path, String(cString: strerror(errno))) }
    } catch {
        try? FileManager.default.removeItem(atPath: temporary)
        throw error as? InputError ?? InputError.unwritable(path, String(describing: error))
    }
}
