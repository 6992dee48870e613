import Files
import Foundation
import Tensors

/// Writes the tensors of a model to files.
///
/// Tensors go through one piece after another, so that memory stays small whatever the model's size, and all threads work
/// on each piece. What was finished before the program ended is not done again (`ResumableFiles`).
struct ModelWriter: Sendable {
    let files: [OutputFile]
    /// What the tensors are made from.
    let source: SourceFiles
    /// What errors in each column count, if that is known.
    let importance: ImportanceMatrix?

    /// Values that are read, encoded and written at a time.
    private static let valuesAtOnce = 1 << 24

    /// Values of all tensors.
    var valueCount: Int { files.reduce(0) { $0 + $1.entries.reduce(0) { $0 + $1.tensor.shape.count } } }

    /// Writes the files. `progress` is told the values done so far, after every piece; what it throws ends the work and
    /// keeps what is done for the next time.
    /// - Returns: tensors that were there from an earlier time.
    /// - Throws: `InputError` if a file cannot be written, a tensor has values that cannot be stored, or the source changes
    ///   meanwhile; then nothing is left beside the files.
    func write(pool: ThreadPool, progress: (Int) throws -> Void) throws -> Int {
        for file in files { try source.refuse(file.path) }
        let output = try ResumableFiles(
            files.map { .init(path: $0.path, byteCount: $0.byteCount) }, identity: identity)
        do {
            var (finished, done) = (0, 0)
            for (index, file) in files.enumerated() {
                finished += try write(file, to: output.open(index), pool, &done, progress)
            }
            try source.check()
            try output.publish()
            return finished
        } catch let error as InputError {
            output.discard()
            throw error
        }
    }

    /// What the files are made from, and how: parts of files that agree in this are the same.
    var identity: String {
        var sum = ByteSum()
        for file in files { file.header.withUnsafeBytes { sum.add($0) } }
        let weighed = importance.map { "importance \($0.fingerprint)" } ?? "no importance"
        return "isobath 2, header \(sum.value), \(weighed), \(source.fingerprint)"
    }

    /// - Returns: tensors that were there from an earlier time.
    private func write(
        _ file: OutputFile, to output: ResumableFile, _ pool: ThreadPool, _ done: inout Int,
        _ progress: (Int) throws -> Void
    ) throws -> Int {
        let finished = max(output.finishedParts - 1, 0)
        if output.finishedParts == 0 {
            try output.append(file.header)
            try output.finishPart()
        }
        for (index, entry) in file.entries.enumerated() {
            if index >= finished {
                try write(entry, to: output, pool) { [done] in try progress(done + $0) }
                try output.append([UInt8](repeating: 0, count: entry.padding))
                try output.finishPart()
            }
            done += entry.tensor.shape.count
        }
        return finished
    }

    private func write(
        _ entry: OutputFile.Entry, to output: ResumableFile, _ pool: ThreadPool, _ progress: (Int) throws -> Void
    ) throws {
        let rows = entry.tensor.rows
        let weights = try importance?.importance(of: entry.tensor.name, entry.tensor.shape)
        var scales: [Float] = []
        for piece in ModelWriter.pieces(rows, wholeBlocks: entry.needsScales) {
            do {
                if entry.needsScales {
                    let encoded = try rows.encodedInBlocks(piece, pool: pool)
                    scales += encoded.scales
                    try output.append(encoded.codes)
                } else {
                    try output.append(try rows.encoded(piece, as: entry.type, importance: weights, pool: pool))
                }
            } catch is NotFinite {
                throw ModelWriter.notFinite(entry.tensor)
            }
            rows.forget(piece)
            try progress(piece.upperBound * rows.width)
        }
        if let stored = entry.storedScales { scales = stored.floats }
        try scales.withUnsafeBytes { try output.append($0) }
    }

    /// Ranges of rows, at the edges of FP8's blocks where asked for.
    private static func pieces(_ rows: AssembledRows, wholeBlocks: Bool) -> [Range<Int>] {
        var step = max(valuesAtOnce / max(rows.width, 1), 1)
        if wholeBlocks { step = max(step / BlockScales.blockExtent, 1) * BlockScales.blockExtent }
        return stride(from: 0, to: rows.count, by: step).map { $0..<min($0 + step, rows.count) }
    }

    private static func notFinite(_ tensor: ModelTensor) -> InputError {
        InputError(
            .invalidValue, source: tensor.source, field: tensor.name,
            found: "found values that are infinite or no numbers", expected: "finite weights",
            advice: "check the file, which is likely damaged")
    }
}

extension OutputFile.Entry {
    /// The scales of FP8 values that are copied as they are.
    fileprivate var storedScales: Tensor? {
        type == .f8e4m3 && tensor.rows.elementType == .f8e4m3 ? tensor.rows.storedScales : nil
    }

    /// Whether values become FP8 that are not.
    fileprivate var needsScales: Bool { type == .f8e4m3 && storedScales == nil }
}
