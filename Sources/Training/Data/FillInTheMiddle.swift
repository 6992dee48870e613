import Files
import Generation
import Tokenizers

/// Turns documents into exercises in filling a gap, before they are packed into sequences.
///
/// A document is cut in three at two random places between characters (Bavarian et al., arXiv 2207.14255, §3: cuts that ignore
/// tokens teach a model to go on in the middle of a word), and each part is tokenized on its own.
struct FillInTheMiddle: Sendable {
    let settings: FillInTheMiddleSettings
    private let tokenizer: Tokenizer
    private let begin: Int32
    private let hole: Int32
    private let end: Int32

    /// - Throws: `InputError` if the tokenizer lacks the marks.
    init(_ settings: FillInTheMiddleSettings, _ tokenizer: Tokenizer) throws {
        func mark(_ text: String) throws -> Int32 {
            if let id = tokenizer.id(of: text), tokenizer.isAdded(id) { return id }
            throw InputError(
                .missing, source: tokenizer.source, field: text, found: "found no such token",
                expected: "the marks for filling a gap",
                advice: "set fim.rate to 0, or use a tokenizer of isobath train-tokenizer")
        }
        (self.settings, self.tokenizer) = (settings, tokenizer)
        (begin, hole, end) = (try mark("<｜fim▁begin｜>"), try mark("<｜fim▁hole｜>"), try mark("<｜fim▁end｜>"))
    }

    /// `document`, as it is or with its parts rearranged; the marks around a sequence stay where they are.
    func callAsFunction(_ document: [Int32], _ random: inout RandomSource) -> [Int32] {
        guard random.nextUnit() < settings.rate else { return document }
        let first = document.first == tokenizer.beginOfSequence ? 1 : 0
        let last = document.count > first && document.last == tokenizer.endOfSequence ? 1 : 0
        let text = tokenizer.decodedBytes(document[first..<document.count - last])
        let cuts = [random.nextUnit(), random.nextUnit()].map {
            Self.border(near: Int($0 * Double(text.count + 1)), text)
        }
        let (start, stop) = (min(cuts[0], cuts[1]), max(cuts[0], cuts[1]))
        let prefix = tokenizer.encode(bytes: text[..<start])
        let middle = tokenizer.encode(bytes: text[start..<stop])
        let suffix = tokenizer.encode(bytes: text[stop...])
        let parts =
            switch settings.mode {
            case .psm: [begin] + prefix + [hole] + suffix + [end] + middle
            case .spm: [begin, hole] + suffix + [end] + prefix + middle
            }
        return document[..<first] + parts + document[(document.count - last)...]
    }

    /// The start of the character at `place`.
    private static func border(near place: Int, _ text: [UInt8]) -> Int {
        var place = min(place, text.count)
        while place > 0, place < text.count, text[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }
}
