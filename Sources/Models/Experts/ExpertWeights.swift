import Files
import Tensors

/// The matrices of some experts of one layer: all of them, or those whose turn it is.
struct ExpertWeights: Sendable {
    var gates: [Weight] = []  // each [inner, d]
    var ups: [Weight] = []  // each [inner, d]
    var downs: [Weight] = []  // each [d, inner]

    var count: Int { gates.count }

    /// Every group's rows through its expert. [n, d] → [m, d].
    /// - Parameter sources: for each of the groups' rows the row of `x` that it is a copy of; `nil` if it is the same one.
    func callAsFunction(
        _ x: Tensor, _ sources: [Int32]?, _ groups: [RowGroup], _ operations: any Operations
    ) -> Tensor {
        let inner = operations.gatedLinear(x, gates: gates, ups: ups, groups, sources: sources)
        return operations.groupedLinear(inner, downs, groups)
    }

    subscript(expert: Int) -> Expert { Expert(gate: gates[expert], up: ups[expert], down: downs[expert]) }

    mutating func append(_ expert: Expert) {
        gates.append(expert.gate)
        ups.append(expert.up)
        downs.append(expert.down)
    }
}

/// The matrices of one expert.
struct Expert: Sendable {
    var gate: Weight
    var up: Weight
    var down: Weight

    /// In the order in which they are needed.
    var matrices: [Weight] { [gate, up, down] }

    /// Where in a slot the pages of each matrix begin, and where they all end; `nil` if some matrix is in no file.
    var places: (offsets: [Int], end: Int)? {
        var (offsets, end) = ([Int](), 0)
        for matrix in matrices {
            guard let span = matrix.pageSpan else { return nil }
            offsets.append(end)
            end += span.byteCount
        }
        return (offsets, end)
    }
}

/// Where a mixture's experts are.
enum ExpertSource: Sendable {
    /// In the mapped file, as every other weight.
    case mapped(ExpertWeights)
    /// Read when they are chosen; `layer` counts the store's layers.
    case stored(ExpertStore, layer: Int)
}
