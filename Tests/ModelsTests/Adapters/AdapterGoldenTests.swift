import Checkpoints
import TestSupport
import Testing

@testable import Models
@testable import Tensors

/// Quantized models with trained adapters: transformers recorded the logits of the merged ones (`Scripts/compare-adapter`).
@Suite struct AdapterGoldenTests {
    static let names = ["llama-mha-Q4_K_M", "v3-k256-Q4_K_M"]

    private static var operations: [any Operations] {
        [ReferenceOperations(), CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), arithmetic: .exact)]
    }

    @Test(arguments: names) func logitsAreThoseOfTransformers(_ name: String) throws {
        let golden = try RecordedTensors(path: Fixture.path("adapters/\(name)/logits"))
        let tokens = try #require(golden.description["tokens"]?.array).compactMap(\.integer).map { Int32($0) }
        let expected = try golden.tensor("logits").floats
        let largest = expected.map(abs).max() ?? 0
        let checkpoint = try openCheckpoint(at: Fixture.path("gguf/\(name).gguf"))
        let adapter = try Adapter(AdapterSource(path: Fixture.path("adapters/\(name)")), for: checkpoint)
        func error(_ decoder: Decoder, _ operations: any Operations, _ form: LatentForm) throws -> Float {
            let step = try decoder.step([.init(tokens: tokens, cache: nil)], operations: operations, form: form)
            let logits = decoder.logits(try decoder(step), operations).floats
            return zip(logits, expected).map { abs($0 - $1) }.max() ?? .infinity
        }
        let decoder = try Decoder(checkpoint, adapter: adapter)
        for operations in Self.operations {
            for form in LatentForm.allCases {
                #expect(try error(decoder, operations, form) <= 1e-4 * max(largest, 1))
            }
        }
        #expect(try error(Decoder(checkpoint), ReferenceOperations(), .automatic) > 0.1)
    }
}
