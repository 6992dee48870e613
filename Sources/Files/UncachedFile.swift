#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file of which pages are read into memory of the caller's own.
package protocol PagedFile: Sendable {
    /// Reads the pages of `span` to the start of `memory`, as far as the file has them.
    /// - Precondition: `memory` starts at a page and has room for all pages of the span.
    /// - Throws: `InputError` if the wanted bytes cannot be read: `.truncated` if the file ends before them.
    func read(_ span: PageSpan, into memory: UnsafeMutableRawBufferPointer) throws
}

/// A file that is read past the system's page cache, or leaves nothing there.
///
/// For bytes that have a cache of the program's own: in the system's they would stand a second time, and push out what
/// has no other place. Linux reads directly where the file system can, and elsewhere drops what it has read.
package final class UncachedFile: PagedFile {
    private let path: String
    /// Reads straight from the disk; `nil` where the system or the file system does not offer that.
    private let direct: Int32?
    private let plain: Int32

    /// Opens the file at `path`.
    /// - Throws: `InputError` if it cannot be opened, or does not have `byteCount` bytes any more.
    package init(path: String, byteCount: Int) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw UncachedFile.unreadable(path, nil, errno) }
        self.path = path
        self.plain = descriptor
        self.direct = UncachedFile.openDirectly(path)
        // From here on `deinit` closes what is open.
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw UncachedFile.unreadable(path, nil, errno) }
        guard status.st_size == byteCount else {
            throw InputError(
                status.st_size < byteCount ? .truncated : .invalidValue, source: path,
                found: "found \(status.st_size) bytes",
                expected: "the \(byteCount) bytes that it had when it was opened",
                advice: "leave the file as it is while it is in use")
        }
        UncachedFile.expectNoOrder(descriptor)
    }

    deinit {
        close(plain)
        if let direct { close(direct) }
    }

    package func read(_ span: PageSpan, into memory: UnsafeMutableRawBufferPointer) throws {
        precondition(memory.count >= span.byteCount && Int(bitPattern: memory.baseAddress) % PageSpan.pageBytes == 0)
        guard !span.bytes.isEmpty, let start = memory.baseAddress else { return }
        var descriptor = direct ?? plain
        var done = 0
        while done < span.lead + span.bytes.count {
            // Safe: `done` never exceeds `byteCount`, which `memory` has room for.
            let count = pread(descriptor, start + done, span.byteCount - done, off_t(span.start + done))
            let cause = errno
            if count > 0 {
                done += count
            } else if count == 0 {
                throw truncated(span, at: span.start + done)
            } else if cause == EINVAL, descriptor != plain {
                // This file system takes direct reads of other sizes only, or none after all.
                descriptor = plain
            } else if cause != EINTR {
                throw UncachedFile.unreadable(path, UInt64(span.bytes.lowerBound), cause)
            }
        }
        if descriptor == plain { forget(span) }
    }

    // MARK: The system's page cache

    private static func openDirectly(_ path: String) -> Int32? {
        guard let flag = directFlag else { return nil }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | flag)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Linux's O_DIRECT, which Swift does not see.
    private static var directFlag: Int32? {
        #if os(Linux) && arch(x86_64)
        0o40000
        #elseif os(Linux) && arch(arm64)
        0o200000
        #else
        nil
        #endif
    }

    /// Keeps the system from reading more than it was asked for.
    private static func expectNoOrder(_ descriptor: Int32) {
        #if canImport(Darwin)
        _ = fcntl(descriptor, F_NOCACHE, 1)
        #else
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
        #endif
    }

    private func forget(_ span: PageSpan) {
        #if !canImport(Darwin)
        posix_fadvise(plain, off_t(span.start), off_t(span.byteCount), POSIX_FADV_DONTNEED)
        #endif
    }

    // MARK: Errors

    private func truncated(_ span: PageSpan, at end: Int) -> InputError {
        InputError(
            .truncated, source: path, offset: UInt64(end), found: "found the end of the file",
            expected: "the bytes up to \(span.bytes.upperBound), which it had when it was opened",
            advice: "leave the file as it is while it is in use")
    }

    private static func unreadable(_ path: String, _ offset: UInt64?, _ code: Int32) -> InputError {
        InputError(
            .unreadable, source: path, offset: offset, found: "the system says: \(String(cString: strerror(code)))",
            expected: "a file that can be read", advice: "check the disk, the path and its permissions")
    }
}
