import Models
import Tensors

/// How a prompt reaches the decoder; the numbers must be the same.
package enum Feeding: String, CaseIterable, Sendable {
    case whole, tokenByToken, chunks, withoutCache

    func pieces(_ tokens: [Int32]) -> [[Int32]] {
        let size = self == .tokenByToken ? 1 : self == .chunks ? 5 : max(tokens.count, 1)
        return stride(from: 0, to: tokens.count, by: size).map { Array(tokens[$0..<min($0 + size, tokens.count)]) }
    }
}

/// The greedy continuation of a recorded prompt.
struct GreedyRun {
    let decoder: Decoder
    let operations: any Operations
    var form = LatentForm.automatic
    /// Few rows a page, so that short prompts fill several.
    var rowsPerPage = 8

    /// What a run computes, row by row of the vocabulary's width.
    struct Result {
        /// The logits of every prompt position.
        let prompt: [Float]
        /// The logits behind each greedy token.
        let greedy: [Float]
        let width: Int

        var tokens: [Int32] { stride(from: 0, to: greedy.count, by: width).map { largest(greedy[$0..<$0 + width]) } }
    }

    /// Feeds `expected` back whatever comes out, so that one wrong token does not make all others wrong.
    func result(_ prompt: [Int32], expected: [Int32], _ feeding: Feeding) throws -> Result {
        if feeding == .withoutCache { return try uncached(prompt, expected) }
        let layout = decoder.cacheLayout(elementType: .f32, rowsPerPage: rowsPerPage)
        let cache = KeyValueCache(pool: KeyValuePool(layout: layout))
        var fed: [Float] = []
        for piece in feeding.pieces(prompt) { fed += try run(piece, cache) }
        var greedy = Array(fed.suffix(width))
        for token in expected.dropLast() { greedy += try run([token], cache) }
        return Result(prompt: fed, greedy: greedy, width: width)
    }

    private var width: Int { decoder.configuration.vocabularySize }

    private func uncached(_ prompt: [Int32], _ expected: [Int32]) throws -> Result {
        let all = try run(prompt + expected.dropLast(), nil)
        let split = prompt.count * width
        return Result(prompt: Array(all[..<split]), greedy: Array(all[(split - width)...]), width: width)
    }

    private func run(_ tokens: [Int32], _ cache: KeyValueCache?) throws -> [Float] {
        let step = try decoder.step([.init(tokens: tokens, cache: cache)], operations: operations, form: form)
        return decoder.logits(try decoder(step), operations).floats
    }
}
