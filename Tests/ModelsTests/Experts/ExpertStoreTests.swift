import Checkpoints
import Dispatch
import Files
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Models

@Suite(.timeLimit(.minutes(10))) struct ExpertStoreTests {
    // MARK: Numbers

    /// Logits of every token of a prompt and of a continuation, to the last bit.
    @Test(arguments: StoredModel.names)
    func numbersAreThoseOfTheMappedModel(name: String) throws {
        let model = try StoredModel(name)
        let (prompt, continuation) = (model.tokens(23), model.tokens(6, seed: 2))
        for choice in OperationsChoice.allCases {
            let operations = try choice.operations
            for feeding in [Feeding.whole, .tokenByToken, .chunks] {
                let expected = try GreedyRun(decoder: model.mapped, operations: operations)
                    .logits(prompt, expected: continuation, feeding)
                for budget in try model.budgets {
                    let run = GreedyRun(decoder: try model.decoder(budget), operations: operations)
                    let found = try run.logits(prompt, expected: continuation, feeding)
                    #expect(found.prompt.bits == expected.prompt.bits, "\(name), \(budget), \(feeding), \(choice)")
                    #expect(found.greedy.bits == expected.greedy.bits, "\(name), \(budget), \(feeding), \(choice)")
                }
            }
        }
    }

    /// Weights that are multiplied in 8 bits, however few of them share a call.
    @Test(arguments: ["v3-k256-Q4_K_M", "v3-k256-IQ4_XS", "v2-lite-joined-Q8_0"])
    func numbersInEightBitsAreThoseOfTheMappedModel(name: String) throws {
        let model = try StoredModel("gguf/\(name).gguf")
        let operations = try CPUOperations(arithmetic: .eightBit)
        let (prompt, continuation) = (model.tokens(40), model.tokens(6, seed: 2))
        let expected = try GreedyRun(decoder: model.mapped, operations: operations)
            .logits(prompt, expected: continuation, .whole)
        for budget in try model.budgets {
            let run = GreedyRun(decoder: try model.decoder(budget), operations: operations)
            let found = try run.logits(prompt, expected: continuation, .whole)
            #expect(found.prompt.bits == expected.prompt.bits && found.greedy.bits == expected.greedy.bits)
        }
    }

    @Test(arguments: ["v3", "v3-fp8"])
    func predictionsAreThoseOfTheMappedModel(name: String) throws {
        let model = try StoredModel("text/" + name)
        let operations = ReferenceOperations()
        func states(_ decoder: Decoder) throws -> [UInt32] {
            let tokens = model.tokens(9)
            let main = try decoder.step([.init(tokens: tokens, cache: nil)], operations: operations)
            let hidden = try decoder(main).slice(0..<8)
            let next = try decoder.step(
                [.init(tokens: Array(tokens.dropFirst()), cache: nil)], operations: operations)
            let states = try decoder.predict(depth: 0, after: hidden, next)
            #expect((next.expertUse != nil) == (decoder.expertStore != nil))
            return states.floats.bits
        }
        let expected = try states(model.mapped)
        for budget in try model.budgets { #expect(try states(model.decoder(budget)) == expected) }
    }

    // MARK: What is kept

    /// However long the disk takes, and for whatever budget: what is found and what is read is settled beforehand.
    @Test(arguments: StoredModel.names)
    func hitsAreThoseOfAListByLastUse(name: String) throws {
        let model = try StoredModel(name)
        for budget in try model.budgets {
            let weather = UnsteadyFile.Weather()
            weather.delay = 0.0005
            let decoder = try model.decoder(budget, foresees: false, opening: weather.opener)
            var simulated = try SimulatedShelves(model, budget: budget)
            var counts = ExpertCounts()
            let cache = KeyValueCache(pool: KeyValuePool(layout: decoder.cacheLayout(elementType: .f32)))
            for length in [1, 1, 7, 1, 30, 1, 1, 2] {
                let trace = Trace()
                let step = try decoder.step(
                    [.init(tokens: model.tokens(length, seed: UInt64(cache.count)), cache: cache)],
                    operations: ReferenceOperations(), trace: trace)
                _ = try decoder(step)
                for (place, layer) in model.layers.enumerated() {
                    guard let chosen = trace.integers["router.\(layer.index).indices"] else { continue }
                    try simulated.visit(layer: place, chosen)
                }
                counts += try #require(step.expertUse).counts
                #expect(counts.hits == simulated.hits && counts.misses == simulated.misses, "\(name), \(budget)")
            }
            let residents = try #require(decoder.expertStore).residents.map { [$0.layer, $0.expert] }
            #expect(residents == simulated.residents, "\(name), \(budget)")
            #expect(weather.readings == 3 * counts.misses)
            #expect(counts.misses > 0 && counts.bytesRead >= counts.misses * 3 * PageSpan.pageBytes)
        }
    }

    /// What a step reads depends on what it misses, and on nothing else.
    @Test func bytesReadAreThoseOfTheMisses() throws {
        let model = try StoredModel("gguf/v3-k256-Q4_K_M.gguf")
        for budget in try model.budgets {
            let decoder = try model.decoder(budget, foresees: false)
            var read: Set<Int> = []
            for seed in 0..<6 {
                let step = try decoder.step(
                    [.init(tokens: model.tokens(1, seed: UInt64(seed)), cache: nil)], operations: ReferenceOperations())
                _ = try decoder(step)
                let counts = try #require(step.expertUse).counts
                let sizes = model.layers.map(\.slotBytes)
                #expect(counts.bytesRead <= counts.misses * (sizes.max() ?? 0))
                #expect(counts.hits + counts.misses == sizes.count * (try model.mixture.expertsPerToken))
                read.insert(counts.bytesRead)
            }
            #expect(read.count > 1)
        }
    }

    // MARK: Foresight

    /// Whatever was read ahead is found, whether all of it was wanted or not.
    @Test func whatWasForeseenIsFound() throws {
        let model = try StoredModel("text/v3")
        let decoder = try model.decoder(try #require(model.budgets.last))
        let store = try #require(decoder.expertStore)
        let use = ExpertUse()
        store.foresee([4, 1, 2], ofLayer: 1, use)
        var visited: [Int] = []
        let wanted = [1, 4, 5]
        try store.visit(wanted, ofLayer: 1, use) {
        } _: { places, experts in
            #expect(experts.count == places.count)
            visited += places.map { wanted[$0] }
        }
        #expect(visited.sorted() == wanted)
        #expect(use.counts.foreseen == 2 && use.counts.hits == 0 && use.counts.misses == 1)
        #expect(use.counts.bytesReadAhead <= use.counts.bytesRead && use.counts.bytesReadAhead > 0)
        try store.visit([1, 4, 5], ofLayer: 1, use) {
        } _: { _, _ in
        }
        #expect(use.counts.foreseen == 2 && use.counts.hits == 3 && use.counts.misses == 1)
    }

    /// A layer's guess is what its router would choose, the best of every token first, each once.
    @Test func routersRankWhatTheyWouldChoose() throws {
        let model = try StoredModel("text/v3")
        let routers = model.mapped.layers.compactMap { layer -> Router? in
            if case .mixture(let mixture) = layer.feedForward { mixture.router } else { nil }
        }
        let operations = ReferenceOperations()
        var numbers = SeededNumbers(seed: 4)
        for (router, rows) in zip(routers + routers, [1, 3, 8, 1]) {
            let width = model.mapped.configuration.hiddenSize
            let x = Tensor(
                (0..<rows * width).map { _ in Float.random(in: -1...1, using: &numbers) }, shape: [rows, width])
            let ranked = router.ranked(x, operations)
            #expect(ranked.sorted() == Set(router(x, operations).experts.map { Int($0) }).sorted())
            for row in 0..<rows {
                let single = router.ranked(x.slice(row..<row + 1), operations)
                #expect(single.count == router.configuration.expertsPerToken)
                #expect(try #require(ranked.firstIndex(of: single[0])) <= row)
            }
        }
    }

    /// Single tokens foresee, and whole prompts do not.
    @Test func foresightFindsExpertsEarlier() throws {
        let model = try StoredModel("gguf/v3-k256-Q4_K_M.gguf")
        for foresees in [false, true] {
            let decoder = try model.decoder(try #require(model.budgets.last), foresees: foresees)
            var counts = ExpertCounts()
            for length in [1, 1, 1, 20] {
                let step = try decoder.step(
                    [.init(tokens: model.tokens(length, seed: UInt64(length)), cache: nil)],
                    operations: ReferenceOperations())
                _ = try decoder(step)
                if length == 20 { #expect(step.expertUse?.counts.foreseen == 0) }
                counts += try #require(step.expertUse).counts
            }
            #expect((counts.foreseen > 0) == foresees && (counts.bytesReadAhead > 0) == foresees)
        }
    }

    // MARK: Sizes

    @Test(arguments: StoredModel.names)
    func budgetsForAllExpertsMapThem(name: String) throws {
        let model = try StoredModel(name)
        let all = try model.layers.reduce(0) { $0 + $1.slotBytes } * model.mixture.expertCount
        for budget in [all, .max] {
            #expect(try Decoder(model.checkpoint, expertMemory: budget).expertStore == nil)
        }
        #expect(try Decoder(model.checkpoint, expertMemory: all - 1).expertStore != nil)
    }

    @Test(arguments: StoredModel.names)
    func tooSmallBudgetsNameTheLeast(name: String) throws {
        let model = try StoredModel(name)
        let least = try #require(try model.budgets.first)
        for budget in [0, least - 1] {
            let error = #expect(throws: InputError.self) { try Decoder(model.checkpoint, expertMemory: budget) }
            #expect(error?.expected.contains("at least \(ByteSize(least))") == true, "\(String(describing: error))")
        }
        #expect(try Decoder(model.checkpoint, expertMemory: least).expertStore?.byteCount == least)
    }

    @Test func denseModelsNeedNoStore() throws {
        let checkpoint = try openCheckpoint(at: Fixture.path("text/llama-gqa"))
        #expect(try Decoder(checkpoint, expertMemory: 0).expertStore == nil)
    }
}

extension [Float] {
    var bits: [UInt32] { map(\.bitPattern) }
}
