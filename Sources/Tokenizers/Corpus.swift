import Files
import Foundation

/// A text to measure models with.
package struct Corpus: Sendable {
    /// What the text is called in errors.
    package let source: String
    private let bytes: Data
    /// Whether special tokens that are spelled in the text, `<｜User｜>`, become those tokens: for conversations as models
    /// see them.
    package var parsesSpecialTokens = false

    /// - Throws: `InputError` if `bytes` are not UTF-8.
    package init(_ bytes: Data, source: String) throws {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw InputError(
                .invalidValue, source: source, found: "found bytes that are not UTF-8", expected: "a text in UTF-8",
                advice: "give a text file; `iconv -t UTF-8` turns other texts into one")
        }
        self.bytes = bytes
        self.source = source
    }

    /// The text in the file at `path`.
    /// - Throws: `InputError` if it cannot be read or is not UTF-8.
    package init(path: String) throws {
        let file = try MappedFile(path: path)
        try self.init(file.withBytes(in: 0..<file.byteCount) { Data($0) }, source: path)
    }

    /// The tokens: after the mark that begins a sequence, and without the end of the last line, as llama.cpp reads a file.
    package func tokens(_ tokenizer: Tokenizer) -> [Int32] {
        let text = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes
        return [tokenizer.beginOfChunk].compactMap(\.self)
            + tokenizer.encode(bytes: text, parsingSpecialTokens: parsesSpecialTokens)
    }
}

extension Tokenizer {
    /// What takes the place of each chunk's first token; `nil` for models that do not begin a sequence with a mark.
    package var beginOfChunk: Int32? { addsBeginOfSequence ? beginOfSequence : nil }
}
