/// Which expert is in which slot of a shelf, who is using it, and which was used longest ago. All steps in constant time.
///
/// Experts are numbers: layer on the shelf · experts of a layer + expert. A slot that is held, or being read into, is not
/// given to another expert.
struct SlotTable: Sendable {
    /// What a slot's reader has achieved.
    enum Content {
        case reading
        case ready
        case failed(any Error)
    }

    private struct Slot {
        var expert: Int?
        /// How many are using it.
        var holders = 0
        /// How many matrices are still to be read.
        var unread = 0
        var failure: (any Error)?
        // Neighbours in the list by last use; `ends` closes it to a ring.
        var older: Int
        var newer: Int
    }

    private var slots: [Slot]
    /// The slot of every expert.
    private var places: [Int?]
    /// The place in `slots` that is none, and whose neighbours are the newest and the oldest slot.
    private let ends: Int

    init(slots count: Int, experts: Int) {
        places = Array(repeating: nil, count: experts)
        ends = count
        slots = (0...count).map { Slot(older: $0 == 0 ? count : $0 - 1, newer: $0 == count ? 0 : $0 + 1) }
    }

    /// The slot of `expert`, held and marked as used last, whether it is read already or not; `nil` if it has none.
    mutating func hold(_ expert: Int) -> Int? {
        guard let slot = places[expert] else { return nil }
        slots[slot].holders += 1
        moveToNewest(slot)
        return slot
    }

    /// A slot for `expert`, which has none: the one used longest ago, held, to be filled by `reads` readings.
    /// - Returns: `nil` if all slots are held or being read into.
    mutating func claim(_ expert: Int, reads: Int) -> Int? {
        guard let slot = oldestFree() else { return nil }
        if let former = slots[slot].expert { places[former] = nil }
        places[expert] = slot
        slots[slot].expert = expert
        slots[slot].holders = 1
        slots[slot].unread = reads
        slots[slot].failure = nil
        moveToNewest(slot)
        return slot
    }

    /// One reading of a slot has ended.
    mutating func finishReading(_ slot: Int, failure: (any Error)?) {
        slots[slot].unread -= 1
        guard let failure else { return }
        slots[slot].failure = failure
        // Whoever wants the expert next reads it anew.
        if let expert = slots[slot].expert { places[expert] = nil }
        slots[slot].expert = nil
    }

    func content(of slot: Int) -> Content {
        if let failure = slots[slot].failure { return .failed(failure) }
        return slots[slot].unread > 0 ? .reading : .ready
    }

    /// Ends one `hold` or `claim`.
    mutating func release(_ slot: Int) { slots[slot].holders -= 1 }

    /// The experts that have slots, the one used longest ago first.
    var experts: [Int] {
        var (found, slot) = ([Int](), slots[ends].newer)
        while slot != ends {
            if let expert = slots[slot].expert { found.append(expert) }
            slot = slots[slot].newer
        }
        return found
    }

    // MARK: The list by last use

    private func oldestFree() -> Int? {
        var slot = slots[ends].newer
        while slot != ends, slots[slot].holders > 0 || slots[slot].unread > 0 { slot = slots[slot].newer }
        return slot == ends ? nil : slot
    }

    private mutating func moveToNewest(_ slot: Int) {
        let (older, newer) = (slots[slot].older, slots[slot].newer)
        slots[older].newer = newer
        slots[newer].older = older
        let newest = slots[ends].older
        slots[newest].newer = slot
        slots[slot].older = newest
        slots[slot].newer = ends
        slots[ends].older = slot
    }
}
