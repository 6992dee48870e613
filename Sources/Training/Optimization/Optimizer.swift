import Files
import Tensors

/// Changes all parameters of a model by their gradients, and remembers of each what its rule needs.
///
/// The numbers do not depend on how many threads there are. A copy shares the remembered tensors.
package struct Optimizer: Sendable {
    /// What is remembered of one parameter.
    private enum State: Sendable {
        case adamW(AdamW.Moments)
        case muon(momentum: Tensor)
    }

    package let settings: OptimizerSettings
    package let parameters: [TrainedParameter]
    /// How many times `update` was called: what AdamW's corrections count.
    package private(set) var steps = 0
    private let states: [State]
    private let operations: any Operations
    private let pool: ThreadPool

    /// Values of a parameter that a thread takes at a time.
    private static let valuesAtOnce = 1 << 16

    /// - Parameter operations: what multiplies Muon's matrices; exact ones.
    package init(
        _ settings: OptimizerSettings, _ parameters: [TrainedParameter], operations: any Operations,
        pool: ThreadPool = .shared
    ) {
        (self.settings, self.parameters, self.operations, self.pool) = (settings, parameters, operations, pool)
        states = parameters.map { parameter in
            let (shape, type) = (parameter.tensor.shape, settings.moments.type)
            return settings.kind == .muon && parameter.kind == .matrix
                ? .muon(momentum: Tensor(zeros: shape, type: type)) : .adamW(AdamW.Moments(shape, type: type))
        }
    }

    // MARK: Steps

    /// Shortens gradients, in place, that are longer together than the settings allow.
    /// - Returns: their length before; if that is no finite number, nothing is changed.
    package func clip(_ gradients: [Tensor]) -> Double {
        settings.clip.map { GradientNorm.clip(gradients, to: $0) } ?? GradientNorm.norm(of: gradients)
    }

    /// Changes every parameter by its gradient.
    /// - Parameter gradients: one for each of `parameters`, of the same shape; zeros where the loss does not depend on it.
    package mutating func update(_ gradients: [Tensor], rate: Double) {
        precondition(gradients.count == parameters.count, "a gradient for each parameter")
        steps += 1
        let runs = elementwise(gradients, rate: rate)
        pool.parallelChunks(count: runs.count) { runs[$0]() }
        let matrices = orthogonal(gradients, rate: rate)
        // Many small matrices are shared out; of a few, each product is.
        if matrices.count >= 4 * pool.threads {
            pool.parallelChunks(count: matrices.count) { matrices[$0]() }
        } else {
            for matrix in matrices { matrix() }
        }
    }

    /// AdamW's part: runs of values, each for itself.
    private func elementwise(_ gradients: [Tensor], rate: Double) -> [@Sendable () -> Void] {
        let (rule, step) = (AdamW(settings.adamW), steps)
        return zip(parameters, zip(states, gradients)).flatMap { parameter, pair -> [@Sendable () -> Void] in
            guard case (.adamW(let moments), let gradient) = pair else { return [] }
            let (count, decays) = (parameter.tensor.shape.count, settings.decayed.contains(parameter.kind))
            return stride(from: 0, to: count, by: Self.valuesAtOnce).map { start in
                let range = start..<min(start + Self.valuesAtOnce, count)
                return {
                    rule.update(
                        parameter.tensor.run(range), moments.run(range), gradient: gradient.run(range), rate: rate,
                        step: step, decays: decays)
                }
            }
        }
    }

    /// Muon's part: matrices, each for itself.
    private func orthogonal(_ gradients: [Tensor], rate: Double) -> [@Sendable () -> Void] {
        let rule = Muon(settings.muon)
        return zip(parameters, zip(states, gradients)).flatMap { parameter, pair -> [@Sendable () -> Void] in
            guard case (.muon(let momentum), let gradient) = pair else { return [] }
            let decays = settings.decayed.contains(parameter.kind)
            let parts = [parameter.tensor, momentum, gradient].map(TrainedParameter.matrices)
            return parts[0].indices.map { index in
                { [operations] in
                    let kept = parts[1][index].isOwnMemory ? parts[1][index] : parts[1][index].decoded()
                    rule.update(
                        parts[0][index], kept, gradient: parts[2][index], rate: rate, decays: decays,
                        operations: operations)
                    if !parts[1][index].isOwnMemory { parts[1][index].store(kept) }
                }
            }
        }
    }

    // MARK: Memory

    /// Everything that is remembered, under the parameters' names with ".mean", ".square" or ".momentum"; with `steps`, all that
    /// `restore` needs to go on bit by bit.
    package var state: [(name: String, tensor: Tensor)] {
        zip(parameters, states).flatMap { parameter, state in
            switch state {
            case .adamW(let moments):
                [(parameter.name + ".mean", moments.mean), (parameter.name + ".square", moments.square)]
            case .muon(let momentum): [(parameter.name + ".momentum", momentum)]
            }
        }
    }

    /// Takes what another optimizer of the same settings and parameters remembered.
    /// - Parameter tensor: the tensor of a name of `state`.
    /// - Throws: `InputError` naming one that is missing or does not fit; parts may be restored by then.
    package mutating func restore(steps: Int, source: String, _ tensor: (String) -> Tensor?) throws {
        for (name, own) in state {
            guard let saved = tensor(name), saved.shape == own.shape, saved.elementType == own.elementType else {
                throw InputError(
                    .wrongShape, source: source, field: name, found: "found no such state of the optimizer",
                    expected: "\(own.elementType.rawValue) values of the shape \(own.shape)",
                    advice: "resume with the recipe that the run was started with")
            }
            own.copyBytes(of: saved)
        }
        self.steps = steps
    }
}
