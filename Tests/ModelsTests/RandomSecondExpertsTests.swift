import Checkpoints
import Files
import TestSupport
import Testing

@testable import Models
@testable import Tensors

/// GShard's second experts, left out at random.
struct RandomSecondExpertsTests {
    private static let rows = 4000
    private static let tokens = (0..<rows).map { Int32($0 * 37 % 251) }
    private static var whole: [Step.Span] { [Step.Span(rows: 0..<rows, firstPosition: 0, cache: nil)] }

    private static func weights(_ second: Float) -> Tensor {
        Tensor((0..<rows).flatMap { $0 % 2 == 0 ? [1 - second, second] : [second, 1 - second] }, shape: [rows, 2])
    }

    @Test(arguments: [0.0, 0.05, 0.2, 0.4, 0.5] as [Float]) func twiceTheWeightIsTheProbability(_ second: Float) throws
    {
        let seconds = RandomSecondExperts(key: 9)
        let dropped = seconds.dropped(Self.weights(second), layer: 1, tokens: Self.tokens, Self.whole)
        let mask = dropped ?? [Bool](repeating: false, count: 2 * Self.rows)
        let (expected, count) = (Double(1 - 2 * second), mask.count(where: \.self))
        #expect(
            abs(Double(count) - expected * 4000) <= 5 * (4000 * expected * (1 - expected)).squareRoot() + 1e-3)
        // Never the first one; of equals the one behind.
        for row in 0..<Self.rows {
            let first = 2 * row + (row % 2 == 0 || second == 0.5 ? 0 : 1)
            #expect(!mask[first])
        }
    }

    @Test func drawsAreTheirOwn() throws {
        func mask(_ key: UInt64, layer: Int) throws -> [Bool] {
            try #require(
                RandomSecondExperts(key: key).dropped(
                    Self.weights(0.25), layer: layer, tokens: Self.tokens, Self.whole))
        }
        let all = try [mask(1, layer: 1), mask(2, layer: 1), mask(1, layer: 2)]
        #expect(Set(all).count == 3)
        #expect(try mask(1, layer: 1) == all[0])
        // About half of two masks agree, as of coins.
        #expect((1500...2500).contains(zip(all[0], all[1]).count { $0 && $1 } * 2))
    }

    /// A sequence draws alike whatever stands beside it.
    @Test func piecesDrawAsTheWhole() throws {
        let seconds = RandomSecondExperts(key: 4)
        let spans = [0..<1000, 1000..<1500, 1500..<4000].map { Step.Span(rows: $0, firstPosition: 0, cache: nil) }
        let weights = Self.weights(0.25)
        let whole = try #require(seconds.dropped(weights, layer: 2, tokens: Self.tokens, spans))
        let parts = try spans.flatMap { span in
            let own = [Step.Span(rows: 0..<span.rows.count, firstPosition: 0, cache: nil)]
            return try #require(
                seconds.dropped(weights.slice(span.rows), layer: 2, tokens: Array(Self.tokens[span.rows]), own))
        }
        #expect(whole == parts)
    }

    @Test func capacityIsLeftToTheOthers() {
        let scores = Tensor([0.9, 0.5, 0.1, 0.2, 0.8, 0.4, 0.2, 0.1, 0.7, 0.6, 0.2, 0.3], shape: [3, 4])
        let span = [Step.Span(rows: 0..<3, firstPosition: 0, cache: nil)]
        // Device 0 is wanted six times and takes three: without two of them, one more has to go.
        let capacity = ExpertCapacity(factor: 1, devices: 2)
        let others = [false, true, false, false, false, true]
        let dropped = capacity.dropped(scores, [0, 1, 0, 1, 0, 1], span, besides: others)
        #expect(dropped == [false, true, false, true, false, true])
        let loose = ExpertCapacity(factor: 2, devices: 2)
        #expect(loose.dropped(scores, [0, 1, 0, 1, 0, 1], span, besides: others) == others)
    }

    private func decoder() throws -> Decoder {
        let original = try openCheckpoint(at: Fixture.path("text/deepseek-moe"))
        var changed = ChangedCheckpoint(original)
        let fields: [String: JSONValue] = ["num_experts_per_tok": .integer(2), "isobath_routing": .string("gshard")]
        let kept = original.fields.members.filter { fields[$0.key] == nil }
        changed.fields = JSONObject(kept + fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        return try Decoder(changed)
    }

    /// Of a step that leaves out some, the rows before the first one are those of a step that leaves out none.
    @Test func stepsLeaveThemOut() throws {
        let decoder = try decoder()
        let tokens: [Int32] = (0..<24).map { $0 * 11 % 256 }
        func hidden(_ seconds: RandomSecondExperts?) throws -> [Float] {
            var step = try decoder.step([.init(tokens: tokens, cache: nil)], operations: ReferenceOperations())
            step.secondExperts = seconds
            return try decoder(step).floats
        }
        let (plain, thinned) = (try hidden(nil), try hidden(RandomSecondExperts(key: 1)))
        #expect(thinned != plain && thinned.allSatisfy(\.isFinite))
        #expect(try hidden(RandomSecondExperts(key: 1)) == thinned)
        #expect(try hidden(RandomSecondExperts(key: 2)) != thinned)
    }
}
