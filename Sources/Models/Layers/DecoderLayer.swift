import Tensors

/// h = x + attention(norm(x)); h + feed-forward(norm(h)).
struct DecoderLayer: Sendable {
    enum Attention: Sendable {
        case grouped(GroupedAttention)
        case latent(LatentAttention)
    }

    enum Transformation: Sendable {
        case dense(FeedForward)
        case mixture(MixtureOfExperts)
    }

    let attentionNorm: RMSNorm
    let attention: Attention
    let feedForwardNorm: RMSNorm
    let feedForward: Transformation
    /// The layer's place in the checkpoint and in the cache.
    let index: Int
    /// Sees what the next layer will read from the expert store; `nil` where it reads nothing.
    var foresight: Foresight?

    /// - Throws: `InputError` if experts have to be read, and cannot be.
    func callAsFunction(_ x: Tensor, _ step: Step) throws -> Tensor {
        let operations = step.operations
        let attended = attend(attentionNorm(x, operations), step)
        step.trace?.record("attention.\(index)", attended)
        let hidden = operations.add(x, attended)
        let transformed = try transform(feedForwardNorm(hidden, operations), step) { part in
            foresight?(part.map { operations.add(hidden, $0) } ?? hidden, step)
        }
        step.trace?.record("mlp.\(index)", transformed)
        return operations.add(hidden, transformed)
    }

    private func attend(_ x: Tensor, _ step: Step) -> Tensor {
        switch attention {
        case .grouped(let grouped): grouped(x, step)
        case .latent(let latent): latent(x, step)
        }
    }

    /// - Parameter meanwhile: called with what is known of the result when the first reads are under way.
    private func transform(_ x: Tensor, _ step: Step, meanwhile: (Tensor?) -> Void) throws -> Tensor {
        switch feedForward {
        case .dense(let dense):
            meanwhile(nil)
            return dense(x, step.operations)
        case .mixture(let mixture): return try mixture(x, step, meanwhile: meanwhile)
        }
    }
}
