import Models
import Synchronization
import Tensors

/// Sees every router of a batch: counts how experts are used, and adds losses to the tape that the layer is recorded on.
///
/// Only what is recorded counts: a layer that was computed once without a tape and is computed again for its derivatives is seen
/// once, and evaluation is not seen at all. For a batch in pieces, all go through the same observer, one after another.
package final class BalanceObserver: RoutingObserver {
    private struct Layer {
        var load: [Int]
        var losses: [BalanceLoss: Double] = [:]
    }

    private let balancing: ExpertBalancing
    private let batchTokens: Int?
    private let layers = Mutex<[Int: Layer]>([:])

    init(_ balancing: ExpertBalancing, batchTokens: Int?) {
        (self.balancing, self.batchTokens) = (balancing, batchTokens)
    }

    package func observe(_ routing: Routing, _ operations: any Operations) {
        guard let tape = operations.recordingTape, routing.scores.shape[0] > 0 else { return }
        let losses = addLosses(routing, tape)
        layers.withLock { layers in
            let width = routing.scores.shape.width
            var layer = layers[routing.layer] ?? Layer(load: Array(repeating: 0, count: width))
            for expert in routing.experts { layer.load[Int(expert)] += 1 }
            layer.losses.merge(losses, uniquingKeysWith: +)
            layers[routing.layer] = layer
        }
    }

    /// Puts the derivatives of the settings' losses on the tape.
    /// - Returns: the losses, each by the part that these rows are of the batch.
    private func addLosses(_ routing: Routing, _ tape: Tape) -> [BalanceLoss: Double] {
        guard balancing.hasLosses else { return [:] }
        let (rows, width) = (routing.scores.shape[0], routing.scores.shape.width)
        let scores = routing.scores.floats
        var gradient = [Float](repeating: 0, count: scores.count)
        var sums: [BalanceLoss: Double] = [:]
        for (loss, weight) in balancing.weights {
            for part in balancing.parts(of: loss, routing.spans, rows: rows) where !part.isEmpty {
                let share = Double(part.count) / Double(batchTokens ?? rows)
                let values = part.lowerBound * width..<part.upperBound * width
                let routed = balancing.rows(scores[values], routing.experts, part)
                sums[loss, default: 0] += share * routed.add(loss, weight: weight * share, to: &gradient[values])
            }
        }
        tape.addLoss(on: routing.scores, gradient: Tensor(gradient, shape: routing.scores.shape))
        return sums
    }

    /// How often each expert of each layer was chosen, by layer.
    package var loads: [(layer: Int, counts: [Int])] {
        layers.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value.load) } }
    }

    /// For metrics: "balance.expert" and so on, each loss without its weight, the mean over layers; "maxViolation", the
    /// mean over layers of MaxVio.
    package var values: [String: Double] {
        layers.withLock { layers in
            guard !layers.isEmpty else { return [:] }
            var values = ["maxViolation": 0.0]
            for (_, layer) in layers.sorted(by: { $0.key < $1.key }) {
                values["maxViolation", default: 0] += ExpertBalance.violation(of: layer.load) / Double(layers.count)
                for (loss, value) in layer.losses {
                    values["balance." + loss.rawValue, default: 0] += value / Double(layers.count)
                }
            }
            return values
        }
    }
}
