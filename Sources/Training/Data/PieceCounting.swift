import Tensors
import Tokenizers

/// Counts the pieces of many texts on several threads, for training a tokenizer. The same for any number of threads.
package struct PieceCounting: Sendable {
    private let sources: TextSources
    private let field: String
    private let kind: PreTokenizerKind

    /// Bytes whose pieces are counted on their own before the counts are joined; the same whatever the machine, as pieces may be
    /// forgotten where two counts are joined.
    private static let groupBytes = 1 << 20
    private static let groupsAtOnce = 16

    /// - Parameter field: the field of a JSON line that holds its text.
    package init(_ sources: TextSources, field: String = "text", kind: PreTokenizerKind) {
        (self.sources, self.field, self.kind) = (sources, field, kind)
    }

    /// - Parameter progress: told how many bytes of how many are read; what it throws ends the work and is passed on.
    package func counts(
        pool: ThreadPool = .shared, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
    ) throws -> PieceCounts {
        var counts = PieceCounts(kind)
        _ = try sources.forEachBatch(ofBytes: Self.groupBytes * Self.groupsAtOnce) { batch, done in
            let groups = groups(of: batch)
            for group in try pool.map(count: groups.count, { try self.counts(of: batch[groups[$0]]) }) {
                counts.add(group)
            }
            try progress(done, sources.byteCount)
        }
        return counts
    }

    private func counts(of documents: ArraySlice<RawDocument>) throws -> PieceCounts {
        var counts = PieceCounts(kind)
        for document in documents {
            for text in try SourceRecord(document, field: field).texts { counts.add(text) }
        }
        return counts
    }

    private func groups(of batch: [RawDocument]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var (start, bytes) = (0, 0)
        for (index, document) in batch.enumerated() {
            bytes += document.bytes.count
            if bytes >= Self.groupBytes || index == batch.count - 1 {
                groups.append(start..<index + 1)
                (start, bytes) = (index + 1, 0)
            }
        }
        return groups
    }
}
