import Files
import Tokenizers

/// Writes a `LogitFile` row by row, beside the place where it appears when it is complete.
struct LogitFileWriter {
    private let file: AtomicFile

    /// Calls `body` with a writer for the rows of `chunks`, which must all be added in their order.
    /// - Throws: what `body` throws, and `InputError` if the disk has no space, or the sizes do not fit the format; nothing
    ///   is left beside `path` then.
    static func write<Result>(
        _ chunks: TokenChunks, vocabularySize: Int, to path: String, _ body: (LogitFileWriter) throws -> Result
    ) throws -> Result {
        let header = try header(chunks, vocabularySize: vocabularySize, path)
        let rowBytes = CodedLogits.byteCount(vocabularySize: vocabularySize)
        let total = header.count + chunks.count * chunks.scoredRows.count * rowBytes
        return try writeAtomically(to: path, byteCount: total) { file in
            try file.append(header)
            return try body(LogitFileWriter(file: file))
        }
    }

    /// Adds a row, in the bytes of its `CodedLogits`.
    func append(_ row: [UInt8]) throws { try file.append(row) }

    private static func header(_ chunks: TokenChunks, vocabularySize: Int, _ path: String) throws -> [UInt8] {
        guard let length = Int32(exactly: chunks.length), let vocabulary = Int32(exactly: vocabularySize),
            let count = Int32(exactly: chunks.count)
        else {
            throw InputError(
                .overflow, source: path, found: "found \(chunks.count) chunks of \(chunks.length) tokens",
                expected: "numbers of 32 bits", advice: "save fewer chunks with --chunks")
        }
        var bytes = LogitFile.magic
        for number in [length, vocabulary, count] + chunks.tokens { Evaluation.append(number, to: &bytes) }
        return bytes
    }
}
