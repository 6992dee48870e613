import Files
import Models
import Tensors

/// Makes a GGUF file in which the tensors of a model are stored as a plan says.
package struct ModelQuantizer {
    package let source: ModelSource
    package let plan: QuantizationPlan
    /// What errors in each column count, if that is known.
    package let importance: ImportanceMatrix?
    private let writer: ModelWriter

    /// - Throws: `InputError` for a model of a kind that is not known here, importance of another model, and types that want
    ///   importance where there is none.
    package init(
        _ source: ModelSource, _ recipe: Recipe, importance: ImportanceMatrix? = nil, path: String
    ) throws {
        let known = try Set(
            source.tensors.filter { try importance?.importance(of: $0.name, $0.shape) != nil }.map(\.name))
        if let importance, known.isEmpty { throw ModelQuantizer.foreign(importance, source) }
        self.source = source
        self.importance = importance
        plan = QuantizationPlan(recipe, source) { known.contains($0) }
        if let entry = plan.entries.first(where: { $0.type.needsImportance && !known.contains($0.name) }) {
            throw ModelQuantizer.unimportant(entry, source)
        }
        var keys = GGUFOutput.typeKeys(recipe.number)
        if let importance {
            keys += [
                ("quantize.imatrix.file", .string(importance.path)),
                ("quantize.imatrix.entries_count", .count(importance.count)),
            ]
        }
        writer = ModelWriter(
            files: try GGUFOutput(source, types: plan.entries.map(\.type), keys: keys).files(path: path, limit: nil),
            source: source.files, importance: importance)
    }

    private static func foreign(_ importance: ImportanceMatrix, _ source: ModelSource) -> InputError {
        InputError(
            .invalidValue, source: importance.path, found: "found none of the tensors of \(source.path)",
            expected: "importance of this model's tensors", advice: "make the importance matrix with this model")
    }

    private static func unimportant(_ entry: QuantizationPlan.Entry, _ source: ModelSource) -> InputError {
        InputError(
            .unsupported, source: source.path, field: entry.name,
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
        zip(source.tensors, plan.entries).contains { $0.type.valuesPerBlock > 1 && $0.type != $1.type }
    }

    /// What the file is made from, and how: files that agree in this are the same.
    package var identity: String { writer.identity }

    /// Writes the file. `progress` is told the values done so far, after every piece; what it throws ends the work and keeps
    /// what is done for the next time.
    /// - Returns: tensors that were there from an earlier time.
    /// - Throws: `InputError` if the file cannot be written, a tensor has values that cannot be quantized, or the source
    ///   changes meanwhile; then nothing is left beside the file.
    @discardableResult
    package func write(pool: ThreadPool, progress: (Int) throws -> Void) throws -> Int {
        try writer.write(pool: pool, progress: progress)
    }
}

extension QuantizationPlan {
    /// What `recipe` makes of `source`.
    init(_ recipe: Recipe, _ source: ModelSource, hasImportance: (String) -> Bool = { _ in false }) {
        self.init(
            recipe, source.configuration,
            tensors: source.tensors.map { Source(name: $0.name, shape: $0.shape, type: $0.type) },
            hasImportance: hasImportance)
    }
}
