import CKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Memory that is read from one end to the other, as fast as the machine can.
package struct StreamedMemory: Sendable {
    /// Bytes that are read at a time.
    package static let pieceBytes = 1 << 22

    /// Where each piece begins, aligned to 64 bytes.
    private let starts: [(storage: Storage, offset: Int)]
    private let loop: isobath_read_loop

    package var pieces: Int { starts.count }

    /// Memory of `pieces` pieces, on large pages where the system grants them, written once so that it exists.
    ///
    /// - Returns: `nil` if this processor cannot run the form.
    package init?(pieces: Int, form: FloatKernels.Form, pool: ThreadPool) {
        guard let loop = StreamedMemory.loop(form) else { return nil }
        let storage = Storage(byteCount: max(pieces, 1) * StreamedMemory.pieceBytes)
        storage.askForLargePages()
        pool.parallelChunks(count: max(pieces, 1)) { piece in
            // Safe: each piece is written by one thread, and nobody reads before all are.
            (storage.base + piece * StreamedMemory.pieceBytes).initializeMemory(
                as: UInt8.self, repeating: UInt8(truncatingIfNeeded: piece), count: StreamedMemory.pieceBytes)
        }
        self.starts = (0..<max(pieces, 1)).map { (storage, $0 * StreamedMemory.pieceBytes) }
        self.loop = loop
    }

    /// Pieces of tensors as they lie in memory, which need not be like other memory: mapped files may have small pages.
    ///
    /// - Parameter most: how many pieces there are at most, spread over all the tensors.
    /// - Returns: `nil` if no tensor has as many bytes as a piece, or this processor cannot run the form.
    package init?(of tensors: [Tensor], atMost most: Int, form: FloatKernels.Form) {
        let all = tensors.flatMap { tensor in
            let skipped = -Int(bitPattern: tensor.bytes) & 63
            let end = tensor.byteOffset + tensor.byteCount - StreamedMemory.pieceBytes
            return stride(from: tensor.byteOffset + skipped, through: end, by: StreamedMemory.pieceBytes).map {
                (tensor.storage, $0)
            }
        }
        guard !all.isEmpty, let loop = StreamedMemory.loop(form) else { return nil }
        let count = min(max(most, 1), all.count)
        self.starts = (0..<count).map { all[$0 * all.count / count] }
        self.loop = loop
    }

    private static func loop(_ form: FloatKernels.Form) -> isobath_read_loop? {
        switch form {
        case .scalar: isobath_read_loop_scalar()
        case .avx2: isobath_read_loop_avx2()
        case .avx512: isobath_read_loop_avx512()
        case .neon: isobath_read_loop_neon()
        }
    }

    /// Reads a piece.
    /// - Returns: a number that depends on all its bytes.
    @discardableResult
    package func read(piece: Int) -> UInt64 {
        precondition(piece >= 0 && piece < pieces, "a piece of this memory")
        let (storage, offset) = starts[piece]
        // Safe: the piece lies inside the storage, begins at a multiple of 64, and is a multiple of 4096 bytes.
        return loop((storage.base + offset).assumingMemoryBound(to: UInt8.self), StreamedMemory.pieceBytes)
    }
}

extension Storage {
    /// Asks for pages of 2 MiB; the system may refuse, and nothing but speed depends on it.
    fileprivate func askForLargePages() {
        #if os(Linux)
        let page = 1 << 21
        let skipped = (page - Int(bitPattern: base) % page) % page
        let count = (byteCount - skipped) / page * page
        // Safe: the range lies inside memory of our own, and advice changes no content.
        if count > 0 { _ = madvise(base + skipped, count, 14 /* MADV_HUGEPAGE, which not every libc declares */) }
        #endif
    }
}
