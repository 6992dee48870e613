import Foundation

extension InputError {
    /// The sentence for a failed write to `path`.
    package static func unwritable(_ path: String, _ reason: String) -> InputError {
        InputError(
            .unreadable, source: path, found: "the system says: \(reason)", expected: "a file that can be written",
            advice: "check that the folder exists, is writable, and has space left")
    }
}

/// Writes `data` to `path` such that the file is either as before or complete: beside it, synced, then renamed.
public func writeAtomically(_ data: Data, to path: String) throws {
    try writeAtomically(to: path) { try $0.append(data) }
}

/// Writes a file piece by piece, of which nobody ever sees a part: `body` appends to a file beside `path`, which is then
/// synced and renamed. Whatever `body` throws is passed on, and leaves `path` as it was and nothing beside it.
///
/// - Parameter byteCount: how large the file will be, if that is known: then a disk without the space is refused at once.
public func writeAtomically<Result>(
    to path: String, byteCount: Int = 0, _ body: (AtomicFile) throws -> Result
) throws -> Result {
    try requireSpace(byteCount, for: path)
    let file = try AtomicFile(replacing: path)
    do {
        let result = try body(file)
        try file.publish()
        return result
    } catch {
        file.discard()
        throw error
    }
}

/// Throws if the disk is known to have less than `byteCount` bytes left.
package func requireSpace(_ byteCount: Int, for path: String) throws {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    guard byteCount > 0, let system = try? FileManager.default.attributesOfFileSystem(forPath: folder),
        let free = (system[.systemFreeSize] as? NSNumber)?.uint64Value, free < UInt64(byteCount)
    else { return }
    throw InputError(
        .excessive, source: path, found: "found \(free) bytes free on the disk", expected: "\(byteCount) bytes",
        advice: "make room, or give a path on another disk")
}

/// A file that is being written beside the place it will take when it is complete.
public final class AtomicFile {
    /// The place that the file will take.
    public let path: String
    /// Bytes appended so far.
    public private(set) var byteCount = 0

    private let temporary: String
    private let handle: FileHandle

    fileprivate init(replacing path: String) throws {
        temporary = path + ".part-\(UUID().uuidString)"
        guard FileManager.default.createFile(atPath: temporary, contents: nil),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw InputError.unwritable(path, "cannot create a file beside it") }
        self.handle = handle
        self.path = path
    }

    /// Adds bytes at the end.
    /// - Throws: `InputError` with the system's reason if they cannot all be written.
    public func append(_ bytes: some ContiguousBytes) throws {
        try bytes.withUnsafeBytes { bytes in
            try writeAll(bytes, to: handle.fileDescriptor, path)
            byteCount += bytes.count
        }
    }

    fileprivate func publish() throws {
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw InputError.unwritable(path, error.localizedDescription)
        }
        guard rename(temporary, path) == 0 else { throw InputError.unwritable(path, String(cString: strerror(errno))) }
    }

    fileprivate func discard() {
        try? handle.close()
        try? FileManager.default.removeItem(atPath: temporary)
    }
}

/// Writes all of `bytes`, however many calls that takes; `path` names the file in errors.
/// - Parameter offset: where they go; where the last ones ended unless given.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int? = nil, _ path: String
) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        // Safe: a slice of the caller's bytes, which live until the call returns.
        let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress
        let place = offset.map { off_t($0 + rest.startIndex) }
        let written = place.map { pwrite(descriptor, start, rest.count, $0) } ?? write(descriptor, start, rest.count)
        if written > 0 {
            rest = rest.dropFirst(written)
        } else if written == 0 || errno != EINTR {
            throw InputError.unwritable(path, String(cString: strerror(errno)))
        }
    }
}
