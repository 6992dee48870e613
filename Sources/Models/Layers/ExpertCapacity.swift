import Tensors

/// How many tokens the devices that experts are spread over take, while training; DeepSeek-V2 (arXiv 2405.04434) §2.2.4.
///
/// Of n rows that choose k experts each, a device takes c · n · k / D slots, for D devices and the factor c; those with the lowest
/// affinities are left out, and add nothing to their token's state. Tokens of some sequences are never left out, so that a
/// model that drops in training can do without afterwards.
package struct ExpertCapacity: Sendable, Equatable {
    /// c.
    package let factor: Double
    /// D: experts lie on devices in equal runs.
    package let devices: Int
    /// The step's spans whose tokens are never dropped.
    package let protectedSpans: Set<Int>

    /// - Precondition: numbers above 0.
    package init(factor: Double, devices: Int, protectedSpans: Set<Int> = []) {
        precondition(factor > 0 && devices > 0)
        (self.factor, self.devices, self.protectedSpans) = (factor, devices, protectedSpans)
    }

    /// Whether each token and slot (n · k) is left out; `nil` if none is.
    /// - Parameter others: those that are left out in any case, and take no room.
    /// - Precondition: a number of experts that the devices share evenly.
    func dropped(
        _ scores: Tensor, _ experts: [Int32], _ spans: [Step.Span], besides others: [Bool]? = nil
    ) -> [Bool]? {
        let (count, perToken) = (scores.shape[1], experts.count / max(scores.shape[0], 1))
        precondition(count.isMultiple(of: devices), "devices have equally many experts")
        var slots = [[Int]](repeating: [], count: devices)
        for (slot, expert) in experts.enumerated() where others?[slot] != true {
            slots[Int(expert) / (count / devices)].append(slot)
        }
        let budget = Int((factor * Double(experts.count) / Double(devices)).rounded(.up))
        guard slots.contains(where: { $0.count > budget }) else { return others }
        let isProtected = protectedRows(spans, scores.shape[0])
        let affinities = scores.withFloats { scores in
            experts.enumerated().map { scores[$0 / perToken * count + Int($1)] }
        }
        var dropped = others ?? [Bool](repeating: false, count: experts.count)
        for slots in slots where slots.count > budget {
            // Of equal affinities the later one goes.
            let open = slots.filter { !isProtected[$0 / perToken] }
                .sorted { affinities[$0] < affinities[$1] || affinities[$0] == affinities[$1] && $0 > $1 }
            for slot in open.prefix(slots.count - budget) { dropped[slot] = true }
        }
        return dropped.contains(true) ? dropped : nil
    }

    private func protectedRows(_ spans: [Step.Span], _ rows: Int) -> [Bool] {
        var isProtected = [Bool](repeating: false, count: rows)
        for (index, span) in spans.enumerated() where protectedSpans.contains(index) {
            for row in span.rows { isProtected[row] = true }
        }
        return isProtected
    }
}
