import Checkpoints
import Tensors

/// Pairs of narrow matrices that are added to some of a model's: low-rank adaptation.
///
/// Hu et al. (arXiv 2106.09685) §4.1; the scale α/√r that does not fade with the rank: Kalajdzievski (arXiv 2312.03732).
/// Pairs are in the layout of the checkpoint that they are for, as its weights are: rows of B stand where the rows of the
/// weight do. They are f32 in memory of the program's own, so that they may be trained.
package struct Adapter: Sendable {
    /// What is added to one matrix.
    package struct Pair: Sendable {
        package let module: AdapterModule
        /// [r, inputs].
        package let a: Tensor
        /// [outputs, r].
        package let b: Tensor
        /// α, with what a person asked for in it.
        package let alpha: Float

        package init(_ module: AdapterModule, a: Tensor, b: Tensor, alpha: Float) {
            precondition(
                a.shape.array == [b.shape[1], module.inputs] && b.shape[0] == module.outputs, "a pair that fits")
            (self.module, self.a, self.b, self.alpha) = (module, a, b, alpha)
        }

        package var rank: Int { a.shape[0] }
    }

    package let pairs: [Pair]
    /// Whether the scale is α/√r rather than α/r.
    package let isRankStabilized: Bool
    /// The container whose layout the pairs have.
    package let format: CheckpointFormat
    /// The files it was read from; none for one that was made.
    package let files: [String]
    private let places: [Place: Int]

    private struct Place: Hashable {
        let role: TensorRole
        let layer: Int?
        let expert: Int?
    }

    /// - Precondition: one pair for a matrix.
    package init(_ pairs: [Pair], isRankStabilized: Bool, format: CheckpointFormat, files: [String] = []) {
        self.pairs = pairs
        self.isRankStabilized = isRankStabilized
        self.format = format
        self.files = files
        places = Dictionary(
            uniqueKeysWithValues: pairs.enumerated().map { index, pair in
                (Place(role: pair.module.role, layer: pair.module.layer, expert: pair.module.expert), index)
            })
    }

    /// Values of all pairs.
    package var parameterCount: Int { pairs.reduce(0) { $0 + $1.a.shape.count + $1.b.shape.count } }

    /// α/r, or α/√r.
    package func scale(of pair: Pair) -> Float {
        pair.alpha / (isRankStabilized ? Float(pair.rank).squareRoot() : Float(pair.rank))
    }

    /// What is added to the matrix for `role`; `nil` where nothing is.
    func term(_ role: TensorRole, layer: Int?, expert: Int? = nil) -> LowRankTerm? {
        places[Place(role: role, layer: layer, expert: expert)].map { index in
            LowRankTerm(a: pairs[index].a, b: pairs[index].b, scale: scale(of: pairs[index]), number: index)
        }
    }

    /// What is added to W^UK and W^UV of every head, where they are apart and the first is stored turned: rows of the one B of
    /// the matrix that holds them all.
    func expansionTerms(
        _ latent: LatentAttentionConfiguration, layer: Int
    ) -> (keys: [LowRankTerm], values: [LowRankTerm])? {
        guard let whole = term(.latentExpansion, layer: layer) else { return nil }
        let (nope, v) = (latent.contentSize, latent.valueSize)
        let starts = (0..<latent.headCount).map { $0 * (nope + v) }
        func part(_ rows: Range<Int>, isTransposed: Bool) -> LowRankTerm {
            LowRankTerm(
                a: whole.a, b: whole.b.slice(rows), scale: whole.scale, isTransposed: isTransposed,
                number: whole.number)
        }
        return (
            starts.map { part($0..<$0 + nope, isTransposed: true) },
            starts.map { part($0 + nope..<$0 + nope + v, isTransposed: false) }
        )
    }
}
