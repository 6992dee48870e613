import Files
import Generation
import Models
import Tensors
import Tokenizers

/// Runs a model over a text and sees how much the columns of its matrices matter.
///
/// Prediction layers run too, on the tokens that follow. Latent attention takes the form in which its stored matrices are
/// multiplied as their rows lie: absorbed where they are split by head and use, expanded where they are one.
package struct ImportanceRun {
    private let model: LanguageModel
    private let chunks: TokenChunks
    private let dataset: String
    private let collector: ImportanceCollector
    private let operations: any Operations
    private let form: LatentForm
    /// The head, if it is looked at.
    private let head: Weight?

    /// Tokens that go through the model at once, unless one piece has more: mixtures do better with many.
    private static let tokensAtOnce = 2048

    /// - Parameters:
    ///   - chunks: the text.
    ///   - dataset: what the text is called.
    ///   - processesOutput: whether the head is looked at too, as llama.cpp's tool does only when asked to.
    /// - Throws: `InputError` if experts are not all in memory.
    package init(_ model: LanguageModel, _ chunks: TokenChunks, dataset: String, processesOutput: Bool) throws {
        guard model.decoder.expertStore == nil else {
            throw InputError(
                .invalidValue, source: "command line", field: "--expert-memory", found: "found it given",
                expected: "a mapped file, whose experts keep their places", advice: "leave it out")
        }
        self.model = model
        self.chunks = chunks
        self.dataset = dataset
        let splits = ImportanceRun.splitsExpansions(model)
        form = splits ? .absorbed : .expanded
        let weights = model.decoder.namedWeights(splitsExpansions: splits)
        head = processesOutput ? weights.first { $0.layer == nil }?.weight : nil
        let collector = ImportanceCollector(weights, pool: .shared)
        self.collector = collector
        operations = ObservedOperations(model.operations) { collector.observe($0) }
    }

    /// Whether a GGUF file of the model has the expansions of latent attention by head and use: safetensors, which have
    /// them in one, are converted so.
    private static func splitsExpansions(_ model: LanguageModel) -> Bool {
        guard case .latent(let latent) = model.configuration.attention else { return true }
        return latent.isExpansionSplit || model.checkpoint.format == .safetensors
    }

    /// Reads the text.
    /// - Parameter progress: called with the tokens done, after every step; what it throws ends the work.
    /// - Throws: `InputError` for tokens that are not the model's.
    package func read(progress: (_ tokens: Int, _ soFar: () throws -> ImportanceMatrix) throws -> Void) throws {
        let atOnce = max(ImportanceRun.tokensAtOnce / chunks.length, 1)
        for first in stride(from: 0, to: chunks.count, by: atOnce) {
            let end = min(first + atOnce, chunks.count)
            try read((first..<end).map { chunks.input($0) })
            try progress(end * chunks.length) { try matrix(chunks: end) }
        }
    }

    /// What the whole text says.
    package func matrix() throws -> ImportanceMatrix { try matrix(chunks: chunks.count) }

    private func matrix(chunks count: Int) throws -> ImportanceMatrix {
        var matrix = ImportanceMatrix(path: dataset)
        for (name, entry) in collector.entries { try matrix.add(name, entry) }
        (matrix.datasets, matrix.chunkCount, matrix.chunkLength) = ([dataset], count, chunks.length)
        return matrix
    }

    private func read(_ pieces: [[Int32]]) throws {
        var (pieces, states) = (pieces, try model.decoder(try step(pieces)))
        // What the head makes of the states is not needed, and large.
        if let head { collector.observe([ObservedProduct([head], states)]) }
        for depth in 0..<model.decoder.predictionDepth where chunks.length > depth + 1 {
            // A prediction layer sees each state but a piece's last, together with the token after it.
            let length = pieces[0].count
            states = operations.gatherRows(
                states, (0..<Int32(pieces.count * length)).filter { ($0 + 1) % Int32(length) != 0 })
            pieces = pieces.map { Array($0.dropFirst()) }
            states = try model.decoder.predict(depth: depth, after: states, try step(pieces))
        }
    }

    private func step(_ pieces: [[Int32]]) throws -> Step {
        try model.decoder.step(
            pieces.map { .init(tokens: $0, cache: nil, firstPosition: 0) }, operations: operations, form: form)
    }
}
