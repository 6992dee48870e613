import Testing

@testable import Quantization

struct ShardPlanTests {
    @Test func filesAreFilledUpToTheLimit() {
        #expect(ShardPlan([5, 5, 5, 5], limit: 10).ranges == [0..<2, 2..<4])
        #expect(ShardPlan([5, 5, 5, 5], limit: 9).ranges == [0..<1, 1..<2, 2..<3, 3..<4])
        #expect(ShardPlan([5, 50, 5], limit: 10).ranges == [0..<1, 1..<2, 2..<3])
        #expect(ShardPlan([50, 5, 5], limit: 10).ranges == [0..<1, 1..<3])
        #expect(ShardPlan([5, 5], limit: nil).ranges == [0..<2])
        #expect(ShardPlan([], limit: 10).ranges == [0..<0])
        #expect(ShardPlan([.max, .max / 2], limit: 1).ranges == [0..<1, 1..<2])
    }

    @Test func namesCountFromOne() {
        let plan = ShardPlan([5, 5, 5], limit: 5)
        #expect(plan.name("model", ".safetensors", number: 2) == "model-00002-of-00003.safetensors")
        #expect(ShardPlan([5], limit: 5).name("model", ".safetensors", number: 1) == "model.safetensors")
    }
}
