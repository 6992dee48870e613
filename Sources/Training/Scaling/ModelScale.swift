import Models

/// How much arithmetic a model does for each token that it learns from: M, the scale that DeepSeek LLM (arXiv 2401.02954) §3.2 puts
/// in the place of the number of parameters. Embeddings and heads are left out, attention between tokens counts.
package struct ModelScale: Sendable, Equatable {
    /// M: operations a token, forward and backward.
    package let operationsPerToken: Double

    /// The paper's own count for its dense models, whose layers have 12·d² parameters: 72·n·d² + 12·n·d·l, eq. 2.
    package init(layers n: Int, width d: Int, sequenceLength l: Int) {
        let (n, d, l) = (Double(n), Double(d), Double(l))
        operationsPerToken = 72 * n * d * d + 12 * n * d * l
    }

    /// The same count for any decoder: 6 for each value of the layers' matrices that a token meets (of the routed experts, the
    /// chosen part) and 6·l for each value of its query and value heads. Prediction layers are left out.
    package init(_ configuration: DecoderConfiguration, sequenceLength l: Int) {
        // Whole numbers as long as possible: a share of each expert would be rounded as often as there are experts.
        var (always, routed) = (0.0, 0.0)
        for tensor in configuration.tensors(of: .safetensors) where tensor.shape.rank == 2 {
            guard let layer = tensor.layer, layer < configuration.layerCount else { continue }
            if tensor.expert == nil {
                always += Double(tensor.shape.count)
            } else {
                routed += Double(tensor.shape.count)
            }
        }
        let met =
            always + (configuration.mixture.map { routed * Double($0.expertsPerToken) / Double($0.expertCount) } ?? 0)
        let heads =
            switch configuration.attention {
            case .grouped(let grouped): 2 * grouped.headCount * grouped.headSize
            case .latent(let latent):
                latent.headCount * (latent.contentSize + latent.rotarySize + latent.valueSize)
            }
        operationsPerToken = 6 * met + 6 * Double(configuration.layerCount * heads * l)
    }
}

/// y = factor · x^exponent.
package struct PowerLaw: Sendable, Equatable, Encodable {
    package let factor: Double
    package let exponent: Double

    package init(factor: Double, exponent: Double) { (self.factor, self.exponent) = (factor, exponent) }
}

/// What DeepSeek LLM (arXiv 2401.02954) §3.1 and §3.2 found for a compute budget C, in operations.
package enum PublishedLaw {
    /// η: the learning rate.
    package static let rate = PowerLaw(factor: 0.3118, exponent: -0.1250)
    /// B: tokens of a batch.
    package static let batch = PowerLaw(factor: 0.2920, exponent: 0.3271)
    /// M that gives the lowest loss.
    package static let scale = PowerLaw(factor: 0.1715, exponent: 0.5243)
    /// D = C/M: tokens that do.
    package static let tokens = PowerLaw(factor: 5.8316, exponent: 0.4757)
}
