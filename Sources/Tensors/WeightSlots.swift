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

    /// Reads the bytes of `weight` from `file` into a slot.
    /// - Parameter offset: where in the slot the pages around the weight begin.
    /// - Precondition: the pages fit into the slot, and `weight` lies in a file on disk.
    package func read(_ weight: Weight, from file: any PagedFile, into slot: Int, at offset: Int) throws {
        let span = span(of: weight, in: slot, at: offset)
        // Safe: `span` checked that the pages lie inside the slot, and the storage has `count` slots.
        let start = storage.base + slot * slotBytes + offset
        try file.read(span, into: UnsafeMutableRawBufferPointer(start: start, count: span.byteCount))
    }

    /// `weight` with the bytes that were read into a slot; scales stay where they are.
    package func weight(_ weight: Weight, in slot: Int, at offset: Int) -> Weight {
        let lead = span(of: weight, in: slot, at: offset).lead
        return weight.moved(to: storage, byteOffset: slot * slotBytes + offset + lead)
    }

    private func span(of weight: Weight, in slot: Int, at offset: Int) -> PageSpan {
        guard let span = weight.pageSpan else { preconditionFailure("only weights in files can be read") }
        precondition((0..<count).contains(slot) && offset >= 0 && offset % PageSpan.pageBytes == 0, "no such slot")
        precondition(offset + span.byteCount <= slotBytes, "a slot has room for its weights")
        return span
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
        return Weight(tensor, scales: scales)
    }
}
