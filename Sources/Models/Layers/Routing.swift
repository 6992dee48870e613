import Tensors

/// What a mixture's router decided for the rows of a step.
package struct Routing {
    /// The layer's place in the checkpoint.
    package let layer: Int
    /// How well each expert suits each token, without the bias that helps choosing, [n, experts]: softmax or sigmoid.
    package let scores: Tensor
    /// The chosen experts of each token, n · k.
    package let experts: [Int32]
    /// The sequences that the rows belong to.
    package let spans: [Step.Span]
}

/// Looks at the decisions of a step's routers, in the order of layers: counts how experts are used, or adds a loss on it.
package protocol RoutingObserver: AnyObject, Sendable {
    /// - Parameter operations: what the layer computes with; recording ones have a tape for losses.
    func observe(_ routing: Routing, _ operations: any Operations)
}
