import Files
import Foundation
import TestSupport
import Testing

@testable import Training

/// Runs in which chance decides what is left out: the same whenever and however a step is taken.
@Suite struct ChanceTests {
    private static let gshard = """
        model:
          initialization: {deviation: 0.1}
          configuration:
            model_type: deepseek
            vocab_size: 256
            hidden_size: 32
            intermediate_size: 48
            moe_intermediate_size: 16
            num_hidden_layers: 2
            num_attention_heads: 2
            num_key_value_heads: 2
            first_k_dense_replace: 0
            moe_layer_freq: 1
            n_routed_experts: 4
            n_shared_experts: null
            num_experts_per_tok: 2
            norm_topk_prob: false
            scoring_func: softmax
            isobath_routing: gshard
            max_position_embeddings: 64

        """

    private static let settings = """
        seed: 3
        steps: 8
        batch: {sequences: 4}
        rate: {top: 3e-3}
        checkpoints: {every: 4, keep: 2}
        evaluation: {every: 1}

        """

    private static func fixtures() throws -> [String: RunFixture] {
        let path = Fixture.path("text/v3")
        return [
            "second experts": try RunFixture(settings + "balance: {randomSecond: true}", model: gshard),
            "adapter": try RunFixture(
                settings + "adapter: {rank: 2, dropout: 0.3}", model: "model: {from: \"\(path)\"}"),
        ]
    }

    static let kinds = ["second experts", "adapter"]

    @Test(arguments: kinds) func resumedRunsHaveTheSameBits(_ kind: String) throws {
        let fixture = try #require(Self.fixtures()[kind])
        defer { fixture.remove() }
        _ = try fixture.run("whole").train()
        _ = try fixture.run("parts").train(until: 3)
        _ = try fixture.run("parts", threads: 3).train()
        #expect(try fixture.lastCheckpoint("whole") == fixture.lastCheckpoint("parts"))
        #expect(try fixture.lines("whole") == fixture.lines("parts"))
        // Computing layers again draws the same; other files only say that it was asked for.
        _ = try fixture.run("again", [("memory.recomputesLayers", "true")]).train()
        #expect(try fixture.lines("whole") == fixture.lines("again"))
    }

    /// What is left out is left out of learning, from the first step on, and of nothing else.
    @Test(arguments: kinds) func evaluationIsWhole(_ kind: String) throws {
        let fixture = try #require(Self.fixtures()[kind])
        defer { fixture.remove() }
        let path = kind == "adapter" ? "adapter.dropout" : "balance.randomSecond"
        let off = kind == "adapter" ? "0" : "false"
        let changes = [("rate.top", "0"), ("steps", "3")]
        _ = try fixture.run("on", changes).train()
        _ = try fixture.run("off", changes + [(path, off)]).train()
        let (on, off2) = (try fixture.metrics("on"), try fixture.metrics("off"))
        #expect(on.compactMap { $0["validationLoss"] } == off2.compactMap { $0["validationLoss"] })
        // B is 0 at first, so that what goes into A does not matter for the loss.
        if kind == "adapter" {
            #expect(on.map(\.loss) == off2.map(\.loss) && on[0].gradientNorm != off2[0].gradientNorm)
        } else {
            #expect(zip(on, off2).allSatisfy { $0.loss != $1.loss })
        }
    }

    /// Sequences draw their own second experts, in whatever pieces a batch is computed.
    @Test func piecesAreTheWhole() throws {
        let fixture = try #require(Self.fixtures()["second experts"])
        defer { fixture.remove() }
        for count in [1, 4] {
            _ = try fixture.run("\(count)", [("batch.sequencesAtOnce", "\(count)"), ("steps", "2")]).train()
        }
        let (one, all) = (try fixture.metrics("1"), try fixture.metrics("4"))
        for (one, all) in zip(one, all) {
            #expect(abs(one.loss - all.loss) < 1e-5 && abs(one.gradientNorm / all.gradientNorm - 1) < 1e-4)
        }
    }

    @Test func otherRoutersHaveNoSecondExpert() throws {
        let fixture = try RunFixture(Self.settings + "balance: {randomSecond: true}")
        defer { fixture.remove() }
        let path = "model.configuration.norm_topk_prob"
        let error = #expect(throws: InputError.self) { try fixture.run("run", [(path, "false")]) }
        #expect(error?.field == "balance.randomSecond")
    }
}
