#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file's bytes, mapped read-only into memory: nothing is read before it is touched, nothing is copied.
///
/// Bytes that are in memory already, or that must be aligned better than in their file, can stand in for a mapping.
///
/// Every access is checked against the file's size at mapping time. A file that another program truncates while it is
/// mapped raises a bus error on access; the operating system offers no protection against that short of copying.
///
/// `@unchecked Sendable`: the mapping is immutable from `init` to `deinit`, and all stored properties are constants.
public final class MappedFile: @unchecked Sendable {
    /// The path, as given.
    public let path: String
    /// The file's size at mapping time.
    public let byteCount: Int
    /// The first byte. Valid as long as this object lives; `nil` for an empty file.
    private let base: UnsafeRawPointer?
    /// Whether the bytes are memory of our own rather than a mapping.
    private let isOwned: Bool

    /// Maps the file at `path`.
    /// - Throws: `InputError.Kind.unreadable` if it is no regular file or cannot be opened or mapped.
    public init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw MappedFile.unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw MappedFile.unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw InputError(
                .unreadable, source: path, found: "found something other than a regular file",
                expected: "a regular file", advice: "give the path of the file itself")
        }
        self.path = path
        self.isOwned = false
        self.byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            self.base = nil
            return
        }
        guard let address = MappedFile.map(descriptor, byteCount) else { throw MappedFile.unreadable(path, errno) }
        self.base = UnsafeRawPointer(address)
    }

    /// Maps `byteCount` bytes of the file, in large pages where the system can.
    ///
    /// A processor reads memory in large pages up to a quarter faster, as it translates an address once for 2 MiB. Linux
    /// gives a file large pages if the mapping starts at a multiple of their size and the file system caches in them.
    private static func map(_ descriptor: Int32, _ byteCount: Int) -> UnsafeMutableRawPointer? {
        let place = byteCount >= largePage ? alignedPlace(byteCount) : nil
        let flags = place == nil ? MAP_PRIVATE : MAP_PRIVATE | MAP_FIXED
        let address = mmap(place, byteCount, PROT_READ, flags, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            if let place { munmap(place, byteCount) }
            return nil
        }
        #if os(Linux)
        if place != nil { madvise(address, byteCount, 14) }  // MADV_HUGEPAGE; a hint, refused by some file systems
        #endif
        return address
    }

    private static let largePage = 2 << 20

    /// Addresses for `byteCount` bytes, reserved from a multiple of a large page on; `nil` where there are none.
    private static func alignedPlace(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        #if os(Linux)
        let (reserved, overflow) = byteCount.addingReportingOverflow(2 * largePage)
        guard !overflow, let start = mmap(nil, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else { return nil }
        // Safe: the place and what is given back lie inside the reservation; both ends are multiples of a page.
        let before = (largePage - Int(bitPattern: start) % largePage) % largePage
        let kept = (byteCount + pageSize - 1) / pageSize * pageSize
        if before > 0 { munmap(start, before) }
        munmap(start + before + kept, reserved - before - kept)
        return start + before
        #else
        return nil
        #endif
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    /// A copy of `bytes`, aligned to 64; `path` names them in errors.
    package init(copying bytes: UnsafeRawBufferPointer, path: String) {
        self.path = path
        self.isOwned = true
        self.byteCount = bytes.count
        guard bytes.count > 0 else {
            self.base = nil
            return
        }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        // Safe: both buffers hold exactly `bytes.count` bytes.
        copy.copyMemory(from: bytes)
        self.base = UnsafeRawPointer(copy.baseAddress)
    }

    /// A copy of `bytes`, aligned to 64; `path` names them in errors.
    package static func copy(of bytes: [UInt8], path: String) -> MappedFile {
        bytes.withUnsafeBytes { MappedFile(copying: $0, path: path) }
    }

    /// A copy of the bytes of `range`, aligned to 64.
    /// - Precondition: `range` lies inside the file.
    package func copy(of range: Range<Int>) -> MappedFile {
        withBytes(in: range) { MappedFile(copying: $0, path: path) }
    }

    deinit {
        guard let base else { return }
        if isOwned { base.deallocate() } else { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
    }

    /// Whether the bytes lie in the file at `path`, rather than in memory of our own.
    package var isOnDisk: Bool { !isOwned && base != nil }

    /// The address of the first byte, for `Tensors` only: the caller keeps the file alive and checks its own bounds.
    package var baseAddress: UnsafeRawPointer? { base }

    /// How the bytes are about to be read.
    public enum AccessPattern: Sendable {
        /// In any order, as the system expects unless told otherwise: it reads ahead, several megabytes on some machines.
        case normal
        /// A few bytes here and there: reading ahead would fetch a thousand times what is looked at.
        case scattered
    }

    /// Tells the system how the bytes are about to be read. A hint: what is read is the same.
    public func expect(_ pattern: AccessPattern) {
        guard let base, !isOwned else { return }
        madvise(UnsafeMutableRawPointer(mutating: base), byteCount, pattern == .scattered ? MADV_RANDOM : MADV_NORMAL)
    }

    /// Tells the system that the bytes of `range` will be needed soon, so that it reads them, and nothing beside them.
    /// - Precondition: `range` lies inside the file.
    package func expectSoon(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside of the mapped file")
        guard let base, !isOwned, !range.isEmpty else { return }
        let page = Int(getpagesize())
        let start = range.lowerBound / page * page
        // Safe: a mapping starts at a page, and the system takes ranges that end inside of one.
        madvise(UnsafeMutableRawPointer(mutating: base + start), range.upperBound - start, MADV_WILLNEED)
    }

    /// Tells the system that the bytes of `range` need not stay in this program's memory; they can still be read.
    /// - Precondition: `range` lies inside the file.
    package func forget(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside of the mapped file")
        let page = Int(getpagesize())
        let (start, end) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
        guard let base, !isOwned, start < end else { return }
        // Safe: whole pages inside a private mapping that is never written, whose bytes the file still has.
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    /// Whether `count` bytes at `offset` lie inside the file; safe for every combination of arguments.
    public func contains(offset: UInt64, count: UInt64) -> Bool {
        let (end, overflow) = offset.addingReportingOverflow(count)
        return !overflow && end <= UInt64(byteCount)
    }

    /// Calls `body` with the bytes of `range`.
    /// - Precondition: `range` lies inside the file; check with `contains(offset:count:)` first.
    public func withBytes<Result>(
        in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "range outside of the mapped file")
        return try body(UnsafeRawBufferPointer(start: base.map { $0 + range.lowerBound }, count: range.count))
    }

    /// The little-endian integer at `offset`, which need not be aligned; `nil` if it does not lie inside the file.
    public func integer<Integer: FixedWidthInteger>(_: Integer.Type, at offset: UInt64) -> Integer? {
        let width = MemoryLayout<Integer>.size
        guard let base, contains(offset: offset, count: UInt64(width)) else { return nil }
        // Safe: offset + width ≤ byteCount was just checked, and `loadUnaligned` needs no alignment.
        return Integer(littleEndian: (base + Int(offset)).loadUnaligned(as: Integer.self))
    }

    /// `count` little-endian integers from `offset` on, which need not be aligned; `nil` if they do not lie inside the file.
    package func integers<Integer: FixedWidthInteger>(
        _: Integer.Type, at offset: UInt64, count: Int
    ) -> [Integer]? {
        let width = MemoryLayout<Integer>.size
        let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
        guard count >= 0, !overflow, contains(offset: offset, count: UInt64(bytes)) else { return nil }
        return withBytes(in: Int(offset)..<Int(offset) + bytes) { bytes in
            (0..<count).map {
                Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * width, as: Integer.self))
            }
        }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> InputError {
        InputError(
            .unreadable, source: path, found: "the system says: \(String(cString: strerror(code)))",
            expected: "a file that can be read", advice: "check the path and its permissions")
    }
}
