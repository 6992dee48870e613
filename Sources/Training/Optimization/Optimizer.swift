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
    private let names: [String]
    private let states: [String: State]
    private let operations: any Operations
    private let pool: ThreadPool

    /// Values of a parameter that a thread takes at a time.
    private static let valuesAtOnce = 1 << 16

    /// - Parameters:
    ///   - parameters: all that it will change; selection biases are left to balancing.
    ///   - operations: what multiplies Muon's matrices; exact ones.
    package init(
        _ settings: OptimizerSettings, for parameters: [Parameter], operations: any Operations,
        pool: ThreadPool = .shared
    ) {
        let trained = parameters.filter { $0.kind != .selectionBias }
        (self.settings, self.operations, self.pool) = (settings, operations, pool)
        names = trained.map(\.name)
        let type = settings.moments.type
        let states = trained.map { parameter -> State in
            settings.kind == .muon && parameter.kind == .matrix
                ? .muon(momentum: Tensor(zeros: parameter.tensor.shape, type: type))
                : .adamW(AdamW.Moments(parameter.tensor.shape, type: type))
        }
        self.states = Dictionary(zip(names, states)) { first, _ in first }
    }

    // MARK: Steps

    /// Changes `parameters`, in place, and what is remembered of them. Of gradients that nothing was added to, zeros are taken.
    /// - Parameters:
    ///   - parameters: some or all of those that it was made for; others are left as they are.
    ///   - step: from 1: what AdamW's corrections count.
    package mutating func update(_ parameters: [Parameter], _ gradients: Gradients, rate: Double, step: Int) {
        var (runs, matrices) = ([Work](), [Work]())
        for parameter in parameters {
            let (gradient, decays) = (gradients[parameter.tensor], settings.decays.contains(parameter.kind))
            switch states[parameter.name] {
            case nil: continue
            case .adamW(let moments):
                runs += elementwise(parameter.tensor, moments, gradient, rate: rate, step: step, decays: decays)
            case .muon(let momentum):
                matrices += orthogonal(parameter.tensor, momentum, gradient, rate: rate, decays: decays)
            }
        }
        pool.parallelChunks(count: runs.count) { runs[$0]() }
        // Many small matrices are shared out; of a few, each product is.
        if matrices.count >= 4 * pool.threads {
            pool.parallelChunks(count: matrices.count) { matrices[$0]() }
        } else {
            for matrix in matrices { matrix() }
        }
    }

    /// A piece of a step that touches values of its own only.
    private typealias Work = @Sendable () -> Void

    /// AdamW's part: runs of values, each for itself.
    private func elementwise(
        _ parameter: Tensor, _ moments: AdamW.Moments, _ gradient: Tensor, rate: Double, step: Int, decays: Bool
    ) -> [Work] {
        let (rule, count) = (AdamW(settings.adamW), parameter.shape.count)
        return stride(from: 0, to: count, by: Self.valuesAtOnce).map { start in
            let range = start..<min(start + Self.valuesAtOnce, count)
            return {
                rule.update(
                    parameter.run(range), moments.run(range), gradient: gradient.run(range), rate: rate, step: step,
                    decays: decays)
            }
        }
    }

    /// Muon's part: matrices, each for itself. A momentum in fewer bits is rounded when the step is done.
    private func orthogonal(
        _ parameter: Tensor, _ momentum: Tensor, _ gradient: Tensor, rate: Double, decays: Bool
    ) -> [Work] {
        let rule = Muon(settings.muon)
        let parts = zip(parameter.matrices, zip(momentum.matrices, gradient.matrices))
        return parts.map { matrix, memory in
            { [operations] in
                let (stored, gradient) = memory
                let exact = stored.isOwnMemory ? stored : stored.decoded()
                rule.update(matrix, exact, gradient: gradient, rate: rate, decays: decays, operations: operations)
                if !stored.isOwnMemory { stored.store(exact) }
            }
        }
    }

    // MARK: Memory

    /// All that is remembered, under the parameters' names with ".mean", ".square" or ".momentum": a run saves it, and writes into
    /// it what another has saved.
    package var state: [(name: String, tensor: Tensor)] {
        names.flatMap { name -> [(name: String, tensor: Tensor)] in
            switch states[name] {
            case nil: []
            case .adamW(let moments): [(name + ".mean", moments.mean), (name + ".square", moments.square)]
            case .muon(let momentum): [(name + ".momentum", momentum)]
            }
        }
    }

    /// Takes what another optimizer of the same settings and parameters remembered, and goes on from there bit by bit.
    /// - Parameter tensor: the tensor of a name of `state`.
    /// - Throws: `InputError` naming one that is missing or does not fit; parts may be restored by then.
    package func restore(source: String, _ tensor: (String) -> Tensor?) throws {
        for (name, own) in state {
            guard let saved = tensor(name), saved.shape == own.shape, saved.elementType == own.elementType else {
                throw InputError(
                    .wrongShape, source: source, field: name, found: "found no such state of the optimizer",
                    expected: "\(own.elementType.rawValue) values of the shape \(own.shape)",
                    advice: "resume with the recipe that the run was started with")
            }
            own.copyBytes(of: saved)
        }
    }
}

extension Tensor {
    /// The matrices that a parameter is made of: one, or the experts of a layer.
    fileprivate var matrices: [Tensor] {
        guard shape.rank > 2 else { return [self] }
        let (rows, columns) = (shape[shape.rank - 2], shape.width)
        let all = reshaped([shape.rows, columns])
        return (0..<shape.rows / max(rows, 1)).map { all.slice($0 * rows..<($0 + 1) * rows) }
    }
}
