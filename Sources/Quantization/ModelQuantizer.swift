import Checkpoints
import Files
import Foundation
import Models
import Tensors

/// Makes a GGUF file in which the tensors of another are stored as a plan says.
///
/// Tensors go through one piece after another, so that memory stays small whatever the model's size, and all threads work
/// on each piece. What was finished before the program ended is not done again (`ResumableFile`).
package struct ModelQuantizer {
    package let source: GGUFSource
    package let plan: QuantizationPlan
    package let header: GGUFHeader
    /// What errors in each column count, if that is known.
    package let importance: ImportanceMatrix?
    private let fingerprint: String

    /// Values that are read, encoded and written at a time.
    private static let valuesAtOnce = 1 << 24

    /// - Throws: `InputError` for a model of a kind that is not known here, importance of another model, and types that want
    ///   importance where there is none.
    package init(
        _ source: GGUFSource, _ recipe: Recipe, importance: ImportanceMatrix? = nil, path: String
    ) throws {
        let configuration = try DecoderConfiguration(of: source.checkpoint)
        let tensors = source.checkpoint.tensors.map {
            QuantizationPlan.Source(name: $0.name, shape: $0.tensor.shape, type: $0.tensor.elementType)
        }
        let known = try Set(
            tensors.filter { try importance?.importance(of: $0.name, $0.shape) != nil }.map(\.name))
        if let importance, known.isEmpty { throw ModelQuantizer.foreign(importance, source) }
        self.source = source
        self.importance = importance
        plan = QuantizationPlan(recipe, configuration, tensors: tensors) { known.contains($0) }
        if let entry = plan.entries.first(where: { $0.type.needsImportance && !known.contains($0.name) }) {
            throw ModelQuantizer.unimportant(entry, source)
        }
        var changes: [(key: String, value: GGUFValue)] = [
            ("general.quantization_version", .count(2)), ("general.file_type", .count(recipe.number)),
        ]
        if let importance {
            changes += [
                ("quantize.imatrix.file", .string(importance.path)),
                ("quantize.imatrix.entries_count", .count(importance.count)),
            ]
        }
        header = try GGUFHeader(
            metadata: source.metadata(changing: changes),
            tensors: plan.entries.map { .init(name: $0.name, shape: $0.shape, type: $0.type) }, source: path)
        fingerprint = try ModelQuantizer.fingerprint(source.paths)
    }

    private static func foreign(_ importance: ImportanceMatrix, _ source: GGUFSource) -> InputError {
        InputError(
            .invalidValue, source: importance.path, found: "found none of the tensors of \(source.checkpoint.path)",
            expected: "importance of this model's tensors", advice: "make the importance matrix with this model")
    }

    private static func unimportant(_ entry: QuantizationPlan.Entry, _ source: GGUFSource) -> InputError {
        InputError(
            .unsupported, source: source.checkpoint.path, field: entry.name,
            found: "found the type \(entry.type.rawValue) wanted without knowing which columns matter",
            expected: "importance of this tensor, or a type that does without",
            advice: "give --imatrix, a recipe of more bits, like q2_k or iq2_m, or another type for this tensor")
    }

    /// Experts that no token was sent to when importance was taken, and that get fewer than four bits.
    package var unseenExperts: [(tensor: String, experts: [Int])] {
        plan.entries.compactMap { entry in
            guard entry.type.bitsPerValue < 4, let experts = importance?.unseenExperts[entry.name] else { return nil }
            return (entry.name, experts)
        }
    }

    /// Whether something is lost twice: tensors that are quantized already and get another type.
    package var requantizes: Bool {
        zip(source.checkpoint.tensors, plan.entries).contains {
            $0.tensor.elementType.valuesPerBlock > 1 && $0.tensor.elementType != $1.type
        }
    }

    /// Writes the file to `path`. `progress` is told the values done so far, after every piece; what it throws ends the work
    /// and keeps what is done for the next time.
    /// - Returns: tensors that were there from an earlier time.
    /// - Throws: `InputError` if the file cannot be written, a tensor has values that cannot be quantized, or the source
    ///   changes meanwhile; then nothing is left beside `path`.
    @discardableResult
    package func write(to path: String, pool: ThreadPool, progress: (Int) throws -> Void) throws -> Int {
        try refuseOwnSource(path)
        let file = try ResumableFile(path: path, identity: identity, byteCount: header.fileByteCount)
        do {
            let finished = max(file.finishedParts - 1, 0)
            if file.finishedParts == 0 {
                try file.append(header.bytes)
                try file.finishPart()
            }
            var done = plan.entries.prefix(finished).reduce(0) { $0 + $1.shape.count }
            for index in finished..<plan.entries.count {
                try write(index, to: file, pool, from: done, progress)
                done += plan.entries[index].shape.count
            }
            try checkSource()
            try file.publish()
            return finished
        } catch let error as InputError {
            file.discard()
            throw error
        }
    }

    /// What the file is made from, and how: parts of files that agree in this are the same.
    package var identity: String {
        var sum = ByteSum()
        header.bytes.withUnsafeBytes { sum.add($0) }
        let weighed = importance.map { "importance \($0.fingerprint)" } ?? "no importance"
        return "isobath quantize 1, header \(sum.value), \(weighed), \(fingerprint)"
    }

    private func write(
        _ index: Int, to file: ResumableFile, _ pool: ThreadPool, from done: Int, _ progress: (Int) throws -> Void
    ) throws {
        let (tensor, entry) = (source.checkpoint.tensors[index].tensor, plan.entries[index])
        let weights = try importance?.importance(of: entry.name, entry.shape)
        let rowsAtOnce = max(ModelQuantizer.valuesAtOnce / max(tensor.shape.width, 1), 1)
        for first in stride(from: 0, to: tensor.shape.rows, by: rowsAtOnce) {
            let rows = first..<min(first + rowsAtOnce, tensor.shape.rows)
            do {
                try file.append(try tensor.encodedRows(rows, as: entry.type, importance: weights, pool: pool))
            } catch is NotFinite {
                throw InputError(
                    .invalidValue, source: source.checkpoint.tensors[index].file, field: entry.name,
                    found: "found values that are infinite or no numbers", expected: "finite weights",
                    advice: "check the file, which is likely damaged")
            }
            tensor.forgetRows(rows)
            try progress(done + rows.upperBound * tensor.shape.width)
        }
        try file.append([UInt8](repeating: 0, count: header.paddingBytes(behind: index)))
        try file.finishPart()
    }

    // MARK: The source

    private func refuseOwnSource(_ path: String) throws {
        let target = URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL
        for own in source.paths where URL(filePath: own).resolvingSymlinksInPath().standardizedFileURL == target {
            throw InputError(
                .invalidValue, source: path, found: "found the file that is to be read",
                expected: "another path for the file to write", advice: "give another path")
        }
    }

    private func checkSource() throws {
        guard try ModelQuantizer.fingerprint(source.paths) == fingerprint else {
            throw InputError(
                .invalidValue, source: source.checkpoint.path, found: "found the file changed since it was opened",
                expected: "the same bytes from beginning to end", advice: "wait until it is complete, and begin again")
        }
    }

    /// Sizes and times of the files, with their paths.
    private static func fingerprint(_ paths: [String]) throws -> String {
        try paths.map { path in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                let size = attributes[.size] as? NSNumber, let date = attributes[.modificationDate] as? Date
            else {
                throw InputError(
                    .unreadable, source: path, found: "found it gone", expected: "the file that was opened",
                    advice: "put it back, and begin again")
            }
            let full = URL(filePath: path).standardizedFileURL.path(percentEncoded: true)
            return "\(full) \(size) \(date.timeIntervalSince1970)"
        }.joined(separator: ", ")
    }
}
