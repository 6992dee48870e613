import Models
import Tensors

/// Learning from text: every token from those before it.
package struct NextTokenObjective<Source: BatchSource>: LearningObjective {
    private var source: Source
    private let validation: [TrainingSequence]
    private let loss: NextTokenLoss
    private let sizes: BatchSizes

    /// - Parameters:
    ///   - source: what to learn from.
    ///   - validation: what is only looked at.
    package init(_ source: Source, validation: [TrainingSequence] = [], loss: NextTokenLoss, sizes: BatchSizes) {
        (self.source, self.validation, self.loss, self.sizes) = (source, validation, loss, sizes)
    }

    package var position: Source.Position { source.position }

    package mutating func move(to position: Source.Position) throws { try source.move(to: position) }

    package mutating func addGradients(
        of model: LearningModel, step: Int, to gradients: Gradients
    ) throws -> StepReport {
        let batch = try source.next(sizes.sequences(step: step, tokens: model.tokens))
        let sums = try sum(batch, model, addingTo: gradients)
        return StepReport(
            loss: sums.loss, tokens: batch.reduce(0) { $0 + $1.tokens.count },
            measures: sums.predictionLoss.map { [("predictionLoss", $0)] } ?? [])
    }

    package func evaluate(_ model: LearningModel) throws -> [(name: String, value: Double)] {
        guard !validation.isEmpty else { return [] }
        let sums = try sum(validation, model)
        return [("validationLoss", sums.loss)]
            + (sums.predictionLoss.map { [("validationPredictionLoss", $0)] } ?? [])
    }

    /// Over a batch in pieces of the size that fits into memory.
    private func sum(
        _ batch: [TrainingSequence], _ model: LearningModel, addingTo gradients: Gradients? = nil
    ) throws -> NextTokenLoss.Sums {
        let totals = loss.targetCounts(batch, model.decoder)
        var sums = NextTokenLoss.Sums(layers: totals.count)
        for start in stride(from: 0, to: batch.count, by: sizes.sequencesAtOnce) {
            let part = Array(batch[start..<min(start + sizes.sequencesAtOnce, batch.count)])
            sums.add(try loss(part, model, totals: totals, addingTo: gradients))
        }
        return sums
    }
}

/// How many sequences make a step, and how many of them are computed at once: the section `batch` of a recipe.
package struct BatchSizes: Sendable, Equatable {
    package var schedule: BatchSchedule
    /// Fewer need less memory; results are equal up to rounding.
    package var sequencesAtOnce: Int

    package init(sequences: Int, sequencesAtOnce: Int? = nil) {
        schedule = BatchSchedule(sequences: sequences)
        self.sequencesAtOnce = min(sequencesAtOnce ?? sequences, sequences)
    }

    /// - Throws: `InputError` for a number that is no size.
    package init(_ section: RecipeSection) throws {
        schedule = try BatchSchedule(section)
        let most = max(schedule.first, schedule.last)
        sequencesAtOnce = try section.integer("sequencesAtOnce", in: 1...1_000_000, default: most)
    }

    /// The sequences of step number `step`, from 0, before which `tokens` were learned from.
    package func sequences(step: Int, tokens: Int) -> Int { schedule.sequences(afterSteps: step, tokens: tokens) }
}
