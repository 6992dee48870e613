import Checkpoints
import Files
import Generation
import Tensors
import Tokenizers

/// Asks a model questions, several answers each, and has them judged.
package struct Exploration: Sendable {
    package let questions: any QuestionSource
    package let template: PromptTemplate
    package let rewards: WeightedRewards
    /// What judges steps; `nil` without process supervision.
    package let process: (any ProcessReward)?
    package let rollout: RolloutSettings
    package let tokenizer: Tokenizer
    /// Tokens that end an answer.
    let ends: Set<Int32>

    /// - Parameter checkpoint: says which tokens end an answer, beside its tokenizer.
    /// - Throws: `InputError` if a text that should end answers is not one token.
    package init(
        questions: any QuestionSource, template: PromptTemplate, rewards: WeightedRewards,
        process: (any ProcessReward)? = nil, rollout: RolloutSettings, tokenizer: Tokenizer, checkpoint: any Checkpoint
    ) throws {
        (self.questions, self.template, self.rewards, self.process) = (questions, template, rewards, process)
        (self.rollout, self.tokenizer) = (rollout, tokenizer)
        ends = try Exploration.ends(rollout, tokenizer, checkpoint)
    }

    private static func ends(
        _ settings: RolloutSettings, _ tokenizer: Tokenizer, _ checkpoint: any Checkpoint
    ) throws -> Set<Int32> {
        var ends = Set([tokenizer.endOfSequence].compactMap(\.self))
        for fields in [checkpoint.fields, checkpoint.generationFields] {
            guard let value = fields["eos_token_id"] else { continue }
            let ids = value.array?.compactMap(\.integer) ?? [value.integer].compactMap(\.self)
            ends.formUnion(ids.compactMap { Int32(exactly: $0) })
        }
        for stop in settings.stops {
            let ids = tokenizer.encode(stop, parsingSpecialTokens: true)
            guard ids.count == 1 else {
                throw InputError(
                    .unsupported, source: "stops", found: "found \(printable(stop)), which is \(ids.count) tokens",
                    expected: "texts that are one token each", advice: "choose another mark, or rely on the end token")
            }
            ends.formUnion(ids)
        }
        return ends
    }

    /// The judged answers to some questions.
    package func callAsFunction(
        _ numbers: Range<Int>, samples: Int, seed: UInt64, round: Int, by model: LearningModel
    ) throws -> [ExploredGroup] {
        let asked = numbers.map { questions[$0] }
        let requests = zip(numbers, asked).map { number, question in
            RolloutRequest(
                prompt: template.tokens(question, tokenizer),
                seeds: (0..<samples).map { DerivedSeed.seed(seed, UInt64(round), UInt64(number), UInt64($0)) })
        }
        let drawn = try Rollouts(model, rollout, ends: ends)(requests)
        let flat = zip(asked, drawn).flatMap { question, samples in samples.map { (question, $0) } }
        // Programs that judge run side by side.
        let judged = try ThreadPool.shared.map(count: flat.count) { try judge(flat[$0].1, flat[$0].0) }
        return requests.indices.map { index in
            ExploredGroup(
                prompt: requests[index].prompt, samples: Array(judged[index * samples..<(index + 1) * samples]))
        }
    }

    private func judge(_ sample: RolloutSample, _ question: Question) throws -> JudgedSample {
        let text = sample.isFinished ? sample.tokens.dropLast() : sample.tokens[...]
        let pieces = text.map { tokenizer.bytes(of: $0) ?? [] }
        let reply = Reply(
            question: question, bytes: pieces.flatMap(\.self),
            tokenBytes: pieces.map(\.count) + (sample.isFinished ? [0] : []), isFinished: sample.isFinished)
        let scores = try rewards.scores(reply)
        return JudgedSample(
            sample: sample, scores: scores, reward: rewards.total(scores), steps: try process?.scores(reply) ?? [])
    }
}

/// The answers to one question.
package struct ExploredGroup: Sendable, Equatable {
    package let prompt: [Int32]
    package let samples: [JudgedSample]

    /// Whether all answers are equally good, so that nothing can be learned from comparing them.
    var isEven: Bool { samples.allSatisfy { $0.reward == samples[0].reward } }
}

package struct JudgedSample: Sendable, Equatable {
    package let sample: RolloutSample
    /// Of each reward, unweighted.
    package let scores: [Double]
    /// Their weighted sum.
    package let reward: Double
    package let steps: [StepScore]
}
