import Foundation

/// A file of known size that is filled block by block, in any order, and goes on where it was if the program ends
/// before.
///
/// The bytes lie in `PATH`. Beside it, `PATH.log` says what the file is to become, and of each finished block what its
/// bytes add up to. A block whose bytes are as the log says is kept; any other is written again. So nothing has to be
/// synced on the way, and not even a power failure can leave wrong bytes behind.
package final class ResumableBlocks {
    /// Where the bytes lie until the file takes its place.
    package let path: String
    /// How large the file will be.
    package let byteCount: Int
    /// How large each block is; the last may be smaller.
    package let blockBytes: Int
    /// Of each block whether it is complete.
    package private(set) var isFinished: [Bool]
    /// Bytes of complete blocks.
    package private(set) var finishedBytes = 0

    /// A block of which a part has been written.
    private struct OpenBlock {
        var byteCount = 0
        var sum = ByteSum()
    }

    private var openBlocks: [Int: OpenBlock] = [:]
    private let handle: FileHandle
    private let logHandle: FileHandle

    /// - Parameter identity: says in one line what the file is to become: only blocks of the same are kept.
    /// - Throws: `InputError` if a file cannot be made at `path`, or another program is at work on it.
    /// - Precondition: `byteCount` is at least 0, `blockBytes` at least 1.
    package init(path: String, identity: String, byteCount: Int, blockBytes: Int) throws {
        (self.path, self.byteCount, self.blockBytes) = (path, byteCount, blockBytes)
        isFinished = Array(repeating: false, count: (byteCount + blockBytes - 1) / blockBytes)
        handle = try ResumableFile.open(path, path)
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw ResumableFile.inUse(path) }
        logHandle = try ResumableFile.open(ResumableBlocks.logPath(of: path), path)
        let header = "\(identity), \(byteCount) bytes, blocks of \(blockBytes)"
        let sums = readLog(header)
        if sums == nil { try startLog(header) }
        try ResumableFile.truncate(handle, to: byteCount, path)
        keep(sums ?? [:])
    }

    /// Bytes written so far, those of unfinished blocks included.
    package var writtenBytes: Int { finishedBytes + openBlocks.values.reduce(0) { $0 + $1.byteCount } }

    /// The bytes of the file that are block number `index`.
    package func range(of index: Int) -> Range<Int> {
        index * blockBytes..<min((index + 1) * blockBytes, byteCount)
    }

    /// Writes bytes that begin at `offset`. Those of one block come in order, from its start; what comes again is
    /// written again, and what belongs to a complete block is passed over.
    /// - Throws: `InputError` if they cannot be written, reach beyond the file, or leave a gap in a block.
    package func write(_ bytes: some Collection<UInt8>, at offset: Int) throws {
        guard offset >= 0, bytes.count <= byteCount - offset else { throw misplaced(offset) }
        var (rest, place) = (bytes[...], offset)
        while !rest.isEmpty {
            let index = place / blockBytes
            let piece = rest.prefix(range(of: index).upperBound - place)
            if !isFinished[index] { try write(piece, at: place, block: index) }
            rest = rest.dropFirst(piece.count)
            place += piece.count
        }
    }

    private func write(_ piece: some Collection<UInt8>, at offset: Int, block index: Int) throws {
        let range = range(of: index)
        var block = openBlocks[index] ?? OpenBlock()
        if offset == range.lowerBound { block = OpenBlock() }
        guard offset == range.lowerBound + block.byteCount else { throw misplaced(offset) }
        let done: Void? = try piece.withContiguousStorageIfAvailable {
            try write(UnsafeRawBufferPointer($0), at: offset, &block)
        }
        if done == nil { try Array(piece).withUnsafeBytes { try write($0, at: offset, &block) } }
        openBlocks[index] = block
        if block.byteCount == range.count { try finish(index, block.sum) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, _ block: inout OpenBlock) throws {
        try writeAll(bytes, to: handle.fileDescriptor, at: offset, path)
        block.sum.add(bytes)
        block.byteCount += bytes.count
    }

    private func finish(_ index: Int, _ sum: ByteSum) throws {
        try log("\(index) \(sum.value)\n")
        openBlocks[index] = nil
        isFinished[index] = true
        finishedBytes += range(of: index).count
    }

    /// The bytes of block number `index`, as they lie on the disk.
    /// - Throws: `InputError` if they cannot be read.
    package func read(_ index: Int) throws -> [UInt8] {
        let range = range(of: index)
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                // Safe: the part of the buffer that is not filled yet.
                let read = pread(
                    handle.fileDescriptor, buffer.baseAddress.map { $0 + count }, range.count - count,
                    off_t(range.lowerBound + count))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else {
                    failure = read == 0 ? EIO : errno
                    return
                }
                count += read
            }
        }
        if let failure { throw InputError.unwritable(path, String(cString: strerror(failure))) }
        return bytes
    }

    /// Gives the file its place.
    /// - Precondition: every block is finished.
    package func publish(to place: String) throws {
        do {
            try handle.synchronize()
        } catch {
            throw InputError.unwritable(place, error.localizedDescription)
        }
        guard rename(path, place) == 0 else { throw InputError.unwritable(place, String(cString: strerror(errno))) }
        try? FileManager.default.removeItem(atPath: ResumableBlocks.logPath(of: path))
    }

    /// Removes what was written, of earlier runs too.
    package func discard() { ResumableBlocks.discard(path) }

    /// Removes what any run has left at `path`.
    package static func discard(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: logPath(of: path))
    }

    private static func logPath(of path: String) -> String { path + ".log" }

    // MARK: What earlier runs left

    /// What the log says blocks add up to; `nil` if it is about another file, or about none.
    private func readLog(_ header: String) -> [Int: UInt64]? {
        // A line has at most 41 bytes; blocks that were damaged stand twice.
        let limit = header.utf8.count + 1 + 2 * 41 * (isFinished.count + 1)
        guard let data = try? logHandle.read(upToCount: limit + 1), data.count <= limit else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // The last element is what follows the last line break: nothing, or a line that was being written.
        guard lines.count > 1, lines[0] == header else { return nil }
        var sums: [Int: UInt64] = [:]
        for line in lines.dropFirst().dropLast() {
            let words = line.split(separator: " ")
            guard words.count == 2, let index = Int(words[0]), isFinished.indices.contains(index) else { continue }
            sums[index] = UInt64(words[1])
        }
        if lines.last?.isEmpty == false { try? log("\n") }
        return sums
    }

    private func startLog(_ header: String) throws {
        try ResumableFile.truncate(logHandle, to: 0, path)
        try log(header + "\n")
    }

    private func keep(_ sums: [Int: UInt64]) {
        for (index, expected) in sums {
            // Whoever waits for this may have gone: then it does not matter what is kept.
            guard !Task.isCancelled, let bytes = try? read(index) else { continue }
            var sum = ByteSum()
            bytes.withUnsafeBytes { sum.add($0) }
            guard sum.value == expected else { continue }
            isFinished[index] = true
            finishedBytes += bytes.count
        }
    }

    private func log(_ line: String) throws {
        try Data(line.utf8).withUnsafeBytes { try writeAll($0, to: logHandle.fileDescriptor, path) }
    }

    private func misplaced(_ offset: Int) -> InputError {
        InputError(
            .outOfBounds, source: path, offset: UInt64(clamping: offset),
            found: "found bytes that do not follow the ones before",
            expected: "the bytes of each block in order", advice: "start the transfer again")
    }
}
