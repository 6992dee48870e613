import Checkpoints
import Models
import Tensors
import TestSupport
import Testing

/// Tokens that go through the decoder together give the bits that they give one by one: what checking guesses rests on.
struct StepSizeTests {
    static let models = ["llama-gqa", "qwen3-yarn", "deepseek-moe", "v2", "v2-lite", "v3", "v3-fp8", "v3-k256"]
    /// Two formats with rows of blocks of 32 and 256; the latter are wide enough for every integer kernel.
    static let quantized = [
        "llama-mha-Q4_K_M", "llama-mha-IQ4_XS", "v2-lite-joined-Q8_0", "v3-k256-Q4_K_M", "v3-k256-Q3_K_M",
        "v3-k256-Q2_K",
        "v3-k256-IQ4_XS",
    ]

    private static let start: [Int32] = [5, 9, 200, 31, 7, 7, 64, 1, 90, 18, 3]

    /// The logits of tokens after `start`, `size` at a time, in the form that single tokens take.
    private func logits(
        _ decoder: Decoder, _ operations: any Operations, size: Int, _ type: ElementType, _ form: LatentForm
    ) throws -> [Float] {
        let layout = decoder.cacheLayout(elementType: type, rowsPerPage: 16)
        let cache = KeyValueCache(pool: KeyValuePool(layout: layout))
        func feed(_ tokens: [Int32], _ form: LatentForm) throws -> [Float] {
            let step = try decoder.step([.init(tokens: tokens, cache: cache)], operations: operations, form: form)
            return decoder.logits(try decoder(step), operations).floats
        }
        _ = try feed(Self.start, form)
        let tokens = (0..<34).map { Int32($0 * 37 % 256) }
        return try stride(from: 0, to: tokens.count, by: size).flatMap { first in
            try feed(Array(tokens[first..<min(first + size, tokens.count)]), decoder.formOfSingleTokens(form))
        }
    }

    @Test(arguments: models, KeyValueLayout.elementTypes)
    func logitsDoNotDependOnIt(name: String, type: ElementType) throws {
        let decoder = try GoldenModel(name).decoder
        // The reference has one path for all types, and is slow.
        for choice in type == .f32 ? OperationsChoice.allCases : [.cpu] {
            for form in LatentForm.allCases {
                let single = try logits(decoder, try choice.operations, size: 1, type, form)
                for size in [2, 9, 34] {
                    #expect(try logits(decoder, try choice.operations, size: size, type, form) == single, "\(size)")
                }
            }
        }
    }

    /// From 12 rows on, a product unpacks its weight first.
    @Test(arguments: quantized)
    func integerProductsDoNotDependOnIt(name: String) throws {
        let decoder = try Decoder(try openCheckpoint(at: Fixture.path("gguf/\(name).gguf")))
        let operations = try CPUOperations(arithmetic: .eightBit)
        for form in LatentForm.allCases {
            let single = try logits(decoder, operations, size: 1, .f16, form)
            for size in [2, 5, 12, 34] { #expect(try logits(decoder, operations, size: size, .f16, form) == single) }
        }
    }
}
