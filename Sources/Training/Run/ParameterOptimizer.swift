import Tensors

/// What changes a model's parameters by their gradients, and remembers of them what it needs for that.
package protocol ParameterOptimizer {
    /// Changes `parameters`, in place, and what is remembered of them.
    /// - Parameter step: from 1.
    mutating func update(_ parameters: [Parameter], _ gradients: Gradients, rate: Double, step: Int)

    /// All that is remembered, by name: a run saves it, and writes into it what another has saved.
    var state: [(name: String, tensor: Tensor)] { get }
}

/// AdamW for all parameters, moments in f32.
package struct AdamWOptimizer: ParameterOptimizer {
    private let adam: AdamW
    private let decay: WeightDecay
    private var moments: [String: AdamW.Moments]
    private let names: [String]

    package init(_ settings: AdamW.Settings, decay: WeightDecay, for parameters: [Parameter]) {
        let trained = parameters.filter { $0.kind != .selectionBias }
        adam = AdamW(settings)
        self.decay = decay
        names = trained.map(\.name)
        moments = Dictionary(uniqueKeysWithValues: trained.map { ($0.name, AdamW.Moments($0.tensor.shape)) })
    }

    package mutating func update(_ parameters: [Parameter], _ gradients: Gradients, rate: Double, step: Int) {
        for parameter in parameters {
            guard let moments = moments[parameter.name] else { continue }
            adam.update(
                parameter.tensor, moments, gradient: gradients[parameter.tensor], rate: rate, step: step,
                decays: decay.applies(to: parameter.kind))
        }
    }

    package var state: [(name: String, tensor: Tensor)] {
        names.flatMap { name in
            guard let moments = moments[name] else { return [(name: String, tensor: Tensor)]() }
            return [(name + ".mean", moments.mean), (name + ".square", moments.square)]
        }
    }
}

/// Which parameters weight decay shrinks. Norms and biases have no length that matters, and are spared by most.
package enum WeightDecay: String, Sendable, CaseIterable {
    /// Of layers only, routers and experts among them.
    case matrices
    /// The embedding and the head too: what PyTorch programs that decide by the number of dimensions do.
    case tables
    case all

    func applies(to kind: Parameter.Kind) -> Bool {
        switch kind {
        case .matrix: true
        case .embedding, .head: self != .matrices
        case .norm, .bias: self == .all
        case .selectionBias: false
        }
    }
}
