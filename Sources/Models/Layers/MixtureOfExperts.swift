import Tensors

/// Many small experts of which each token uses a few, beside a shared one that all tokens use.
///
/// DeepSeekMoE (arXiv 2401.06066) §3. n tokens, k experts a token: rows are gathered by expert, so that each expert's
/// tokens are one product, and combined by the router's weights. No token is dropped.
struct MixtureOfExperts: Sendable {
    let router: Router
    let gates: [Weight]  // each [inner, d]
    let ups: [Weight]  // each [inner, d]
    let downs: [Weight]  // each [d, inner]
    let shared: FeedForward?
    let layer: Int

    func callAsFunction(_ x: Tensor, _ step: Step) -> Tensor {
        let operations = step.operations
        let (experts, weights) = router(x, operations)
        step.trace?.record("router.\(layer).indices", experts)
        step.trace?.record("router.\(layer).weights", weights)
        let plan = ExpertPlan(experts: experts, perToken: weights.shape[1], expertCount: gates.count)
        let inner = operations.gatedLinear(x, gates: gates, ups: ups, plan.groups, sources: plan.sources)
        let outputs = operations.groupedLinear(inner, downs, plan.groups)  // [n·k, d]
        let routed = operations.combineRows(outputs, weights: weights, places: plan.places)
        return shared.map { operations.add(routed, $0(x, operations)) } ?? routed
    }
}

/// The tokens of a step sorted by expert.
struct ExpertPlan: Equatable {
    /// For each gathered row the token that it is a copy of.
    private(set) var sources: [Int32]
    /// For each token and slot (n · k) the gathered row that holds it.
    private(set) var places: [Int32]
    /// One group for each expert that any token chose, in order.
    private(set) var groups: [RowGroup] = []

    /// O(n · k + experts), by counting.
    init(experts: [Int32], perToken: Int, expertCount: Int) {
        var ends = [Int](repeating: 0, count: expertCount + 1)
        for expert in experts { ends[Int(expert) + 1] += 1 }
        for expert in 0..<expertCount {
            ends[expert + 1] += ends[expert]
            let rows = ends[expert]..<ends[expert + 1]
            if !rows.isEmpty { groups.append(RowGroup(index: expert, rows: rows)) }
        }
        sources = [Int32](repeating: 0, count: experts.count)
        places = sources
        for (slot, expert) in experts.enumerated() {
            let place = ends[Int(expert)]
            ends[Int(expert)] += 1
            sources[place] = Int32(slot / perToken)
            places[slot] = Int32(place)
        }
    }
}
