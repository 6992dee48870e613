/// A matrix as its checkpoint stores it: rows are outputs, columns inputs, in any element type, never expanded at load.
///
/// Operations take weights, not tensors, where a parameter of a model goes: that is where quantized blocks, scales and
/// adapters are understood.
public struct Weight: Sendable {
    /// [rows, columns].
    public let tensor: Tensor
    /// Only for `f8e4m3`: the factors of its 128×128 blocks.
    public let scales: BlockScales?
    /// What an adapter adds; only `AdaptedOperations` and decoding know of it, and others are given weights without.
    package let term: LowRankTerm?

    /// Outputs of the product.
    public var rows: Int { tensor.shape[0] }
    /// Inputs of the product.
    public var columns: Int { tensor.shape[1] }
    /// How the values are stored.
    public var elementType: ElementType { tensor.elementType }

    /// - Precondition: two dimensions; scales exactly for `f8e4m3`; a term of the same shape.
    package init(_ tensor: Tensor, scales: BlockScales? = nil, term: LowRankTerm? = nil) {
        precondition(tensor.shape.rank == 2 && tensor.elementType.isReal, "a weight is a matrix of real numbers")
        self.tensor = tensor
        precondition(term.map { $0.shape == tensor.shape } ?? true, "an adapter fits its weight")
        self.scales = scales
        self.term = term
    }

    /// This weight with what an adapter adds instead of what it had.
    package func adapted(by term: LowRankTerm?) -> Weight { Weight(tensor, scales: scales, term: term) }

    /// This weight without what an adapter adds.
    var plain: Weight { term == nil ? self : adapted(by: nil) }

    /// Where a row begins; an address to ask memory for, not to read at.
    func firstByte(ofRow row: Int) -> UnsafeRawPointer { tensor.bytes + row * tensor.rowBytes }

    /// Rows `range` as a weight of their own: a view, no copy.
    package func rows(_ range: Range<Int>) -> Weight {
        Weight(
            tensor.slice(range), scales: scales?.starting(atRow: range.lowerBound), term: term?.rows(range))
    }
}

/// The scales of an FP8 weight: value = code × scale of its 128×128 block; blocks at the edges are smaller.
///
/// DeepSeek-V3 (arXiv 2412.19437) §3.3; stored as `weight_scale_inv`, which despite its name multiplies.
public struct BlockScales: Sendable {
    /// Rows and columns that share a scale.
    public static let blockExtent = 128

    /// [⌈rows / 128⌉, ⌈columns / 128⌉], f32, of the whole matrix.
    package let tensor: Tensor
    /// The row of the whole matrix at which this weight starts; a slice need not start at a block's edge.
    package let firstRow: Int

    package init(_ tensor: Tensor, firstRow: Int = 0) {
        precondition(tensor.shape.rank == 2 && tensor.elementType == .f32)
        self.tensor = tensor
        self.firstRow = firstRow
    }

    func starting(atRow row: Int) -> BlockScales { BlockScales(tensor, firstRow: firstRow + row) }
}
