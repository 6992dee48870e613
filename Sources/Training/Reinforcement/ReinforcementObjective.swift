import Checkpoints
import Files
import Models
import Tensors

/// Learning from rewards: draws answers to a batch of questions, has them judged, and learns from them for a number of optimizer
/// steps; then from the next. GRPO, PPO, REINFORCE++, RLOO, Dr. GRPO and DAPO by `ReinforcementSettings`.
package struct ReinforcementObjective: LearningObjective {
    package struct Position: Codable, Sendable, Equatable {
        /// Questions that were asked so far, those left out included.
        package var questions = 0
        /// Batches of answers that were drawn.
        package var batches = 0
        /// What is being learned from; `nil` between batches.
        package var batch: ExperienceBatch?
    }

    package let settings: ReinforcementSettings
    package let exploration: Exploration
    package private(set) var position = Position()
    /// What is asked to see how far the model is, and how many questions of it; `nil` for nothing.
    package var validation: (exploration: Exploration, questions: Int)?
    private let checkpoint: TrainableCheckpoint
    private let reference: ReferencePolicy?
    let scoring: AnswerScoring

    /// - Parameter checkpoint: what is trained, at its beginning: the reference is a copy of it.
    /// - Throws: `InputError` if the checkpoint is no model.
    package init(
        _ settings: ReinforcementSettings, _ exploration: Exploration, training checkpoint: TrainableCheckpoint
    ) throws {
        (self.settings, self.exploration, self.checkpoint) = (settings, exploration, checkpoint)
        reference = settings.hasReference ? try ReferencePolicy(copying: checkpoint) : nil
        var scoring = AnswerScoring(
            temperature: exploration.rollout.temperature, tokensAtOnce: settings.tokensAtOnce)
        if settings.hasCritic {
            scoring.valueHead = ValueHead(hidden: try Decoder(checkpoint).configuration.hiddenSize)
        }
        self.scoring = scoring
    }

    package var parameters: [TensorEntry] { scoring.valueHead?.entries ?? [] }
    package var memory: [TensorEntry] { reference?.entries ?? [] }

    package mutating func move(to position: Position) throws {
        if let batch = position.batch, batch.samplesPerQuestion != settings.samplesPerQuestion {
            throw InputError(
                .invalidValue, source: "the saved position",
                found: "found \(batch.samplesPerQuestion) answers a question",
                expected: "\(settings.samplesPerQuestion)", advice: "continue with the settings of the run")
        }
        self.position = position
    }

    /// "validationReward": the mean over questions that the model does not learn from, one answer each, drawn as always.
    package func evaluate(_ model: LearningModel) throws -> [(name: String, value: Double)] {
        guard let (exploration, questions) = validation, questions > 0 else { return [] }
        let groups = try exploration(0..<questions, samples: 1, seed: settings.seed, round: 0, by: model)
        let rewards = groups.flatMap { $0.samples.map(\.reward) }
        return [("validationReward", rewards.reduce(0, +) / Double(rewards.count))]
    }

    // MARK: A step

    package mutating func addGradients(
        of model: LearningModel, step: Int, to gradients: Gradients
    ) throws -> StepReport {
        var next = position
        var batch = try next.batch ?? explore(model, &next)
        let part = Array(batch.part(batch.updates % settings.miniBatches, of: settings.miniBatches))
        let (loss, tokens, measures) = try learn(part, model, to: gradients)
        batch.updates += 1
        let isDone = batch.updates >= settings.miniBatches * settings.epochsPerBatch
        let report = StepReport(
            loss: loss, tokens: tokens, measures: batch.measures.map { ($0.name, $0.value) } + measures)
        next.batch = isDone ? nil : batch
        position = next
        return report
    }

    /// Draws the next batch of answers and says what is to be learned from each.
    private func explore(_ model: LearningModel, _ next: inout Position) throws -> ExperienceBatch {
        if settings.referenceEvery > 0, next.batches > 0, next.batches.isMultiple(of: settings.referenceEvery) {
            reference?.refresh(from: checkpoint)
        }
        let (groups, all) = try groups(model, &next)
        next.batches += 1
        let samples = groups.flatMap(\.samples)
        let sequences = groups.flatMap { group in
            group.samples.map { AnsweredSequence(prompt: group.prompt, answer: $0.sample.tokens) }
        }
        let known = try reference?.logProbabilities(of: sequences, scoring, model.operations)
        let values =
            settings.hasCritic
            ? try scoring.scores(of: sequences, by: model).map(\.values) : samples.map { _ in [] }
        let judged = settings.advantages(groups, reference: known, values: values)
        let experiences = sequences.indices.map { index in
            Experience(
                sequence: sequences[index], old: samples[index].sample.logProbabilities, reference: known?[index],
                values: values[index], advantages: judged[index].advantages, returns: judged[index].returns,
                counts: settings.counts(samples[index].sample))
        }
        let measures = BatchMeasures(all, kept: groups.count, exploration.rewards, experiences).measures
        return ExperienceBatch(
            samplesPerQuestion: settings.samplesPerQuestion, experiences: experiences, measures: measures)
    }

    /// The groups to learn from, and all that were drawn for them.
    private func groups(
        _ model: LearningModel, _ next: inout Position
    ) throws -> (kept: [ExploredGroup], all: [ExploredGroup]) {
        var (kept, all, rounds) = ([ExploredGroup](), [ExploredGroup](), 0)
        repeat {
            let numbers = next.questions..<next.questions + settings.questionsPerBatch
            let drawn = try exploration(
                numbers, samples: settings.samplesPerQuestion, seed: settings.seed, round: next.batches, by: model)
            next.questions = numbers.upperBound
            rounds += 1
            all += drawn
            kept += settings.evenGroups == .keep ? drawn : drawn.filter { !$0.isEven }
        } while settings.evenGroups == .resample && kept.count < settings.questionsPerBatch
            && rounds < settings.mostRounds
        return (Array(kept.prefix(settings.questionsPerBatch)), all)
    }
}
