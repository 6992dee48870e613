import Models
import Synchronization
import Tensors

/// Counts how often the routers of a batch chose each expert.
package final class LoadRecorder: RoutingObserver {
    private let counts = Mutex<[Int: [Int]]>([:])

    package init() {}

    package func observe(_ routing: Routing, _ operations: any Operations) {
        counts.withLock { counts in
            var load = counts[routing.layer] ?? Array(repeating: 0, count: routing.scores.shape.width)
            for expert in routing.experts { load[Int(expert)] += 1 }
            counts[routing.layer] = load
        }
    }

    /// By layer.
    package var loads: [ExpertLoad] {
        counts.withLock { $0.sorted { $0.key < $1.key }.map { ExpertLoad(layer: $0.key, counts: $0.value) } }
    }
}
