import Checkpoints
import Files
import Tensors
import TestSupport
import Testing

@testable import Models

/// A mixture whose experts do not all fit, beside the same one mapped.
struct StoredModel: Sendable {
    static let names =
        ["deepseek-moe", "v2", "v2-lite", "v2-mscale", "v3", "v3-fp8", "v3-k256"].map { "text/" + $0 }
        + [
            "deepseek-moe", "v2-lite", "v2-lite-joined-Q8_0", "v2", "v3", "v3-k256-Q2_K", "v3-k256-Q3_K_M",
            "v3-k256-Q4_K_M", "v3-k256-IQ4_XS",
        ].map { "gguf/\($0).gguf" }

    let checkpoint: any Checkpoint
    let mapped: Decoder

    init(_ name: String) throws {
        checkpoint = try openCheckpoint(at: Fixture.path(name))
        mapped = try Decoder(checkpoint)
    }

    /// The layers that have experts, prediction layers included, and the bytes of a slot in each.
    var layers: [(index: Int, slotBytes: Int)] {
        (mapped.layers + mapped.predictions.map(\.layer)).compactMap { layer in
            guard case .mixture(let mixture) = layer.feedForward, case .mapped(let experts) = mixture.experts else {
                return nil
            }
            return (layer.index, (0..<experts.count).compactMap { experts[$0].places?.end }.max() ?? 0)
        }
    }

    var mixture: MixtureConfiguration {
        get throws { try #require(mapped.configuration.mixture) }
    }

    /// From the least possible to all but one expert.
    var budgets: [Int] {
        get throws {
            let (perToken, count) = (try mixture.expertsPerToken, try mixture.expertCount)
            let each = layers.reduce(0) { $0 + $1.slotBytes }
            let least = perToken * (layers.map(\.slotBytes).max() ?? 0)
            return [least, least + 4096, perToken * each, (perToken + 1) * each, count * each - 4096]
                .filter { $0 >= least && $0 < count * each }
        }
    }

    func decoder(
        _ budget: Int, foresees: Bool = true,
        opening open: ExpertStore.Opener = { try UncachedFile(path: $0, byteCount: $1) }
    ) throws -> Decoder {
        let decoder = try Decoder(checkpoint, expertMemory: budget, foresees: foresees, opening: open)
        let store = try #require(decoder.expertStore, "\(budget) bytes of experts are a store")
        #expect(store.byteCount <= budget)
        return decoder
    }

    /// A prompt of tokens that choose different experts.
    func tokens(_ count: Int, seed: UInt64 = 1) -> [Int32] {
        var numbers = SeededNumbers(seed: seed)
        let limit = Int32(mapped.configuration.vocabularySize)
        return (0..<count).map { _ in Int32.random(in: 0..<limit, using: &numbers) }
    }
}

/// The experts in memory as lists, by hand: what was used longest ago stands first.
struct SimulatedShelves {
    private let shelves: [ExpertShelf]
    private let expertCount: Int
    private(set) var lists: [[Int]]
    private(set) var hits = 0
    private(set) var misses = 0

    init(_ model: StoredModel, budget: Int) throws {
        expertCount = try model.mixture.expertCount
        shelves = try #require(
            try ExpertShelf.shelves(
                slotBytes: model.layers.map(\.slotBytes), expertCount: expertCount,
                perToken: model.mixture.expertsPerToken, budget: budget))
        lists = shelves.map { _ in [] }
    }

    /// A layer, counted among those with experts, needs `experts`: those in memory are used first.
    mutating func visit(layer: Int, _ experts: [Int32]) throws {
        let index = try #require(shelves.firstIndex { $0.layers.contains(layer) })
        let keys = Set(experts).sorted().map { (layer - shelves[index].layers.lowerBound) * expertCount + Int($0) }
        let found = keys.filter { lists[index].contains($0) }
        for key in found {
            lists[index].removeAll { $0 == key }
            lists[index].append(key)
        }
        for key in keys where !found.contains(key) {
            if lists[index].count == shelves[index].slots { lists[index].removeFirst() }
            lists[index].append(key)
        }
        hits += found.count
        misses += keys.count - found.count
    }

    /// Layer and expert of all that is in memory, shelf by shelf.
    var residents: [[Int]] {
        zip(shelves, lists).flatMap { shelf, list in
            list.map { [shelf.layers.lowerBound + $0 / expertCount, $0 % expertCount] }
        }
    }
}
