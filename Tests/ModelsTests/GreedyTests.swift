import Checkpoints
import Files
import Models
import Tensors
import TestSupport
import Testing

/// How a prompt reaches the decoder; the numbers must be the same.
enum Feeding: String, CaseIterable, Sendable {
    case whole, tokenByToken, chunks, withoutCache

    func pieces(_ tokens: [Int32]) -> [[Int32]] {
        let size = self == .tokenByToken ? 1 : self == .chunks ? 5 : tokens.count
        return stride(from: 0, to: tokens.count, by: size).map { Array(tokens[$0..<min($0 + size, tokens.count)]) }
    }
}

/// Greedy continuation of a recorded prompt.
struct GreedyRun {
    let decoder: Decoder
    let operations: any Operations
    var form = LatentForm.automatic
    var elementType = ElementType.f32
    var rowsPerPage = 8

    /// The logits of every prompt position, and behind each of the `expected` tokens, which are fed back whatever comes
    /// out, so that one wrong token does not make all others wrong.
    func logits(_ prompt: [Int32], expected: [Int32], _ feeding: Feeding) throws -> (prompt: [Float], greedy: [Float]) {
        if feeding == .withoutCache { return try uncached(prompt, expected) }
        let layout = decoder.cacheLayout(elementType: elementType, rowsPerPage: rowsPerPage)
        let cache = KeyValueCache(pool: KeyValuePool(layout: layout))
        var fed: [Float] = []
        for piece in feeding.pieces(prompt) { fed += try run(piece, cache) }
        var greedy = Array(fed.suffix(decoder.configuration.vocabularySize))
        for token in expected.dropLast() { greedy += try run([token], cache) }
        return (fed, greedy)
    }

    private func uncached(_ prompt: [Int32], _ expected: [Int32]) throws -> (prompt: [Float], greedy: [Float]) {
        let all = try run(prompt + expected.dropLast(), nil)
        let split = prompt.count * decoder.configuration.vocabularySize
        return (Array(all[..<split]), Array(all[(split - decoder.configuration.vocabularySize)...]))
    }

    private func run(_ tokens: [Int32], _ cache: KeyValueCache?) throws -> [Float] {
        let step = try decoder.step([.init(tokens: tokens, cache: cache)], operations: operations, form: form)
        return decoder.logits(try decoder(step), operations).floats
    }
}

/// The operations that every golden runs under.
enum OperationsChoice: String, CaseIterable, Sendable {
    case reference, cpu

    var operations: any Operations {
        get throws {
            switch self {
            case .reference: ReferenceOperations()
            case .cpu: try CPUOperations()
            }
        }
    }
}

struct GreedyTests {
    @Test(arguments: GoldenModel.names, Feeding.allCases)
    func continuations(name: String, feeding: Feeding) throws {
        let model = try GoldenModel(name)
        for choice in OperationsChoice.allCases {
            for form in [LatentForm.automatic, .absorbed, .expanded] {
                for prompt in try model.prompts() {
                    let run = GreedyRun(decoder: model.decoder, operations: try choice.operations, form: form)
                    let result = try run.logits(prompt.tokens, expected: prompt.greedy, feeding)
                    let place = "\(name).\(prompt.name), \(choice), \(form)"
                    try expect(result.prompt, equals: model, prompt.name + ".logits", place)
                    try expect(result.greedy, equals: model, prompt.name + ".greedy_logits", place)
                    let width = model.decoder.configuration.vocabularySize
                    let tokens = stride(from: 0, to: result.greedy.count, by: width).map {
                        largest(result.greedy[$0..<$0 + width])
                    }
                    #expect(tokens == prompt.greedy, "\(place)")
                }
            }
        }
    }

    private func expect(_ found: [Float], equals model: GoldenModel, _ name: String, _ place: String) throws {
        let error = relativeError(found, try model.recorded.tensor(name).floats)
        #expect(error < 1e-4, "\(place), \(name): \(error)")
    }
}
