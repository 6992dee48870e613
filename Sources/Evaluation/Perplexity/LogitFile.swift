import Files
import Tokenizers

/// A model's log-probabilities for the scored rows of a text, and the text's tokens: llama.cpp's file of `--save-all-logits`.
///
/// `_logits_`, then the tokens of a chunk (32 bits), the size of the vocabulary, the number of chunks, all tokens, and
/// for every scored row a `CodedLogits`. The file is mapped; a row is read when it is asked for.
package struct LogitFile: Sendable {
    static let magic = Array("_logits_".utf8)
    static let headerBytes = 20

    /// The file's path.
    package let path: String
    /// Tokens of the vocabulary.
    package let vocabularySize: Int
    /// Tokens of a chunk.
    package let chunkLength: Int
    private let tokens: [Int32]
    private let file: MappedFile
    private let firstRow: Int
    /// The scored rows of all chunks.
    let rowCount: Int

    /// Opens the file and checks what its header claims against its size.
    /// - Throws: `InputError` if it is no such file, is cut off, is longer than announced, or has a token that its own
    ///   vocabulary has not.
    package init(path: String) throws {
        let file = try MappedFile(path: path)
        let header = try LogitFileHeader(file)
        self.path = path
        self.file = file
        vocabularySize = header.vocabularySize
        chunkLength = header.chunkLength
        firstRow = header.firstRow
        rowCount = header.rowCount
        tokens = file.integers(Int32.self, at: UInt64(LogitFile.headerBytes), count: header.tokenCount) ?? []
        for (place, token) in tokens.enumerated() where !(0..<vocabularySize).contains(Int(token)) {
            throw InputError(
                .invalidValue, source: path, field: "token \(place)",
                offset: UInt64(LogitFile.headerBytes + 4 * place), found: "found the id \(token)",
                expected: "an id from 0 to \(vocabularySize - 1)", advice: "save the logits of the base model again")
        }
    }

    /// The chunks of the file, at most `limit` of them, as a model sees them that begins a sequence with `beginOfSequence`.
    package func chunks(limit: Int? = nil, beginOfSequence: Int32?) -> TokenChunks {
        let count = min(tokens.count / chunkLength, max(limit ?? .max, 1))
        return TokenChunks(
            whole: Array(tokens.prefix(count * chunkLength)), length: chunkLength, beginOfSequence: beginOfSequence)
    }

    /// Makes sure that the file was made of a text that begins with `tokens`, or ends before them.
    /// - Throws: `InputError` if it was made of another one.
    package func requireText(_ tokens: [Int32], source: String) throws {
        guard let place = zip(tokens, self.tokens).enumerated().first(where: { $1.0 != $1.1 })?.offset else { return }
        throw InputError(
            .invalidValue, source: source, field: "token \(place)", found: "found the id \(tokens[place])",
            expected: "\(self.tokens[place]), as in \(path)",
            advice: "give the text that the logits were saved for, or none, as the file has its tokens")
    }

    /// Scored row `index`.
    /// - Throws: `InputError` if its numbers are none.
    /// - Precondition: there is such a row.
    func row(_ index: Int) throws(InputError) -> CodedLogits {
        precondition(index >= 0 && index < rowCount)
        let offset = UInt64(firstRow + index * CodedLogits.byteCount(vocabularySize: vocabularySize))
        guard let bits = file.integers(UInt32.self, at: offset, count: 2),
            let codes = file.integers(UInt16.self, at: offset + 8, count: vocabularySize)
        else { throw defect(index, offset, "found the end of the file", "a row") }
        let (scale, minimum) = (Float(bitPattern: bits[0]), Float(bitPattern: bits[1]))
        // log p is never above 0; what rounding adds is far less than this.
        guard scale.isFinite, minimum.isFinite, scale >= 0, scale * 65_535 + minimum < 1 else {
            throw defect(index, offset, "found a scale of \(scale) and a minimum of \(minimum)", "log-probabilities")
        }
        return CodedLogits(scale: scale, minimum: minimum, codes: codes)
    }

    private func defect(_ row: Int, _ offset: UInt64, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: path, field: "row \(row)", offset: offset, found: found, expected: expected,
            advice: "save the logits of the base model again")
    }
}

/// The sizes at the beginning of a `LogitFile`, checked against the file's own.
private struct LogitFileHeader {
    let chunkLength: Int
    let vocabularySize: Int
    let tokenCount: Int
    let rowCount: Int
    let firstRow: Int

    init(_ file: MappedFile) throws {
        let magic = file.integers(UInt8.self, at: 0, count: LogitFile.magic.count)
        guard magic == LogitFile.magic else {
            throw InputError(
                .unrecognized, source: file.path, found: "found other bytes at the beginning",
                expected: "\"_logits_\", with which saved logits begin",
                advice: "make the file with `isobath perplexity --save-logits` or llama-perplexity")
        }
        chunkLength = try LogitFileHeader.count(file, at: 8, "tokens of a chunk", least: TokenChunks.shortestLength)
        vocabularySize = try LogitFileHeader.count(file, at: 12, "vocabulary", least: 1)
        let chunks = try LogitFileHeader.count(file, at: 16, "chunks", least: 1)
        let rowBytes = CodedLogits.byteCount(vocabularySize: vocabularySize)
        let rows = TokenChunks.scoredRows(ofLength: chunkLength).count
        let (chunkBytes, overflow) = rowBytes.multipliedReportingOverflow(by: rows)
        // A chunk's tokens have at most 2³³ bytes, so that this sum cannot overflow where the product did not by far.
        let (perChunk, excess) = chunkBytes.addingReportingOverflow(chunkLength * 4)
        let (body, far) = perChunk.multipliedReportingOverflow(by: chunks)
        let (total, further) = body.addingReportingOverflow(LogitFile.headerBytes)
        guard !overflow, !excess, !far, !further, total <= file.byteCount else {
            throw InputError(
                .truncated, source: file.path, field: "\(chunks) chunks of \(chunkLength) tokens",
                offset: UInt64(file.byteCount), found: "found the end of the file after \(file.byteCount) bytes",
                expected: "the log-probabilities of all chunks",
                advice: "save the logits of the base model again, without interrupting it")
        }
        guard total == file.byteCount else {
            throw InputError(
                .invalidValue, source: file.path, offset: UInt64(total),
                found: "found \(file.byteCount - total) more bytes", expected: "the end of the file",
                advice: "save the logits of the base model again")
        }
        tokenCount = chunkLength * chunks
        rowCount = rows * chunks
        firstRow = LogitFile.headerBytes + tokenCount * 4
    }

    private static func count(_ file: MappedFile, at offset: UInt64, _ field: String, least: Int) throws -> Int {
        guard let value = file.integer(Int32.self, at: offset) else {
            throw InputError(
                .truncated, source: file.path, field: field, offset: offset, found: "found the end of the file",
                expected: "a number of 32 bits", advice: "save the logits of the base model again")
        }
        guard value >= least else {
            throw InputError(
                .invalidValue, source: file.path, field: field, offset: offset, found: "found \(value)",
                expected: "at least \(least)", advice: "save the logits of the base model again")
        }
        return Int(value)
    }
}
