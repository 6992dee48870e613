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
        /// Whether it was filled because somebody might want the expert.
        var isReadAhead = false
        /// Whether nobody has wanted the expert since.
        var isGuess = false
        /// Whether what is still to be read need not be.
        var isAbandoned = false
        // Neighbours in the list by last use; `ends` closes it to a ring.
        var older: Int
        var newer: Int
    }

    private var slots: [Slot]
    /// The slot of every expert.
    private var places: [Int?]
    /// Slots whose experts nobody has wanted yet, and perhaps some others.
    private var guesses: [Int] = []
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
        slots[slot].isGuess = false
        moveToNewest(slot)
        return slot
    }

    /// A slot for `expert`, which has none: the one used longest ago, held, to be filled by `reads` readings.
    /// - Returns: `nil` if all slots are held or being read into.
    mutating func claim(_ expert: Int, reads: Int) -> Int? {
        guard let slot = oldestFree() else { return nil }
        fill(slot, with: expert, reads: reads)
        slots[slot].holders = 1
        return slot
    }

    private mutating func fill(_ slot: Int, with expert: Int, reads: Int) {
        if let former = slots[slot].expert { places[former] = nil }
        places[expert] = slot
        slots[slot].expert = expert
        slots[slot].unread = reads
        slots[slot].failure = nil
        slots[slot].isReadAhead = false
        slots[slot].isGuess = false
        slots[slot].isAbandoned = false
        moveToNewest(slot)
    }

    // MARK: Guesses

    /// Claims slots for those of `experts` that have none, held by nobody; `reads` tells how many readings fill each.
    ///
    /// All others of them are marked as used last, and stay: a guess only takes the place of what is not expected.
    /// - Returns: the claimed slots and their experts.
    mutating func guess(_ experts: [Int], reads: (Int) -> Int) -> [(expert: Int, slot: Int)] {
        let known = experts.compactMap { places[$0] }
        for slot in known { moveToNewest(slot) }
        var claimed: [(expert: Int, slot: Int)] = []
        for expert in experts where places[expert] == nil {
            guard let slot = oldestFree(), !known.contains(slot), !claimed.contains(where: { $0.slot == slot }) else {
                break
            }
            fill(slot, with: expert, reads: reads(expert))
            slots[slot].isReadAhead = true
            slots[slot].isGuess = true
            claimed.append((expert, slot))
        }
        guesses += claimed.map(\.slot)
        return claimed
    }

    /// Ends all guesses among `experts`: those that are not all read yet and that nobody wants are forgotten.
    mutating func endGuesses(among experts: Range<Int>) {
        var kept: [Int] = []
        for slot in guesses {
            guard slots[slot].isGuess, let expert = slots[slot].expert else { continue }
            guard experts.contains(expert) else {
                kept.append(slot)
                continue
            }
            slots[slot].isGuess = false
            guard slots[slot].unread > 0 else { continue }
            places[expert] = nil
            slots[slot].expert = nil
            slots[slot].isAbandoned = true
        }
        guesses = kept
    }

    /// Whether an expert has a slot that nobody has wanted yet.
    func isGuess(_ expert: Int) -> Bool { places[expert].map { slots[$0].isGuess } ?? false }

    /// Whether a slot was filled with a guess, which somebody may have wanted since.
    func isReadAhead(_ slot: Int) -> Bool { slots[slot].isReadAhead }

    /// Whether nothing more need be read into a slot.
    func isAbandoned(_ slot: Int) -> Bool { slots[slot].isAbandoned }

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

    /// Whether a slot has been read whole.
    func isReady(_ slot: Int) -> Bool { slots[slot].unread == 0 && slots[slot].failure == nil }

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
