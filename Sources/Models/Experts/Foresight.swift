import Tensors

/// Guesses which experts the next layer will choose, so that they can be read while this layer and the next one's
/// attention are computed.
///
/// A layer changes the state of a token only a little: the next layer's router, applied to the state before it, chooses
/// nearly what it will choose in the end (Eliseev and Mazur, arXiv 2312.17238, §3.2).
struct Foresight: Sendable {
    /// The norm before the next layer's feed-forward part.
    let norm: RMSNorm
    let router: Router
    let store: ExpertStore
    /// The next layer, counted among those of the store.
    let layer: Int

    /// Of more rows nearly all experts are wanted: then a layer's own reads leave the disk no time for guesses.
    private static let mostRows = 8

    /// - Parameter hidden: the best known state of this step's rows, [n, d].
    func callAsFunction(_ hidden: Tensor, _ step: Step) {
        guard hidden.shape[0] <= Foresight.mostRows else { return }
        let experts = router.ranked(norm(hidden, step.operations), step.operations)
        store.foresee(experts, ofLayer: layer, step.expertUse)
    }
}
