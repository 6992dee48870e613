/// The primitives that layers are written in: one meaning, several speeds.
///
/// `ReferenceOperations` states the meaning in plain loops. Every other implementation is tested against it, and says by
/// its `name` that it ran. Activations are `f32`; weights keep the element type of their checkpoint.
///
/// Operations do not throw: shapes are settled when a model is loaded and token ids when a sequence is extended, so a
/// mismatch here is a defect of the program and traps. None changes its arguments.
package protocol Operations: Sendable {
    /// What runs, for reports: "reference", "cpu (avx2)".
    var name: String { get }

    // MARK: Weights

    /// Rows of a table: token embeddings. [n] → [n, columns].
    func rows(_ indices: [Int32], of table: Weight) -> Tensor

    /// x·Wᵀ. [n, in] → [n, out].
    func linear(_ x: Tensor, _ weight: Weight) -> Tensor

    /// x·Wᵀ for several weights: one tensor each, the same as `linear` gives.
    func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor]

    /// x·Wᵀ with another weight for each group of rows: the experts of a mixture. [m, in] → [m, out].
    /// - Precondition: the groups cover all rows once, in order.
    func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor

    /// SiLU(x·Gᵀ) · (x·Uᵀ), with another pair of weights for each group of rows; row i of the result is made from row
    /// `sources[i]` of x, or from row i. [n, in] → [m, out].
    /// - Precondition: the groups cover all rows of the result once, in order.
    func gatedLinear(_ x: Tensor, gates: [Weight], ups: [Weight], _ groups: [RowGroup], sources: [Int32]?) -> Tensor

    /// A product of its own for every head. [n, heads, in] → [n, heads, out]; [n, 1, in] serves all heads alike.
    func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor

    // MARK: Derivatives of products

    /// dy·W: what goes back through `linear`. [n, out] → [n, in].
    func inputGradient(_ dy: Tensor, _ weight: Weight) -> Tensor

    /// sum += dyᵀ·x: what a product's rows say about its weight. [n, out], [n, in] → [out, in].
    func addWeightGradient(_ dy: Tensor, _ x: Tensor, to sum: Tensor)

    /// The same, said with whose gradient it is, for implementations that treat weights differently.
    func addWeightGradient(_ dy: Tensor, _ x: Tensor, of weight: Weight, to sum: Tensor)

    /// What going back through `gatedSiLU` sees of its inputs: they themselves, or what a cache of fewer bits holds of them.
    func remembered(gate: Tensor, up: Tensor) -> (gate: Tensor, up: Tensor)

    /// sum += dy·W: `inputGradient`, added where it belongs. [n, out] → [n, in].
    func addInputGradient(_ dy: Tensor, _ weight: Weight, to sum: Tensor)

    /// `addInputGradient` with another weight for each group of rows: what goes back through `groupedLinear`.
    /// - Precondition: the groups cover all rows once, in order.
    func addInputGradients(
        _ dy: Tensor, _ weights: [Weight], _ groups: [RowGroup], to sum: GradientSum)

    /// `addWeightGradient` of each group's rows to the sum of its weight; none for a weight that is a constant.
    func addWeightGradients(
        _ dy: Tensor, _ x: Tensor, _ groups: [RowGroup], of weights: [Weight], to sums: [GradientSum?])

    /// What goes back through `headwiseLinear`. [n, heads, out] → [n, heads, in], or [n, 1, in] where one served all heads.
    func addInputGradients(_ dy: Tensor, _ weight: HeadwiseWeight, to sum: GradientSum)

    /// What the rows of each head say about its matrix; no sum for a matrix that is a constant.
    func addWeightGradients(_ dy: Tensor, _ x: Tensor, of weight: HeadwiseWeight, to sums: [Tensor?])

    /// Threads and kernels for derivatives of everything else, and for what is done with them.
    var loops: DerivativeLoops { get }

    // MARK: Segments

    /// Where results are remembered to be derived; `nil` if they are not, or will be computed a second time for it.
    var recordingTape: Tape? { get }

    /// What `body` makes of `x` with operations that are given to it: a part of the forward pass whose inner values may be
    /// forgotten and computed again when its derivatives are taken.
    /// - Throws: what `body` throws.
    func segment(
        _ x: Tensor, _ body: @escaping (Tensor, any Operations) throws -> Tensor
    ) rethrows -> Tensor

    /// What `body` makes of every number below `count`, in their order; none depends on another, so that they may be made
    /// at the same time, each on a thread of its own.
    func each(_ count: Int, _ body: (Int) -> Tensor) -> [Tensor]

    // MARK: Elements

    /// a + b, of equal shapes.
    func add(_ a: Tensor, _ b: Tensor) -> Tensor

    /// Adds `bias` [width] to every row.
    func addBias(_ x: Tensor, _ bias: Tensor) -> Tensor

    func scale(_ x: Tensor, by factor: Float) -> Tensor

    /// SiLU(gate) · up, with SiLU(z) = z / (1 + e⁻ᶻ).
    func gatedSiLU(_ gate: Tensor, _ up: Tensor) -> Tensor

    func sigmoid(_ x: Tensor) -> Tensor

    // MARK: Rows

    /// x / √(mean of x² + ε) · weight, over the last axis; `weight` is [width].
    func normalize(_ x: Tensor, weight: Tensor, epsilon: Float) -> Tensor

    /// Softmax over the last axis.
    func softmax(_ x: Tensor) -> Tensor

    /// Every row divided by its sum plus `epsilon`.
    func divideBySum(_ x: Tensor, epsilon: Float) -> Tensor

    /// Row i, columns `columns[i·k ..< (i+1)·k]`. [n, m] → [n, k].
    func pick(_ x: Tensor, _ columns: [Int32]) -> Tensor

    // MARK: Movement

    /// A range of the last axis.
    func columns(_ x: Tensor, _ range: Range<Int>) -> Tensor

    /// `a` beside `b` along the last axis; a `b` with extent 1 on the axis before serves all of `a`'s entries there.
    func join(_ a: Tensor, _ b: Tensor) -> Tensor

    /// Rows in another order, with repetition. [n, d] → [m, d].
    func gatherRows(_ x: Tensor, _ indices: [Int32]) -> Tensor

    /// Row i is Σⱼ weights[i, j] · x[places[i·k + j]], summed in order of j. [m, d], [n, k] → [n, d].
    func combineRows(_ x: Tensor, weights: Tensor, places: [Int32]) -> Tensor

    /// Parts one below another. [n₁, …], [n₂, …] → [n₁ + n₂, …].
    func stack(_ parts: [Tensor]) -> Tensor

    // MARK: Position and attention

    /// Turns pairs of the last axis by the angle of their row. [n, heads, d] → [n, heads, d].
    func rotate(_ x: Tensor, _ rotation: Rotation) -> Tensor

    /// Causal attention: query i looks at rows 0 ... firstPosition + i. [n, heads, dₖ] → [n, heads, dᵥ].
    ///
    /// softmax(scale · q·k) · v; query head j uses key head j / (heads / key heads). The result of a query does not
    /// depend on which other queries share the call.
    func attention(_ query: Tensor, keys: PagedRows, values: PagedRows, scale: Float, firstPosition: Int) -> Tensor

    /// Attention over keys and values that are expanded from latents first. [n, heads, dₖ] → [n, heads, dᵥ].
    ///
    /// A row of `latents` is [latent | rotary key]: a head's key is its expanded latent and the rotary key, which is one
    /// for all heads. A result does not depend on which other queries share the call.
    func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor
}

extension Operations {
    package func each(_ count: Int, _ body: (Int) -> Tensor) -> [Tensor] { (0..<count).map(body) }

    package func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor] { weights.map { linear(x, $0) } }

    package func gatedLinear(
        _ x: Tensor, gates: [Weight], ups: [Weight], _ groups: [RowGroup], sources: [Int32]?
    ) -> Tensor {
        let rows = sources.map { gatherRows(x, $0) } ?? x
        return gatedSiLU(groupedLinear(rows, gates, groups), groupedLinear(rows, ups, groups))
    }
}

/// Consecutive rows that belong to one expert.
package struct RowGroup: Sendable, Equatable {
    package let index: Int
    package let rows: Range<Int>

    package init(index: Int, rows: Range<Int>) {
        self.index = index
        self.rows = rows
    }
}

/// A matrix for every head, each a view into the checkpoint.
package struct HeadwiseWeight: Sendable {
    package enum Orientation: Sendable {
        /// The matrix is [out, in], as a linear layer stores it.
        case outputsByInputs
        /// The matrix is [in, out]: the product runs down its columns.
        case inputsByOutputs
    }

    package let heads: [Weight]
    package let orientation: Orientation

    package init(_ heads: [Weight], _ orientation: Orientation) {
        precondition(!heads.isEmpty)
        self.heads = heads
        self.orientation = orientation
    }

    package var inputs: Int { orientation == .outputsByInputs ? heads[0].columns : heads[0].rows }
    package var outputs: Int { orientation == .outputsByInputs ? heads[0].rows : heads[0].columns }
}

/// Cosines and sines for every row of a step, and which values of a head form a pair.
package struct Rotation: Sendable {
    package enum Pairing: String, Sendable {
        /// (0, 1), (2, 3), …: DeepSeek-V2 and V3; GGUF's llama and deepseek.
        case adjacent
        /// (i, i + d/2): Hugging Face's llama, qwen2, qwen3, deepseek.
        case halves
    }

    /// [n, d / 2].
    package let cosines: Tensor
    /// [n, d / 2].
    package let sines: Tensor
    package let pairing: Pairing

    package init(cosines: Tensor, sines: Tensor, pairing: Pairing) {
        precondition(cosines.shape == sines.shape && cosines.shape.rank == 2)
        self.cosines = cosines
        self.sines = sines
        self.pairing = pairing
    }

    /// The rotation of rows `range` only.
    package func rows(_ range: Range<Int>) -> Rotation {
        Rotation(cosines: cosines.slice(range), sines: sines.slice(range), pairing: pairing)
    }
}
