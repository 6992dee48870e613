import Files
import Synchronization

/// Bytes that tensors look into: a file mapped read-only, or memory of the program's own.
///
/// `@unchecked Sendable`: mapped bytes never change. Owned bytes are written only (a) by the operation that has just
/// made them, before any other thread can hold the storage, and (b) in key-value pages, where rows beyond a sequence's
/// length are written by the one session that owns the page and read by nobody until its length includes them, and (c) in
/// `WeightSlots`, whose owner lets nobody look at a slot that is being written.
package final class Storage: @unchecked Sendable {
    /// The first byte; never dereferenced when `byteCount` is 0.
    let base: UnsafeMutableRawPointer
    package let byteCount: Int
    /// No other storage ever has the same.
    let identity = identities.add(1, ordering: .relaxed).newValue
    /// The mapped file that the bytes belong to; `nil` for owned memory.
    let file: MappedFile?

    private static let identities = Atomic<UInt64>(0)

    package var isMapped: Bool { file != nil }

    /// Tells the system how a mapped file is about to be read; nothing for owned memory.
    package func expect(_ pattern: MappedFile.AccessPattern) { file?.expect(pattern) }

    /// Fresh memory of `byteCount` bytes, aligned to 64 or as asked for, and **not initialized**.
    package init(byteCount: Int, alignment: Int = 64) {
        precondition(byteCount >= 0)
        self.base = .allocate(byteCount: max(byteCount, 1), alignment: alignment)
        self.byteCount = byteCount
        self.file = nil
    }

    /// All bytes of `file`, without copying them.
    package init(file: MappedFile) {
        // Safe: a mapped storage is never written; `Tensor` refuses mutable access to it.
        self.base =
            file.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) } ?? .allocate(byteCount: 1, alignment: 1)
        self.byteCount = file.byteCount
        self.file = file
    }

    deinit {
        if file?.baseAddress == nil { base.deallocate() }
    }
}

extension Storage {
    /// Calls `body` with all bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: byteCount))
    }

    /// Calls `body` with all bytes, to be filled.
    /// - Precondition: this storage is owned memory that nobody else looks at yet.
    package func withMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
        precondition(!isMapped)
        return try body(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
    }

    /// Copies all bytes of `other`, which has the same size.
    /// - Precondition: this storage is owned memory that nobody else looks at yet.
    package func copy(from other: Storage) {
        precondition(!isMapped && other.byteCount == byteCount)
        base.copyMemory(from: other.base, byteCount: byteCount)
    }
}
