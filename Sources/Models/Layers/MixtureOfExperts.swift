import Tensors

/// Many small experts of which each token uses a few, beside a shared one that all tokens use.
///
/// DeepSeekMoE (arXiv 2401.06066) §3. n tokens, k experts a token: rows are gathered by expert, so that each expert's
/// tokens are one product, and combined by the router's weights. No token is dropped, unless a step of training says so.
struct MixtureOfExperts: Sendable {
    let router: Router
    let experts: ExpertSource
    let shared: FeedForward?
    let layer: Int

    /// - Parameter meanwhile: called with the shared expert's output when the first reads are under way.
    /// - Throws: `InputError` if experts have to be read, and cannot be.
    func callAsFunction(_ x: Tensor, _ step: Step, meanwhile: (Tensor?) -> Void) throws -> Tensor {
        let operations = step.operations
        let (scores, chosen, weights) = router(x, tokens: step.tokens, operations)
        step.routing?.observe(Routing(layer: layer, scores: scores, experts: chosen, spans: step.spans), operations)
        step.trace?.record("router.\(layer).indices", chosen)
        step.trace?.record("router.\(layer).weights", weights)
        let count = router.configuration.expertCount
        let plan = ExpertPlan(
            experts: chosen, perToken: weights.shape[1], expertCount: count,
            dropped: dropped(scores, chosen, weights, step)
        )
        switch experts {
        case .mapped(let experts):
            var outputs = experts(x, plan.sources, plan.groups, operations)  // [n·k, d]
            // Slots whose tokens were dropped look at a row of zeros.
            if plan.hasDropped { outputs = operations.stack([outputs, Tensor(zeros: [1, outputs.shape.width])]) }
            let routed = operations.combineRows(outputs, weights: weights, places: plan.places)
            return shared.map { operations.add(routed, $0(x, operations)) } ?? routed
        case .stored(let store, let place):
            precondition(!plan.hasDropped, "tokens are dropped in training, where all experts are in memory")
            let visit = try visit(store, place, x, plan, step, meanwhile)
            let routed = operations.combineRows(visit.outputs, weights: weights, places: visit.places)
            return visit.shared.map { operations.add(routed, $0) } ?? routed
        }
    }

    /// Whether each token and slot is left out in this step; `nil` if none is.
    private func dropped(_ scores: Tensor, _ chosen: [Int32], _ weights: Tensor, _ step: Step) -> [Bool]? {
        let seconds = step.secondExperts?.dropped(weights, layer: layer, tokens: step.tokens, step.spans)
        return step.capacity.map { $0.dropped(scores, chosen, step.spans, besides: seconds) } ?? seconds
    }

    /// The experts in turns, as they come into memory. A row's numbers do not depend on which others share its turn.
    /// - Returns: the experts' outputs [n·k, d], where each token's are among them, and the shared expert's.
    private func visit(
        _ store: ExpertStore, _ place: Int, _ x: Tensor, _ plan: ExpertPlan, _ step: Step,
        _ meanwhile: (Tensor?) -> Void
    ) throws -> (outputs: Tensor, places: [Int32], shared: Tensor?) {
        let operations = step.operations
        var (parts, order, output) = ([Tensor](), [Int](), Tensor?.none)
        try store.visit(plan.groups.map(\.index), ofLayer: place, step.expertUse) {
            output = shared?(x, operations)
            meanwhile(output)
        } _: { turn, experts in
            let part = plan.part(turn)
            // Products prepare all rows that they are given: few of many are picked before, not once a turn.
            let isSmall = part.sources.count < x.shape[0]
            let rows = isSmall ? operations.gatherRows(x, part.sources) : x
            parts.append(experts(rows, isSmall ? nil : part.sources, part.groups, operations))
            order += turn
        }
        return (operations.stack(parts), plan.places(inOrder: order), output)
    }
}

/// The tokens of a step sorted by expert.
struct ExpertPlan: Equatable {
    /// For each gathered row the token that it is a copy of.
    private(set) var sources: [Int32]
    /// For each token and slot (n · k) the gathered row that holds it; for a dropped one, the row after all.
    private(set) var places: [Int32]
    /// One group for each expert that any token chose, in order.
    private(set) var groups: [RowGroup] = []

    /// Whether some token was dropped.
    var hasDropped: Bool { places.count > sources.count }

    /// O(n · k + experts), by counting.
    /// - Parameter dropped: whether each token and slot is left out; `nil` if none is.
    init(experts: [Int32], perToken: Int, expertCount: Int, dropped: [Bool]? = nil) {
        var ends = [Int](repeating: 0, count: expertCount + 1)
        for (slot, expert) in experts.enumerated() where dropped?[slot] != true { ends[Int(expert) + 1] += 1 }
        for expert in 0..<expertCount {
            ends[expert + 1] += ends[expert]
            let rows = ends[expert]..<ends[expert + 1]
            if !rows.isEmpty { groups.append(RowGroup(index: expert, rows: rows)) }
        }
        sources = [Int32](repeating: 0, count: ends[expertCount])
        places = [Int32](repeating: Int32(ends[expertCount]), count: experts.count)
        for (slot, expert) in experts.enumerated() where dropped?[slot] != true {
            let place = ends[Int(expert)]
            ends[Int(expert)] += 1
            sources[place] = Int32(slot / perToken)
            places[slot] = Int32(place)
        }
    }
}

extension ExpertPlan {
    /// The tokens and rows of some of the groups, as a plan of their own whose groups are counted from 0.
    func part(_ chosen: [Int]) -> (sources: [Int32], groups: [RowGroup]) {
        var part: (sources: [Int32], groups: [RowGroup]) = ([], [])
        for (index, group) in chosen.enumerated() {
            let start = part.sources.count
            part.sources += sources[groups[group].rows]
            part.groups.append(RowGroup(index: index, rows: start..<part.sources.count))
        }
        return part
    }

    /// `places` if the rows lie group by group in another order.
    func places(inOrder order: [Int]) -> [Int32] {
        var moved = [Int32](repeating: 0, count: sources.count)
        var next: Int32 = 0
        for group in order {
            for row in groups[group].rows {
                moved[row] = next
                next += 1
            }
        }
        return places.map { moved[Int($0)] }
    }
}
