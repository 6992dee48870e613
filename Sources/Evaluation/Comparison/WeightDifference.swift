import Checkpoints
import Files
import Generation
import Tensors

/// How far the values of one tensor are from those of the same tensor of another checkpoint.
package struct WeightDifference: Sendable, Equatable, Codable {
    /// The tensor's name in both.
    package var name: String
    /// How the first checkpoint stores it.
    package var type: String
    /// How the second one does.
    package var otherType: String
    /// Values.
    package var count: Int
    /// Σ (a − b)².
    package var squaredError: Double
    /// Σ a².
    package var squares: Double

    /// √(Σ (a − b)² / Σ a²); of zeros 0 if both are, otherwise 1.
    package var relativeError: Double { relativeRoot(squaredError, squares) }
}

/// The tensors that differ in their layer, or expert, alone.
package struct ModuleDifference: Sendable, Equatable, Codable {
    /// Their name with `*` for each number.
    package var name: String
    /// How many there are.
    package var tensors: Int
    /// How the second checkpoint stores them.
    package var otherTypes: [String]
    /// The relative error of all their values together.
    package var relativeError: Double
}

/// All tensors of two checkpoints in the same container.
package struct WeightComparison: Sendable, Equatable {
    /// The tensors that both have, in the first one's order.
    package let tensors: [WeightDifference]
    /// Names that only one of them has.
    package let unpaired: [String]

    /// Values that `init` decodes of the first checkpoint, for progress.
    package static func valueCount(_ model: LanguageModel) -> Int {
        model.checkpoint.tensors.reduce(0) { $0 + ($1.isAuxiliary ? 0 : $1.tensor.shape.count) }
    }

    /// Decodes all tensors, row by row.
    /// - Parameter progress: called with the number of values that are done; what it throws ends the work.
    /// - Throws: `InputError` if the containers or a tensor's shapes differ.
    package init(
        _ a: LanguageModel, _ b: LanguageModel, progress: (Int) throws -> Void = { _ in }
    ) throws {
        guard a.checkpoint.format == b.checkpoint.format else {
            throw InputError(
                .unsupported, source: b.path, field: "container", found: "found \(b.checkpoint.format.rawValue)",
                expected: "\(a.checkpoint.format.rawValue), the container of \(a.path)",
                advice: "compare weights of two files of one kind: names and the order of rows differ between kinds")
        }
        var (tensors, unpaired, done) = ([WeightDifference](), [String](), 0)
        for entry in a.checkpoint.tensors where !entry.isAuxiliary {
            guard let other = b.checkpoint.entry(named: entry.name) else {
                unpaired.append(entry.name)
                continue
            }
            tensors.append(try WeightDifference(entry, a.checkpoint, other, b.checkpoint))
            done += entry.tensor.shape.count
            try progress(done)
        }
        let added = b.checkpoint.tensors.filter { !$0.isAuxiliary && a.checkpoint.entry(named: $0.name) == nil }
        self.tensors = tensors
        self.unpaired = unpaired + added.map(\.name)
    }

    /// Tensors of equal purpose together, in the order of their first.
    package var modules: [ModuleDifference] {
        var (order, groups) = ([String](), [String: [WeightDifference]]())
        for tensor in tensors {
            let module = moduleName(ofTensor: tensor.name)
            if groups[module] == nil { order.append(module) }
            groups[module, default: []].append(tensor)
        }
        return order.map { name in
            let group = groups[name] ?? []
            return ModuleDifference(
                name: name, tensors: group.count, otherTypes: Set(group.map(\.otherType)).sorted(),
                relativeError: relativeRoot(
                    group.reduce(0) { $0 + $1.squaredError }, group.reduce(0) { $0 + $1.squares }))
        }
    }

    /// The `count` tensors with the largest relative errors.
    package func worst(_ count: Int) -> [WeightDifference] {
        Array(tensors.filter { $0.relativeError > 0 }.sorted { $0.relativeError > $1.relativeError }.prefix(count))
    }
}

private func relativeRoot(_ error: Double, _ squares: Double) -> Double {
    squares > 0 ? (error / squares).squareRoot() : error > 0 ? 1 : 0
}

extension WeightDifference {
    fileprivate init(_ entry: TensorEntry, _ a: any Checkpoint, _ other: TensorEntry, _ b: any Checkpoint) throws {
        let (weight, otherWeight) = (try Weight(entry, of: a), try Weight(other, of: b))
        guard weight.tensor.shape == otherWeight.tensor.shape else {
            throw InputError(
                .wrongShape, source: other.file, field: other.name, found: "found the shape \(other.tensor.shape)",
                expected: "\(entry.tensor.shape), as in \(entry.file)", advice: "compare two forms of the same model")
        }
        let rows = ThreadPool.shared.map(count: weight.rows) { row -> (error: Double, squares: Double) in
            zip(weight.row(row), otherWeight.row(row)).reduce((0, 0)) { sums, pair in
                let (x, y) = (Double(pair.0), Double(pair.1))
                return (sums.0 + (x - y) * (x - y), sums.1 + x * x)
            }
        }
        self.init(
            name: entry.name, type: entry.tensor.elementType.rawValue, otherType: other.tensor.elementType.rawValue,
            count: entry.tensor.shape.count, squaredError: rows.reduce(0) { $0 + $1.error },
            squares: rows.reduce(0) { $0 + $1.squares })
        guard squaredError.isFinite, squares.isFinite else {
            throw InputError(
                .invalidValue, source: entry.file, field: name, found: "found a value that is no finite number",
                expected: "finite values only", advice: "fetch or make the checkpoints again: one is damaged")
        }
    }
}

extension Weight {
    /// A tensor as a matrix of all its rows, with its scales if it has some.
    fileprivate init(_ entry: TensorEntry, of checkpoint: any Checkpoint) throws {
        let shape = entry.tensor.shape
        guard entry.tensor.elementType.isReal, shape.count > 0 else {
            throw InputError(
                .wrongType, source: entry.file, field: entry.name, found: "found \(entry.tensor.elementType.rawValue)",
                expected: "real numbers", advice: "leave out --weights")
        }
        let matrix = entry.tensor.reshaped([shape.rows, shape.width])
        guard entry.tensor.elementType == .f8e4m3 else {
            self.init(matrix)
            return
        }
        guard let scales = checkpoint.entry(named: entry.name + "_scale_inv")?.tensor, scales.elementType == .f32,
            scales.shape.array == matrix.shape.array.map({ ($0 - 1) / BlockScales.blockExtent + 1 })
        else {
            throw InputError(
                .missing, source: entry.file, field: entry.name + "_scale_inv", found: "found no scales that fit",
                expected: "one for each block of 128 × 128", advice: "fetch the checkpoint again")
        }
        self.init(matrix, scales: BlockScales(scales))
    }
}
