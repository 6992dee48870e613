import Models

/// How many numbers a model has, and how many of them a token meets.
package struct ModelSize: Sendable, Equatable {
    /// All parameters, prediction layers included; the bias that chooses experts is none.
    package let total: Int
    /// Those that multiply for each token: all but the embedding table, which is looked up, and the experts that were not
    /// chosen. A tied table counts as the head.
    package let active: Int

    package init(_ configuration: DecoderConfiguration) {
        var (total, active) = (0, 0.0)
        let share = configuration.mixture.map { Double($0.expertsPerToken) / Double($0.expertCount) } ?? 1
        for tensor in configuration.tensors(of: .safetensors) where tensor.role != .selectionBias {
            total += tensor.shape.count
            if tensor.role == .embedding, !configuration.tiesEmbeddings { continue }
            active += Double(tensor.shape.count) * (tensor.expert == nil ? 1 : share)
        }
        // Each prediction layer uses the head once more.
        active += Double(configuration.predictionLayerCount * configuration.vocabularySize * configuration.hiddenSize)
        (self.total, self.active) = (total, Int(active.rounded()))
    }

    /// Operations of learning from one token by the rule of 6 for each parameter: 2 forward, 4 backward (Kaplan et al.,
    /// arXiv 2001.08361 §2.1). Attention to other tokens is not counted.
    package var operationsPerToken: Double { 6 * Double(active) }
}
