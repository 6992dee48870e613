import Files

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Memory for weights that come and go: slots of one size, in one piece that is allocated once.
///
/// Who owns the slots sees to it that nobody looks at a slot while it is being read into.
package final class WeightSlots: Sendable {
    private let storage: Storage
    /// How many slots there are.
    package let count: Int
    /// The size of each, whole pages.
    package let slotBytes: Int

    /// Large pages on the processors in use.
    private static let largePage = 1 << 21

    /// - Precondition: `slotBytes` are whole pages, and all slots together fit into 63 bits.
    package init(count: Int, slotBytes: Int) {
        precondition(slotBytes % PageSpan.pageBytes == 0)
        self.count = count
        self.slotBytes = slotBytes
        self.storage = Storage(byteCount: count * slotBytes, alignment: WeightSlots.largePage)
        #if os(Linux)
        // A hint: fewer entries to look up while weights stream by.
        madvise(storage.base, count * slotBytes, MADV_HUGEPAGE)
        #endif
    }

    /// Reads a piece of a weight from `file` into a slot.
    /// - Parameter offset: where in the slot the pages of the piece begin.
    /// - Precondition: the pages fit into the slot.
    package func read(_ piece: PageSpan, from file: any PagedFile, into slot: Int, at offset: Int) throws {
        check(piece, in: slot, at: offset)
        // Safe: `check` saw that the pages lie inside the slot, and the storage has `count` slots.
        let start = storage.base + slot * slotBytes + offset
        try file.read(piece, into: UnsafeMutableRawBufferPointer(start: start, count: piece.byteCount))
    }

    /// `weight` with the bytes that were read into a slot; scales stay where they are.
    /// - Parameter offset: where in the slot the pages around the weight begin.
    /// - Precondition: `weight` lies in a file on disk.
    package func weight(_ weight: Weight, in slot: Int, at offset: Int) -> Weight {
        guard let span = weight.pageSpan else { preconditionFailure("only weights in files can be read") }
        check(span, in: slot, at: offset)
        return weight.moved(to: storage, byteOffset: slot * slotBytes + offset + span.lead)
    }

    private func check(_ span: PageSpan, in slot: Int, at offset: Int) {
        precondition((0..<count).contains(slot) && offset >= 0 && offset % PageSpan.pageBytes == 0, "no such slot")
        precondition(offset + span.byteCount <= slotBytes, "a slot has room for its weights")
    }
}

extension Weight {
    /// The file whose mapping the weight looks into; `nil` for weights in memory of our own.
    package var file: MappedFile? { tensor.storage.file.flatMap { $0.isOnDisk ? $0 : nil } }

    /// The pages of its file that hold the weight; `nil` if it has none.
    package var pageSpan: PageSpan? {
        guard file != nil else { return nil }
        return PageSpan(around: tensor.byteOffset..<tensor.byteOffset + tensor.byteCount)
    }

    /// The weight whose bytes, copied or read, begin at `byteOffset` of another storage.
    fileprivate func moved(to storage: Storage, byteOffset: Int) -> Weight {
        guard
            let tensor = Tensor(
                storage: storage, byteOffset: byteOffset, elementType: elementType, shape: tensor.shape)
        else { preconditionFailure("the storage has room for the weight") }
        return Weight(tensor, scales: scales, term: term)
    }
}
