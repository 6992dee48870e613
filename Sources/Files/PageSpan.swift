/// The whole pages of a file around some of its bytes.
///
/// Reading past the system's page cache works in whole pages only: of the file, and of the memory that they go to.
package struct PageSpan: Sendable, Equatable {
    /// A multiple of the blocks of the disks and file systems in use.
    package static let pageBytes = 4096

    /// The bytes that are wanted.
    package let bytes: Range<Int>
    /// Where the first page starts in the file.
    package let start: Int
    /// The size of all pages.
    package let byteCount: Int

    /// - Precondition: `bytes` is a range of places in a file, so that its end is far from overflowing.
    package init(around bytes: Range<Int>) {
        self.bytes = bytes
        self.start = bytes.lowerBound / PageSpan.pageBytes * PageSpan.pageBytes
        self.byteCount = PageSpan.roundedUp(bytes.upperBound - start)
    }

    /// How far behind the start of the first page the wanted bytes begin.
    package var lead: Int { bytes.lowerBound - start }

    /// The same pages in pieces of at most `most` bytes, from first to last; none of an empty span.
    /// - Precondition: `most` are whole pages, at least one.
    package func pieces(most: Int) -> [PageSpan] {
        precondition(most > 0 && most % PageSpan.pageBytes == 0)
        guard !bytes.isEmpty else { return [] }
        return stride(from: start, to: bytes.upperBound, by: most).map {
            PageSpan(around: max(bytes.lowerBound, $0)..<min(bytes.upperBound, $0 + most))
        }
    }

    /// The bytes of as many whole pages as `count` bytes need.
    package static func roundedUp(_ count: Int) -> Int { (count + pageBytes - 1) / pageBytes * pageBytes }
}
