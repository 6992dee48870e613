/// Operations that others carry out, to which products add what adapters do: y = x·Wᵀ + scale · (x·Aᵀ)·Bᵀ; while an adapter is
/// trained with dropout, some values of the x before A are left out.
///
/// Hu et al. (arXiv 2106.09685) §4.1. The base gets weights without their terms, in whatever element type, and A and B as
/// weights of their own: so it may fuse, round and record what it likes. Around `RecordingOperations`, A and B get gradients
/// and the stored weight stays a constant. Products that fuse several steps are taken apart where one of their weights has a
/// term, and left whole where none has.
package struct AdaptedOperations: WrappingOperations {
    package let base: any Operations
    private let draws: DropoutDraws?

    /// - Parameter dropout: of what goes into the pairs; `nil` everywhere but in training.
    package init(_ base: any Operations, dropout: Dropout? = nil) {
        (self.base, draws) = (base, dropout.map(DropoutDraws.init))
    }

    package var name: String { base.name + ", adapted" }

    package var recordingTape: Tape? { base.recordingTape }

    package func segment(
        _ x: Tensor, _ body: @escaping (Tensor, any Operations) throws -> Tensor
    ) rethrows -> Tensor {
        // Draws begin anew, so that computing the segment again repeats them.
        try base.segment(x) { try body($0, AdaptedOperations($1, dropout: draws?.dropout)) }
    }

    package func each(_ count: Int, _ body: (Int) -> Tensor) -> [Tensor] { base.each(count, body) }

    // MARK: Products

    package func linear(_ x: Tensor, _ weight: Weight) -> Tensor { added(base.linear(x, weight.plain), x, weight.term) }

    package func linears(_ x: Tensor, _ weights: [Weight]) -> [Tensor] {
        zip(base.linears(x, weights.plain), weights).map { added($0, x, $1.term) }
    }

    package func groupedLinear(_ x: Tensor, _ weights: [Weight], _ groups: [RowGroup]) -> Tensor {
        let y = base.groupedLinear(x, weights.plain, groups)
        let terms = groups.map { weights[$0.index].term }
        guard terms.contains(where: { $0 != nil }) else { return y }
        let known = terms.compactMap(\.self)
        guard known.count == terms.count, known.allSatisfy({ $0.rank == known[0].rank && $0.scale == known[0].scale })
        else { return base.add(y, byGroup(x, terms, groups, width: y.shape.width)) }
        // As many matrices as groups, so that experts without rows need none.
        let numbered = groups.enumerated().map { RowGroup(index: $0, rows: $1.rows) }
        let narrow = base.groupedLinear(left(of: x, known[0]), known.map { Weight($0.a) }, numbered)
        let scaled = base.scale(narrow, by: known[0].scale)
        return base.add(y, base.groupedLinear(scaled, known.map { Weight($0.b) }, numbered))
    }

    /// Where some experts have no term, or one of another rank.
    private func byGroup(_ x: Tensor, _ terms: [LowRankTerm?], _ groups: [RowGroup], width: Int) -> Tensor {
        base.stack(
            zip(groups, terms).map { group, term in
                guard let term else {
                    let count = group.rows.count * width
                    return Tensor([Float](repeating: 0, count: count), shape: [group.rows.count, width])
                }
                return product(x.slice(group.rows), term)
            })
    }

    package func gatedLinear(
        _ x: Tensor, gates: [Weight], ups: [Weight], _ groups: [RowGroup], sources: [Int32]?
    ) -> Tensor {
        guard groups.contains(where: { gates[$0.index].term != nil || ups[$0.index].term != nil }) else {
            return base.gatedLinear(x, gates: gates.plain, ups: ups.plain, groups, sources: sources)
        }
        let rows = sources.map { base.gatherRows(x, $0) } ?? x
        return base.gatedSiLU(groupedLinear(rows, gates, groups), groupedLinear(rows, ups, groups))
    }

    private func added(_ y: Tensor, _ x: Tensor, _ term: LowRankTerm?) -> Tensor {
        term.map { base.add(y, product(x, $0)) } ?? y
    }

    /// scale · (x·Aᵀ)·Bᵀ. [n, k] → [n, d].
    private func product(_ x: Tensor, _ term: LowRankTerm) -> Tensor {
        precondition(!term.isTransposed, "only heads are stored turned")
        let narrow = base.scale(base.linear(left(of: x, term), Weight(term.a)), by: term.scale)
        return base.linear(narrow, Weight(term.b))
    }

    /// What dropout leaves of the rows that go into A.
    private func left(of x: Tensor, _ term: LowRankTerm) -> Tensor { draws.map { $0(x, of: term.number, base) } ?? x }

    package func inputGradient(_ dy: Tensor, _ weight: Weight) -> Tensor {
        let dx = base.inputGradient(dy, weight.plain)
        guard let term = weight.term else { return dx }
        let narrow = base.scale(base.inputGradient(dy, Weight(term.b)), by: term.scale)
        return base.add(dx, base.inputGradient(narrow, Weight(term.a)))
    }

    package func addWeightGradient(_ dy: Tensor, _ x: Tensor, to sum: Tensor) {
        base.addWeightGradient(dy, x, to: sum)
    }

    // MARK: Heads

    /// Heads of one matrix share A and have rows of B each.
    package func headwiseLinear(_ x: Tensor, _ weight: HeadwiseWeight) -> Tensor {
        let y = base.headwiseLinear(x, HeadwiseWeight(weight.heads.plain, weight.orientation))
        let terms = weight.heads.compactMap(\.term)
        guard let first = terms.first else { return y }
        precondition(
            terms.count == weight.heads.count && terms.allSatisfy { $0.a.storage === first.a.storage },
            "heads of one matrix")
        let isTurned = (weight.orientation == .inputsByOutputs) != first.isTransposed
        return base.add(y, isTurned ? turnedProduct(x, terms) : product(x, terms))
    }

    /// scale · (x·Aᵀ)·Bᵀ for each head. [n, h or 1, k] → [n, h, d].
    private func product(_ x: Tensor, _ terms: [LowRankTerm]) -> Tensor {
        let (n, heads, term) = (x.shape[0], x.shape[1], terms[0])
        let narrow = base.linear(left(of: x.reshaped([n * heads, x.shape[2]]), term), Weight(term.a))
        let scaled = base.scale(narrow, by: term.scale).reshaped([n, heads, term.rank])
        return base.headwiseLinear(scaled, HeadwiseWeight(terms.map { Weight($0.b) }, .outputsByInputs))
    }

    /// scale · (x·B)·A for each head. [n, h, d] → [n, h, k].
    private func turnedProduct(_ x: Tensor, _ terms: [LowRankTerm]) -> Tensor {
        precondition(draws == nil, "training expands latents: nothing is absorbed")
        let (n, term) = (x.shape[0], terms[0])
        let narrow = base.headwiseLinear(x, HeadwiseWeight(terms.map { Weight($0.b) }, .inputsByOutputs))
        let scaled = base.scale(narrow, by: term.scale).reshaped([n * terms.count, 1, term.rank])
        return base.headwiseLinear(scaled, HeadwiseWeight([Weight(term.a)], .inputsByOutputs))
            .reshaped([n, terms.count, term.a.shape[1]])
    }

    package func expandedAttention(
        _ query: Tensor, _ latents: PagedRows, _ expansion: LatentExpansion, scale: Float, firstPosition: Int
    ) -> Tensor {
        guard (expansion.keys.heads + expansion.values.heads).contains(where: { $0.term != nil }) else {
            return base.expandedAttention(query, latents, expansion, scale: scale, firstPosition: firstPosition)
        }
        return expandedInFloats(query, latents, expansion, scale: scale, firstPosition: firstPosition)
    }
}

extension [Weight] {
    /// The same weights without what adapters add.
    fileprivate var plain: [Weight] { contains { $0.term != nil } ? map(\.plain) : self }
}
