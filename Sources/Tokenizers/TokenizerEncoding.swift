import Foundation

extension Tokenizer {
    /// The token ids of `text`; neither begin- nor end-of-sequence token is added.
    /// - Parameter parsingSpecialTokens: whether added tokens that are spelled in `text`, `<｜User｜>` as well as `<think>`,
    ///   become those tokens. Leave it out for anything that a person or a model wrote.
    public func encode(_ text: String, parsingSpecialTokens: Bool = false) -> [Int32] {
        encode(bytes: text.utf8, parsingSpecialTokens: parsingSpecialTokens)
    }

    /// The token ids of any bytes; a byte that is not part of well-formed UTF-8 is a character of no class.
    public func encode(bytes: some Sequence<UInt8>, parsingSpecialTokens: Bool = false) -> [Int32] {
        let bytes = Array(bytes)
        return encode(TextScanner(bytes), trusted: parsingSpecialTokens && !bytes.isEmpty ? [bytes.indices] : [])
    }

    /// The token ids of the segments' texts as one text, with special tokens parsed only where a segment says so.
    public func encode(_ segments: [TextSegment]) -> [Int32] {
        var bytes: [UInt8] = []
        var trusted: [Range<Int>] = []
        for segment in segments where !segment.text.isEmpty {
            let start = bytes.count
            bytes.append(contentsOf: segment.text.utf8)
            guard segment.parsesSpecialTokens else { continue }
            if let last = trusted.last, last.upperBound == start {
                trusted[trusted.count - 1] = last.lowerBound..<bytes.count
            } else {
                trusted.append(start..<bytes.count)
            }
        }
        return encode(TextScanner(bytes), trusted: trusted)
    }

    /// `ids` with the begin- and end-of-sequence tokens that the vocabulary says a model expects. A begin-of-sequence
    /// token that stands there already, as chat templates write it, is not doubled.
    public func addingSequenceMarks(to ids: [Int32]) -> [Int32] {
        var result = ids
        if addsBeginOfSequence, let beginOfSequence, ids.first != beginOfSequence {
            result.insert(beginOfSequence, at: 0)
        }
        if addsEndOfSequence, let endOfSequence { result.append(endOfSequence) }
        return result
    }

    private func encode(_ text: TextScanner, trusted: [Range<Int>]) -> [Int32] {
        var parts: [AddedTokenMatcher.Part] = [.text(text.bytes.indices)]
        if !trusted.isEmpty {
            for matcher in matchers {
                parts = parts.flatMap { part in
                    guard case .text(let range) = part else { return [part] }
                    return matcher.parts(of: text, range, trusted: trusted)
                }
            }
        }
        var ids: [Int32] = []
        for part in parts {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let range): encodeOrdinary(text, range, into: &ids)
            }
        }
        return ids
    }

    private func encodeOrdinary(_ text: TextScanner, _ range: Range<Int>, into ids: inout [Int32]) {
        if normalization == .canonicalComposition, let composed = composed(text.bytes[range]) {
            return encodePieces(TextScanner(composed), composed.indices, into: &ids)
        }
        encodePieces(text, range, into: &ids)
    }

    private func encodePieces(_ text: TextScanner, _ range: Range<Int>, into ids: inout [Int32]) {
        var cache = PieceCache(textLength: range.count)
        var long: LongPieceMerger?
        preTokenizer.split(range, of: text) { piece in
            if cache.repeatPiece(text.bytes, piece, into: &ids) { return }
            let start = ids.count
            if ignoresMerges, let id = wholeToken(text.bytes, piece) {
                ids.append(id)
            } else {
                merger.append(text.bytes, piece, to: &ids, &long)
            }
            cache.remember(start..<ids.count)
        }
    }

    private func wholeToken(_ bytes: [UInt8], _ piece: Range<Int>) -> Int32? {
        bytes.withUnsafeBufferPointer { tokens.id(of: UnsafeBufferPointer(rebasing: $0[piece])) }
    }

    /// Canonical composition (NFC) of `bytes`; `nil` where that changes nothing, or where they are not UTF-8.
    private func composed(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        // Below U+0300, whose first byte is 0xCC, every character is composed already and combines with no other.
        guard bytes.contains(where: { $0 >= 0xCC }), let text = String(validating: bytes, as: UTF8.self) else {
            return nil
        }
        return Array(text.precomposedStringWithCanonicalMapping.utf8)
    }
}
