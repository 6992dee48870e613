import Files
import Foundation

/// Writes a GGUF file whose tensors are appended piece by piece; nothing is held but the piece at hand.
///
///     try writeGGUF(header, to: path) { writer in
///         for tensor in header.tensors { for rows in … { try writer.append(bytes(of: rows)) } }
///     }
///
/// The file takes its place when all tensors are complete and synced; an error leaves what was there, and nothing beside.
/// - Throws: `InputError` if the file cannot be written or the tensors do not fit the header, and what `tensors` throws.
package func writeGGUF(
    _ header: GGUFHeader, to path: String, tensors: (GGUFWriter) throws -> Void
) throws {
    try writeAtomically(to: path, byteCount: header.fileByteCount) { file in
        try file.append(header.bytes)
        let writer = GGUFWriter(header, file)
        try tensors(writer)
        try writer.finish()
    }
}

/// Takes the bytes of a file's tensors, one tensor after another in the header's order, and puts the padding between.
package final class GGUFWriter {
    private let header: GGUFHeader
    private let file: AtomicFile
    /// The tensor that is being written; as many as there are tensors when all are.
    private var index = 0
    /// Bytes of it that are still to come.
    private var remaining = 0

    fileprivate init(_ header: GGUFHeader, _ file: AtomicFile) {
        self.header = header
        self.file = file
        remaining = header.byteCounts.first ?? 0
    }

    /// Bytes of the file written so far, header and padding included.
    package var byteCount: Int { file.byteCount }

    /// Adds bytes to the current tensor; they may end with it, and never go beyond.
    package func append(_ bytes: some ContiguousBytes) throws {
        let count = bytes.withUnsafeBytes(\.count)
        guard count <= remaining else {
            throw misfit("found \(count) bytes more", "\(remaining) bytes, the rest of the tensor")
        }
        try file.append(bytes)
        remaining -= count
        while remaining == 0, index < header.tensors.count { try endTensor() }
    }

    private func endTensor() throws {
        let gap = padding(header.byteCounts[index], to: header.alignment)
        try file.append([UInt8](repeating: 0, count: gap))
        index += 1
        remaining = index < header.tensors.count ? header.byteCounts[index] : 0
    }

    fileprivate func finish() throws {
        guard index == header.tensors.count else {
            throw misfit("found the end with \(remaining) bytes missing", "every tensor complete")
        }
    }

    private func misfit(_ found: String, _ expected: String) -> InputError {
        InputError(
            .truncated, source: file.path, field: index < header.tensors.count ? header.tensors[index].name : nil,
            found: found, expected: expected, advice: "correct what the file is made from")
    }
}
