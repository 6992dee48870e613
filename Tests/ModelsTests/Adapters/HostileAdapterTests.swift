import Files
import Foundation
import TestSupport
import Testing

@testable import Checkpoints
@testable import Models
@testable import Tensors

/// Adapters that do not fit their model.
@Suite struct HostileAdapterTests {
    private func read(
        _ pairs: [(name: String, a: Tensor, b: Tensor)], for model: String = "text/llama-mha", rank: Int = 2
    ) throws -> Adapter {
        let folder = try Fixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let configuration = AdapterConfiguration(rank: rank, alpha: 4, isRankStabilized: false)
        try StoredAdapter.write(pairs, configuration, targets: [], to: folder)
        return try Adapter(AdapterSource(path: folder), for: openCheckpoint(at: Fixture.path(model)))
    }

    private func zeros(_ rows: Int, _ columns: Int) -> Tensor {
        Tensor([Float](repeating: 0, count: rows * columns), shape: [rows, columns])
    }

    @Test func fittingPairsAreTaken() throws {
        let adapter = try read([("model.layers.2.self_attn.q_proj", zeros(2, 64), zeros(64, 2))])
        #expect(adapter.pairs.map(\.module.role) == [.query])
    }

    static let names: [String] = [
        "model.layers.3.self_attn.q_proj", "model.layers.-1.self_attn.q_proj", "layers.0.self_attn.q_proj",
        "model.embed_tokens", "model.norm", "model.layers.0.mlp.experts.0.up_proj", "", "model.layers.0.self_attn",
    ]

    @Test(arguments: names) func unknownModulesAreNamed(_ name: String) {
        let error = #expect(throws: InputError.self) { try read([(name, zeros(2, 64), zeros(64, 2))]) }
        #expect(error?.field == "base_model.model.\(name).lora_A.weight" && error?.kind == .unsupported)
    }

    static let shapes: [[Int]] = [[2, 63, 64, 2], [2, 64, 65, 2], [3, 64, 64, 2], [2, 64, 64, 3], [3, 64, 64, 3]]

    @Test(arguments: shapes) func shapesMustFit(_ shape: [Int]) {
        let pair = (
            name: "model.layers.0.self_attn.q_proj", a: zeros(shape[0], shape[1]), b: zeros(shape[2], shape[3])
        )
        let error = #expect(throws: InputError.self) { try read([pair]) }
        #expect(error?.kind == .wrongShape)
    }

    @Test func valuesMustBeFinite() {
        for value in [Float.nan, .infinity] {
            let b = zeros(64, 2)
            b.withMutableFloats { $0[5] = value }
            let error = #expect(throws: InputError.self) {
                try read([("model.layers.0.self_attn.q_proj", zeros(2, 64), b)])
            }
            #expect(error?.kind == .invalidValue)
        }
    }

    @Test func tiedHeadsAreRefused() {
        let error = #expect(throws: InputError.self) {
            try read([("lm_head", zeros(2, 64), zeros(256, 2))], for: "text/llama3-tied")
        }
        #expect(error?.found.contains("embeddings") == true)
    }
}
