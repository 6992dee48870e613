import Files

/// Slots that some consecutive layers share: how many there are, and how large each is.
///
/// Every token visits the layers in turn. With slots of its own, a layer keeps what it used last, however much the others
/// read meanwhile: a prompt that visits every expert of every layer leaves all layers equally filled, and finds a part of
/// them again in the next chunk. One list for all layers would have forgotten each expert by the time it is wanted again.
/// Only where memory is too small for that do layers share.
struct ExpertShelf: Sendable, Equatable {
    /// Counted among the layers that have experts.
    let layers: Range<Int>
    let slotBytes: Int
    private(set) var slots: Int

    /// Divides `budget` bytes among layers whose experts need `slotBytes` each.
    /// - Parameter perToken: how many experts a token chooses in a layer; every shelf must hold as many.
    /// - Returns: `nil` if all experts of all layers fit.
    /// - Throws: `InputError` naming the least budget if this one is less.
    static func shelves(
        slotBytes: [Int], expertCount: Int, perToken: Int, budget: Int
    ) throws -> [ExpertShelf]? {
        let all = slotBytes.reduce(0) { $0 + $1 * expertCount }
        guard budget < all else { return nil }
        let least = perToken * (slotBytes.max() ?? 0)
        guard budget >= least else { throw tooSmall(budget, least: least, perToken: perToken) }
        for size in 1..<max(slotBytes.count, 1) {
            let shelves = divided(slotBytes, layersEach: size, expertCount: expertCount, budget: budget)
            if shelves.allSatisfy({ $0.slots >= perToken }) { return shelves }
        }
        return divided(slotBytes, layersEach: slotBytes.count, expertCount: expertCount, budget: budget)
    }

    /// Equally many slots for every layer, and what is left one by one.
    private static func divided(
        _ slotBytes: [Int], layersEach size: Int, expertCount: Int, budget: Int
    ) -> [ExpertShelf] {
        let ranges = stride(from: 0, to: slotBytes.count, by: size).map { $0..<min($0 + size, slotBytes.count) }
        var shelves = ranges.map { ExpertShelf(layers: $0, slotBytes: slotBytes[$0].max() ?? 0, slots: 0) }
        let each = budget / max(shelves.reduce(0) { $0 + $1.slotBytes * $1.layers.count }, 1)
        var left = budget
        for index in shelves.indices {
            shelves[index].slots = min(each, expertCount) * shelves[index].layers.count
            left -= shelves[index].bytes
        }
        while true {
            let before = left
            for index in shelves.indices
            where shelves[index].slotBytes <= left && shelves[index].slots < expertCount * shelves[index].layers.count {
                shelves[index].slots += 1
                left -= shelves[index].slotBytes
            }
            if left == before { return shelves }
        }
    }

    var bytes: Int { slots * slotBytes }

    private static func tooSmall(_ budget: Int, least: Int, perToken: Int) -> InputError {
        InputError(
            .invalidValue, source: "expert memory", found: "found \(ByteSize(budget))",
            expected: "at least \(ByteSize(least)), which the \(perToken) experts of one token need in one layer",
            advice: "give at least \(ByteSize(least)), or leave it out to map the whole file")
    }
}
