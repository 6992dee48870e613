import Files
import Generation
import Models
import Tensors
import Tokenizers

/// Runs the same tokens through two models of one shape and says where the second differs, layer by layer.
///
/// States of one layer are held at a time, so that memory does not grow with the number of layers.
package struct LayerComparison {
    /// The tokens that are compared unless a person wants others.
    package static let usualLength = 512

    private let a: LanguageModel
    private let b: LanguageModel

    /// What came of it.
    package struct Report: Sendable, Equatable, Codable {
        /// Tokens that went through both models.
        package var tokens: Int
        /// What the first layers read.
        package var embedding: RowDifference
        /// All layers, from the first on.
        package var layers: [LayerDifference]
        /// What the models predict.
        package var logits: LogitDifference
    }

    /// - Parameters:
    ///   - a: the model that counts as right.
    ///   - b: the model that is compared with it.
    /// - Throws: `InputError` naming what differs if they are not of one shape.
    package init(_ a: LanguageModel, _ b: LanguageModel) throws {
        let shapes = zip(LayerComparison.shape(a.configuration), LayerComparison.shape(b.configuration))
        if let (own, other) = shapes.first(where: { $0.value != $1.value }) {
            throw InputError(
                .wrongShape, source: b.path, field: own.name, found: "found \(other.value)",
                expected: "\(own.value), as in \(a.path)", advice: "compare two forms of the same model")
        }
        (self.a, self.b) = (a, b)
    }

    /// What two models must have in common, whatever their containers.
    private static func shape(_ model: DecoderConfiguration) -> [(name: String, value: String)] {
        let mixture = model.mixture
        return [
            ("family", model.family.rawValue), ("vocabulary", "\(model.vocabularySize)"),
            ("hidden size", "\(model.hiddenSize)"), ("layers", "\(model.layerCount)"),
            ("attention heads", "\(model.attention.headCount)"), ("experts", "\(mixture?.expertCount ?? 0)"),
            ("experts a token", "\(mixture?.expertsPerToken ?? 0)"),
            ("first layer with experts", "\(mixture?.firstLayer ?? 0)"),
        ]
    }

    /// The tokens of `text`, at most `limit` of them, as both models have them.
    /// - Throws: `InputError` if neither model has a vocabulary, or theirs make other tokens of it.
    package func tokens(of text: Corpus, limit: Int) throws -> [Int32] {
        let tokens = text.tokens(try a.tokenizer ?? b.requiredTokenizer())
        if let other = b.tokenizer, text.tokens(other) != tokens {
            throw InputError(
                .invalidValue, source: b.path, field: "tokenizer", found: "found other tokens for \(text.source)",
                expected: "those of \(a.path)", advice: "compare two forms of the same model, or give --tokens")
        }
        return Array(tokens.prefix(limit))
    }

    /// Compares both models on `tokens`, which are one sequence.
    /// - Parameter progress: called with the number of layers that are done; what it throws ends the work.
    /// - Throws: `InputError` if there is no token, one is not in the vocabulary, or a model computes no finite numbers.
    package func run(_ tokens: [Int32], progress: (Int) throws -> Void = { _ in }) throws -> Report {
        var (first, second) = (
            a.decoder.embeddings(try a.step(tokens)), b.decoder.embeddings(try b.step(tokens))
        )
        let embedding = RowDifference(first, second)
        var layers: [LayerDifference] = []
        for layer in 0..<a.configuration.layerCount {
            let own = try LayerRun(a, layer: layer, first, tokens)
            let injected = try LayerRun(b, layer: layer, first, tokens)
            let accumulated = try LayerRun(b, layer: layer, second, tokens)
            layers.append(
                LayerDifference(
                    layer: layer, accumulated: LayerOutcome(own, accumulated),
                    injected: LayerOutcome(own, injected)))
            (first, second) = (own.state, accumulated.state)
            try progress(layer + 1)
        }
        return Report(
            tokens: tokens.count, embedding: embedding, layers: layers, logits: try logits(first, second))
    }

    /// Compares the predictions, in pieces of rows: a vocabulary's logits are large.
    private func logits(_ first: Tensor, _ second: Tensor) throws -> LogitDifference {
        let (states, others) = (
            a.decoder.normalized(first, a.operations), b.decoder.normalized(second, b.operations)
        )
        let size = max(1, ChunkRunner.logitBytes / (a.configuration.vocabularySize * 4))
        var rows: [LogitRowDifference] = []
        for start in stride(from: 0, to: states.shape[0], by: size) {
            let range = start..<min(start + size, states.shape[0])
            rows += try LogitRowDifference.all(
                a.decoder.logits(states.slice(range), a.operations),
                b.decoder.logits(others.slice(range), b.operations))
        }
        return LogitDifference(rows)
    }
}
