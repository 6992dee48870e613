import Foundation

/// A file that is written part by part beside the place it will take, and goes on where it was if the program ends before.
///
/// The bytes grow in `PATH.part`. Beside it, `PATH.part.log` says what the file is made from, and after each finished part
/// where it ends and what its bytes add up to. Parts whose bytes are as the log says are kept; what follows them is
/// written again. So nothing has to be synced on the way, and not even a power failure can leave wrong bytes behind.
public final class ResumableFile {
    /// The place that the file will take.
    public let path: String
    /// Bytes written so far, those of earlier runs included.
    public private(set) var byteCount = 0
    /// Parts that earlier runs have finished.
    public private(set) var finishedParts = 0
    private let part: String
    private let log: String
    private let handle: FileHandle
    private let logHandle: FileHandle
    private var sum = ByteSum()
    private var isComplete = false

    /// - Parameters:
    ///   - identity: says in one line what the file is made from and how: only parts of the same are kept.
    ///   - byteCount: how large the file will be: a disk without the space is refused at once.
    /// - Throws: `InputError` if a file cannot be made beside `path`, or another program is at work on it.
    public init(path: String, identity: String, byteCount: Int) throws {
        (self.path, part, log) = (path, ResumableFile.partPath(of: path), ResumableFile.logPath(of: path))
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            throw InputError.unwritable(path, "a folder has that name")
        }
        handle = try ResumableFile.open(part, path)
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw ResumableFile.inUse(path) }
        logHandle = try ResumableFile.open(log, path)
        let lines =
            (try? String(contentsOfFile: log, encoding: .utf8))?.split(
                separator: "\n", omittingEmptySubsequences: false) ?? []
        try keep(lines.first.map(String.init) == identity ? lines.dropFirst() : [], identity)
        do {
            try requireSpace(byteCount - self.byteCount, for: path)
        } catch {
            discard()
            throw error
        }
    }

    /// Adds bytes to the part that is being written.
    public func append(_ bytes: some ContiguousBytes) throws {
        try bytes.withUnsafeBytes { bytes in
            try writeAll(bytes, to: handle.fileDescriptor, path)
            sum.add(bytes)
            byteCount += bytes.count
        }
    }

    /// Notes that a part ends here: it will not be written again.
    public func finishPart() throws {
        try Data("\(byteCount) \(sum.value)\n".utf8).withUnsafeBytes {
            try writeAll($0, to: logHandle.fileDescriptor, path)
        }
        sum = ByteSum()
    }

    /// Makes sure that all bytes are on the disk; nothing can be appended after that.
    func complete() throws {
        guard !isComplete else { return }
        do {
            try handle.synchronize()
            try handle.close()
            try logHandle.close()
        } catch {
            throw InputError.unwritable(path, error.localizedDescription)
        }
        isComplete = true
    }

    /// Gives the file its place.
    public func publish() throws {
        try complete()
        guard rename(part, path) == 0 else { throw InputError.unwritable(path, String(cString: strerror(errno))) }
        try? FileManager.default.removeItem(atPath: log)
    }

    /// Removes what was written, of earlier runs too.
    public func discard() { ResumableFile.discard(path: path) }

    /// Removes what any run has left of the file that was to be at `path`.
    static func discard(path: String) {
        try? FileManager.default.removeItem(atPath: partPath(of: path))
        try? FileManager.default.removeItem(atPath: logPath(of: path))
    }

    static func partPath(of path: String) -> String { path + ".part" }
    private static func logPath(of path: String) -> String { path + ".part.log" }

    // MARK: What earlier runs left

    /// Keeps the parts that `lines` list, as far as the bytes are theirs, and writes a log of these.
    private func keep(_ lines: ArraySlice<Substring>, _ identity: String) throws {
        let mapped = lines.isEmpty ? nil : try? MappedFile(path: part)
        var kept = identity + "\n"
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 2, let end = Int(words[0]), let value = UInt64(words[1]), let mapped,
                end >= byteCount, end <= mapped.byteCount, ResumableFile.sum(mapped, byteCount..<end) == value
            else { break }
            byteCount = end
            finishedParts += 1
            kept += line + "\n"
        }
        try ResumableFile.truncate(handle, to: byteCount, path)
        try ResumableFile.truncate(logHandle, to: 0, path)
        try Data(kept.utf8).withUnsafeBytes { try writeAll($0, to: logHandle.fileDescriptor, path) }
    }

    private static func sum(_ file: MappedFile, _ range: Range<Int>) -> UInt64 {
        var sum = ByteSum()
        // A piece at a time, so that memory stays small whatever the part's size.
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 26) {
            let piece = start..<min(start + (1 << 26), range.upperBound)
            file.withBytes(in: piece) { sum.add($0) }
            file.forget(piece)
        }
        return sum.value
    }

    /// Gives a file its size; what is written next goes to its end.
    static func truncate(_ handle: FileHandle, to length: Int, _ path: String) throws {
        do {
            try handle.truncate(atOffset: UInt64(length))
            try handle.seekToEnd()
        } catch {
            throw InputError.unwritable(path, error.localizedDescription)
        }
    }

    /// Opens a file that is to grow beside `path`.
    static func open(_ file: String, _ path: String) throws -> FileHandle {
        // Neither is followed if it is a link: the name can be foreseen, and anybody may write to some folders.
        let descriptor = Foundation.open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw InputError.unwritable(path, String(cString: strerror(errno))) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    static func inUse(_ path: String) -> InputError {
        InputError(
            .unreadable, source: path, found: "found another program at work on it", expected: "a file of our own",
            advice: "wait for the other one to end, or give another path")
    }
}

/// A number that bytes add up to, whatever pieces they come in; against accidents, not against malice.
package struct ByteSum {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325
    private var rest: UInt64 = 0
    private var restBytes = 0

    package init() {}

    package var value: UInt64 { mixed(state, rest ^ UInt64(restBytes) << 56) }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var next = 0
        while restBytes != 0, next < bytes.count {
            add(bytes[next])
            next += 1
        }
        // Safe: eight bytes from `next` on lie inside the buffer.
        while next + 8 <= bytes.count {
            state = mixed(state, UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self)))
            next += 8
        }
        while next < bytes.count {
            add(bytes[next])
            next += 1
        }
    }

    private mutating func add(_ byte: UInt8) {
        rest |= UInt64(byte) << UInt64(8 * restBytes)
        restBytes += 1
        guard restBytes == 8 else { return }
        state = mixed(state, rest)
        (rest, restBytes) = (0, 0)
    }

    private func mixed(_ state: UInt64, _ word: UInt64) -> UInt64 {
        let product = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 29
    }
}
