import Files

/// Documents as token ids, in a mapped file whose whole content was checked when it was opened.
package struct TokenShard: Sendable {
    package let path: String
    let header: ShardHeader
    private let file: MappedFile
    let checksum: UInt64

    package var documentCount: Int { header.documentCount }
    package var tokenCount: Int { header.tokenCount }
    /// Whether only some tokens are learned: the answers of conversations.
    package var isSupervised: Bool { header.hasMask }
    package var vocabularySize: Int { header.vocabularySize }
    package var tokenizerIdentity: UInt64 { header.tokenizer }
    /// Bytes of the texts that the tokens were made from.
    package var textByteCount: Int { header.textByteCount }

    /// Opens the shard at `path`. Reads all of it once.
    /// - Throws: `InputError` if it is no shard, truncated, damaged, or has ids that its vocabulary lacks.
    package init(path: String) throws {
        self.path = path
        file = try MappedFile(path: path)
        header = try ShardHeader(file)
        checksum = file.integer(UInt64.self, at: 56) ?? 0
        try checkSum()
        try checkEnds()
        try checkIds()
    }

    /// The token ids of document `index`.
    /// - Precondition: there is such a document.
    package func tokens(ofDocument index: Int) -> [Int32] { ids(range(ofDocument: index)) }

    /// Those of a part of the document.
    /// - Precondition: it has them.
    func tokens(ofDocument index: Int, _ part: Range<Int>) -> [Int32] {
        let all = range(ofDocument: index)
        precondition(part.lowerBound >= 0 && part.upperBound <= all.count, "no such tokens")
        return ids(all.lowerBound + part.lowerBound..<all.lowerBound + part.upperBound)
    }

    /// Which of the document's tokens are learned; `nil` where all are.
    package func mask(ofDocument index: Int) -> [Bool]? {
        guard header.hasMask else { return nil }
        let range = range(ofDocument: index)
        let bytes = range.lowerBound / 8..<(range.upperBound + 7) / 8
        return file.withBytes(in: header.maskOffset + bytes.lowerBound..<header.maskOffset + bytes.upperBound) { mask in
            range.map { mask[$0 / 8 - bytes.lowerBound] >> UInt8($0 % 8) & 1 == 1 }
        }
    }

    /// How many tokens document `index` has.
    package func length(ofDocument index: Int) -> Int { range(ofDocument: index).count }

    private func range(ofDocument index: Int) -> Range<Int> {
        precondition(index >= 0 && index < documentCount, "no such document")
        return (index == 0 ? 0 : end(index - 1))..<end(index)
    }

    /// Where document `index` ends. In range, as all were checked at opening.
    private func end(_ index: Int) -> Int {
        Int(truncatingIfNeeded: file.integer(UInt64.self, at: UInt64(ShardHeader.byteCount + 8 * index)) ?? 0)
    }

    /// - Precondition: `range` lies inside the tokens.
    private func ids(_ range: Range<Int>) -> [Int32] {
        let (isWide, width) = (header.hasWideIds, header.idBytes)
        let start = header.idOffset + width * range.lowerBound
        // Read here, where the type of ids is known: a generic reader of another module takes several times as long.
        return file.withBytes(in: start..<start + width * range.count) { bytes in
            // Safe: `bytes` holds as many ids as `range`, each of `width` bytes.
            if isWide {
                return (0..<range.count).map {
                    Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
                }
            }
            return (0..<range.count).map {
                Int32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)))
            }
        }
    }

    // MARK: Checks

    private func checkSum() throws {
        var sum = header.checksum
        file.withBytes(in: ShardHeader.byteCount..<file.byteCount) { sum.update($0) }
        guard sum.value == checksum else {
            throw ShardHeader.defect(.invalidValue, path, "checksum", "found another sum", "the sum of the content")
        }
    }

    private func checkEnds() throws {
        var last: UInt64 = 0
        for index in 0..<documentCount {
            let end = file.integer(UInt64.self, at: UInt64(ShardHeader.byteCount + 8 * index)) ?? 0
            guard end > last, end <= UInt64(tokenCount) else {
                throw ShardHeader.defect(
                    .outOfBounds, path, "document \(index)", "found an end at token \(end)",
                    "one after \(last) and up to \(tokenCount)")
            }
            last = end
        }
        guard last == UInt64(tokenCount) else {
            throw ShardHeader.defect(
                .invalidValue, path, "documents", "found them end at token \(last)", "the last token, \(tokenCount)")
        }
    }

    private func checkIds() throws {
        let step = 1 << 16
        for start in stride(from: 0, to: tokenCount, by: step) {
            let ids = ids(start..<min(start + step, tokenCount))
            guard let stray = ids.firstIndex(where: { $0 < 0 || Int($0) >= vocabularySize }) else { continue }
            throw ShardHeader.defect(
                .outOfBounds, path, "token \(start + stray)", "found the id \(ids[stray])",
                "an id below \(vocabularySize)")
        }
    }
}
