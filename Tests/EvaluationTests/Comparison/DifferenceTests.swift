import Checkpoints
import Files
import Foundation
import Generation
import Tensors
import TestSupport
import Testing

@testable import Evaluation

struct DifferenceTests {
    private func tensor(_ values: [Float], rows: Int) -> Tensor {
        Tensor(values, shape: [rows, values.count / rows])
    }

    @Test func rowsCountAlike() {
        // A row of equal values, one with half of the length, and one at a right angle.
        let a = tensor([3, 4, 300, 400, 1, 0], rows: 3)
        let b = tensor([3, 4, 150, 200, 0, 1], rows: 3)
        let difference = RowDifference(a, b)
        #expect(abs(difference.relativeError - (0.5 + 2.0.squareRoot()) / 3) < 1e-12)
        #expect(abs(difference.cosine - 2.0 / 3) < 1e-12)
    }

    @Test func rowsOfZerosAreNoDivision() {
        let (zeros, ones) = (tensor([0, 0], rows: 1), tensor([1, 1], rows: 1))
        #expect(RowDifference(zeros, zeros).relativeError == 0 && RowDifference(zeros, zeros).cosine == 1)
        #expect(RowDifference(zeros, ones).relativeError == 1 && RowDifference(zeros, ones).cosine == 0)
        #expect(RowDifference(ones, zeros).relativeError == 1 && RowDifference(ones, zeros).cosine == 0)
    }

    @Test func predictionsAreComparedAsProbabilities() throws {
        let (a, b): ([Float], [Float]) = ([1, 2, 3, -50], [2, 2.5, 4.25, -80])
        let rows = try LogitRowDifference.all(tensor(a + a, rows: 2), tensor(b + a, rows: 2))
        func probabilities(_ logits: [Float]) -> [Double] {
            let sum = logits.reduce(0) { $0 + exp(Double($1)) }
            return logits.map { exp(Double($0)) / sum }
        }
        let expected = zip(probabilities(a), probabilities(b)).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
        // Exponentials in f32.
        #expect(abs(rows[0].divergence - expected) < 1e-6 && rows[0].agrees && rows[0].largest == 30)
        #expect(rows[1] == LogitRowDifference(divergence: 0, agrees: true, meanSquare: 0, largest: 0))
        let all = LogitDifference(rows)
        #expect(all.tokens == 2 && isClose(all.divergence, rows[0].divergence / 2, 1e-12) && all.agreement == 1)
        #expect(all.largestDivergence == rows[0].divergence && all.largest == 30)
        #expect(isClose(all.rootMeanSquare, (rows[0].meanSquare / 2).squareRoot(), 1e-12))
    }

    @Test(arguments: [[Float.nan, 0], [.infinity, 0], [0, -.infinity]])
    func logitsThatAreNoNumbersAreRefused(_ values: [Float]) {
        #expect(throws: InputError.self) {
            try LogitRowDifference.all(tensor([1, 1], rows: 1), tensor(values, rows: 1))
        }
    }
}

struct WeightComparisonTests {
    private func model(_ path: String) throws -> LanguageModel { try LanguageModel(path: Fixture.path(path)) }

    @Test(arguments: ["text/v3-fp8", "text/v3", "gguf/v3-k256-Q3_K_M.gguf", "gguf/deepseek-moe.gguf"])
    func weightsDoNotDifferFromThemselves(_ path: String) throws {
        let model = try model(path)
        var done: [Int] = []
        let weights = try WeightComparison(model, model) { done.append($0) }
        #expect(weights.tensors.allSatisfy { $0.relativeError == 0 && $0.squares > 0 } && weights.unpaired.isEmpty)
        #expect(weights.worst(10).isEmpty && done.last == WeightComparison.valueCount(model) && done == done.sorted())
    }

    @Test func errorsAreThoseOfTheValues() throws {
        let (a, b) = (try model("gguf/llama-mha.gguf"), try model("gguf/llama-mha-Q3_K_M.gguf"))
        let weights = try WeightComparison(a, b)
        for tensor in weights.tensors {
            let values = try #require(a.checkpoint.entry(named: tensor.name)).tensor.decoded().floats
            let others = try #require(b.checkpoint.entry(named: tensor.name)).tensor.decoded().floats
            let error = zip(values, others).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
            let squares = values.reduce(0.0) { $0 + pow(Double($1), 2) }
            // The sums are made in another order.
            #expect(abs(tensor.relativeError - (error / squares).squareRoot()) < 1e-9 && tensor.count == values.count)
        }
        let module = try #require(weights.modules.first { $0.name == "blk.*.ffn_down.weight" })
        #expect(module.tensors == a.configuration.layerCount && module.relativeError > 0.001)
        let worst = weights.worst(3)
        #expect(worst.count == 3 && worst[0].relativeError == weights.tensors.map(\.relativeError).max())
    }

    @Test func containersMustBeAlike() throws {
        let error = try #require(throws: InputError.self) {
            try WeightComparison(try model("text/v3"), try model("gguf/v3.gguf"))
        }
        #expect(error.kind == .unsupported)
    }

    @Test func otherShapesAndNamesAreToldOf() throws {
        #expect(throws: InputError.self) {
            try WeightComparison(try model("gguf/v3.gguf"), try model("gguf/qwen2.gguf"))
        }
        let weights = try WeightComparison(try model("gguf/v2-lite.gguf"), try model("gguf/v2-lite-joined-Q8_0.gguf"))
        #expect(
            weights.unpaired.contains("blk.0.attn_k_b.weight") && weights.unpaired.contains("blk.0.attn_kv_b.weight"))
    }
}
