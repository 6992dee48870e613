/// Operations that others carry out, but for some that the wrapper does in its own way.
///
/// Everything that is no product is the base's here. Products are left to each wrapper: which of them are one, and what is
/// done about their derivatives, is what wrappers differ in.
package protocol WrappingOperations: Operations {
    /// What computes.
    var base: any Operations { get }
}

extension WrappingOperations {
    package var loops: DerivativeLoops { base.loops }

    package func rows(_ indices: [Int32], of table: Weight) -> Tensor { base.rows(indices, of: table) }

    // MARK: Elements

    package func add(_ a: Tensor, _ b: Tensor) -> Tensor { base.add(a, b) }
    package func addBias(_ x: Tensor, _ bias: Tensor) -> Tensor { base.addBias(x, bias) }
    package func scale(_ x: Tensor, by factor: Float) -> Tensor { base.scale(x, by: factor) }
    package func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor { base.gatedSiLU(gate, up) }
    package func sigmoid(_ x: Tensor) -> Tensor { base.sigmoid(x) }

    // MARK: Rows

    package func normalize(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor {
        base.normalize(x, weight: weight, epsilon: epsilon)
    }

    package func softmax(_ x: Tensor) -> Tensor { base.softmax(x) }
    package func divideBySum(_ x: Tensor, epsilon: Float) -> Tensor { base.divideBySum(x, epsilon: epsilon) }
    package func pick(_ x: Tensor, _ columns: [Int32]) -> Tensor { base.pick(x, columns) }

    // MARK: Movement

    package func columns(_ x: Tensor, _ range: Range<Int>) -> Tensor { base.columns(x, range) }
    package func join(_ a: Tensor, _ b: Tensor) -> Tensor { base.join(a, b) }
    package func gatherRows(_ x: Tensor, _ indices: [Int32]) -> Tensor { base.gatherRows(x, indices) }

    package func combineRows(_ x: Tensor, weights: Tensor, places: [Int32]) -> Tensor {
        base.combineRows(x, weights: weights, places: places)
    }

    package func stack(_ parts: [Tensor]) -> Tensor { base.stack(parts) }

    // MARK: Position and attention

    package func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor { base.rotate(x, rotation) }

    package func attention(
        _ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int
    ) -> Tensor {
        base.attention(query, keys: keys, values: values, scale: scale, firstPosition: firstPosition)
    }
}
