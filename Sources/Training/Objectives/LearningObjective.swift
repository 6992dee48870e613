import Checkpoints
import Files
import Foundation
import Models
import Tensors

/// The model as it stands at a step: what an objective asks for predictions, and whose parameters get gradients.
///
/// The decoder looks at the parameters that training changes (`TrainableCheckpoint`) and copies none, so that one decoder
/// serves the whole run: derivatives, roll-outs and scores are always of the newest values.
package struct LearningModel: Sendable {
    package let decoder: Decoder
    /// What computes; an objective records them itself where it needs derivatives.
    package let operations: any Operations
    /// Sees what the routers decide for tokens that are learned from; `nil` if nobody asks.
    package let routing: (any RoutingObserver)?
    /// Whether layers are computed a second time when they are derived, so that their inner values need no memory.
    package var recomputesLayers = false
    /// Tokens that were learned from in the steps before.
    package var tokens = 0
    /// What the experts of a step over so many sequences take at most, while learning; `nil` for all that come.
    package var capacity: (@Sendable (_ spans: Int) -> ExpertCapacity?)?
    /// Leaves out second experts at random, while learning; `nil` to use all that are chosen.
    package var secondExperts: RandomSecondExperts?
    /// Of what goes into an adapter's pairs, while learning; `nil` for none.
    package var dropout: Dropout?

    package init(_ decoder: Decoder, operations: any Operations, routing: (any RoutingObserver)? = nil) {
        (self.decoder, self.operations, self.routing) = (decoder, operations, routing)
    }

    /// A step that is learned from: seen by the routers' observer, and remembered on `tape`.
    func recordedStep(_ continuations: [Decoder.Continuation], on tape: Tape) throws -> Step {
        let recording = RecordingOperations(operations, tape: tape, checkpointing: recomputesLayers)
        // Pieces of a batch draw apart.
        let dropout = dropout?.keyed(continuations.reduce(0) { $0.mixed(with: $1.tokens) })
        var step = try decoder.step(
            continuations, operations: recording, form: .expanded, routing: routing, dropout: dropout)
        step.capacity = capacity?(continuations.count)
        step.secondExperts = secondExperts
        return step
    }
}

/// What a training run makes smaller, one optimizer step at a time: next-token loss, preferences, rewards.
///
/// The loop of a run, for steps from 0:
/// 1. `let report = try objective.addGradients(of: model, step: step, to: gradients)`, into fresh gradients;
/// 2. clips and updates the model's parameters, and those of `parameters` beside them, by what `gradients` knows of each;
/// 3. to save, writes the values of `parameters` (with their moments) and of `memory`, and `encodedPosition()`.
///
/// To go on, the objective is made anew from the same settings and the values that the run began with; then the tensors of
/// `parameters` and `memory` are filled with what was saved, and the position is moved. From there on it gives the same bits as
/// if it had never stopped. Nothing else is remembered: no random state but seed and position, no clock.
package protocol LearningObjective {
    /// Where learning stands: how far data were read, and what is kept from one step to the next.
    associatedtype Position: Codable, Sendable, Equatable

    /// What is trained beside the model, such as the value head of PPO; none for most. The same tensors always.
    var parameters: [TensorEntry] { get }

    /// What is remembered and not trained, such as a frozen reference; none for most. The same tensors always, `f32` in memory
    /// of the program's own.
    var memory: [TensorEntry] { get }

    var position: Position { get }

    /// - Throws: `InputError` if the position belongs to other data or settings.
    mutating func move(to position: Position) throws

    /// Adds the derivatives of this step's loss to `gradients`, and goes on by one step.
    /// - Parameter step: the number of the step, from 0; what is drawn at random depends on it, the seed, and the position.
    /// - Throws: `InputError` if data cannot be used, or the model's output is not finite. The position is then as before.
    mutating func addGradients(of model: LearningModel, step: Int, to gradients: Gradients) throws -> StepReport

    /// What the model does on data that it does not learn from: "validationLoss"; nothing for objectives that have none.
    /// - Throws: `InputError` if data cannot be used.
    func evaluate(_ model: LearningModel) throws -> [(name: String, value: Double)]
}

extension LearningObjective {
    package func evaluate(_ model: LearningModel) throws -> [(name: String, value: Double)] { [] }

    package var parameters: [TensorEntry] { [] }
    package var memory: [TensorEntry] { [] }

    /// The position as JSON, for a file that is saved with the weights. Numbers come back bit by bit.
    package func encodedPosition() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(position)
    }

    /// Moves to what `encodedPosition()` gave.
    /// - Throws: `InputError` if it is not of this kind of objective, or belongs to other data.
    package mutating func move(toEncoded data: Data) throws {
        let position: Position
        do { position = try JSONDecoder().decode(Position.self, from: data) } catch {
            throw InputError(
                .invalidValue, source: "the saved position", found: "found \(printable("\(error)", limit: 120))",
                expected: "one of \(Self.self)", advice: "continue with the recipe that the run was started with")
        }
        try move(to: position)
    }
}

/// What came of a step, in numbers.
package struct StepReport: Sendable, Equatable {
    package var loss: Double
    /// Tokens that went through the model to be learned from; those of roll-outs are a measure of their own.
    package var tokens: Int
    /// Further figures by name, in the order in which people want to read them: "reward", "length", "clipped".
    package var measures: [Measure]

    package struct Measure: Sendable, Equatable {
        package let name: String
        package let value: Double
    }

    package init(loss: Double, tokens: Int, measures: [(String, Double)] = []) {
        self.loss = loss
        self.tokens = tokens
        self.measures = measures.map { Measure(name: $0, value: $1) }
    }

    package subscript(name: String) -> Double? { measures.first { $0.name == name }?.value }
}
