import Checkpoints
import Files
import Foundation
import Tensors

extension ImportanceMatrix {
    /// Writes the matrix to `path`: in the older form if the name ends in `.dat`, otherwise as GGUF. Tensors stand in order
    /// of their names, so that the same numbers give the same bytes.
    /// - Throws: `InputError` if the file cannot be written, or there is nothing to write.
    package func write(to path: String) throws {
        guard !entries.isEmpty else { throw defect(nil, "found no tensors", "importance of some") }
        if path.hasSuffix(".dat") { return try writeAtomically(older, to: path) }
        try writeGGUF(to: path)
    }

    private var sorted: [(name: String, entry: Entry)] {
        entries.sorted { $0.key < $1.key }.map { (name: $0.key, entry: $0.value) }
    }

    private func writeGGUF(to path: String) throws {
        let parts = sorted.flatMap { name, entry in
            // A single count has no dimension of its own.
            let count = entry.counts.count
            let sums: Shape = count == 1 ? [entry.sums.count] : [count, entry.columnsEach]
            let counts: Shape = count == 1 ? [1] : [count, 1]
            return [(name + ".in_sum2", entry.sums, sums), (name + ".counts", entry.counts, counts)]
        }
        let header = try GGUFHeader(
            metadata: [
                ("general.type", .string("imatrix")), (Key.datasets, .strings(datasets)),
                (Key.chunkCount, .count(chunkCount)), (Key.chunkLength, .count(chunkLength)),
            ],
            tensors: parts.map { .init(name: $0.0, shape: $0.2, type: .f32) }, source: path)
        try Checkpoints.writeGGUF(header, to: path) { writer in
            for part in parts { try writer.append(ImportanceMatrix.bytes(part.1)) }
        }
    }

    /// Means go into this form times the number of chunks that were read, which is what its readers divide by.
    private var older: Data {
        var data = ImportanceMatrix.bytes(entries.count)
        for (name, entry) in sorted {
            let calls = max(Int((entry.counts.max() ?? 0).rounded(.up)) + chunkLength - 1, chunkLength) / chunkLength
            data += ImportanceMatrix.bytes(name.utf8.count) + Data(name.utf8) + ImportanceMatrix.bytes(calls)
            data += ImportanceMatrix.bytes(entry.sums.count)
            data += ImportanceMatrix.bytes(entry.means.map { $0 * Float(calls) })
        }
        let dataset = datasets.last ?? ""
        return data + ImportanceMatrix.bytes(chunkCount) + ImportanceMatrix.bytes(dataset.utf8.count)
            + Data(dataset.utf8)
    }

    private static func bytes(_ value: Int) -> Data {
        withUnsafeBytes(of: Int32(clamping: value).littleEndian) { Data($0) }
    }

    private static func bytes(_ values: [Float]) -> Data {
        let words = values.map { $0.bitPattern.littleEndian }
        return words.withUnsafeBytes { Data($0) }
    }
}
