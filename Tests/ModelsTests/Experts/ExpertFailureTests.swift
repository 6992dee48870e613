import Checkpoints
import Files
import Foundation
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Models

/// Disks that fail, and several sequences at a time.
@Suite(.timeLimit(.minutes(10))) struct ExpertFailureTests {
    /// Whenever a step succeeds its numbers are right; when it fails, the error is the disk's, and nothing was kept of it.
    @Test(arguments: ["text/v3", "gguf/v3-k256-Q4_K_M.gguf", "text/v2-lite"])
    func failingReadsAreErrorsAndLeaveNoTrace(name: String) throws {
        let model = try StoredModel(name)
        let operations = ReferenceOperations()
        let tokens = model.tokens(12)
        let expected = try GreedyRun(decoder: model.mapped, operations: operations)
            .logits(tokens, expected: [0], .tokenByToken).prompt
        let width = model.mapped.configuration.vocabularySize
        for budget in try model.budgets {
            let weather = UnsteadyFile.Weather()
            let decoder = try model.decoder(budget, opening: weather.opener)
            let cache = KeyValueCache(pool: KeyValuePool(layout: decoder.cacheLayout(elementType: .f32)))
            var failures = 0
            for (place, token) in tokens.enumerated() {
                weather.failing = 0.3
                var logits: [Float]?
                while logits == nil {
                    let step = try decoder.step([.init(tokens: [token], cache: cache)], operations: operations)
                    do {
                        logits = decoder.logits(try decoder(step), operations).floats
                    } catch {
                        #expect(error as? InputError == UnsteadyFile.failure)
                        #expect(cache.count == place)
                        failures += 1
                        // In the end everything that a token needs has been read.
                        weather.failing = max(weather.failing - 0.02, 0)
                    }
                }
                #expect(
                    logits?.bits == Array(expected[place * width..<(place + 1) * width]).bits, "\(budget), \(place)")
            }
            #expect(failures > 0)
        }
    }

    /// Whole prompts, of which each layer needs more experts than fit.
    @Test func failuresAmongManyExpertsLeaveNoTrace() throws {
        let model = try StoredModel("text/v3")
        let operations = ReferenceOperations()
        let tokens = model.tokens(40)
        let expected = try GreedyRun(decoder: model.mapped, operations: operations)
            .logits(tokens, expected: [0], .whole).prompt
        let weather = UnsteadyFile.Weather()
        let decoder = try model.decoder(try #require(try model.budgets.first), opening: weather.opener)
        for failing in [0.0, 1, 0, 0.05, 0, 0.5, 0] {
            weather.failing = failing
            let run = GreedyRun(decoder: decoder, operations: operations)
            if failing == 0 {
                #expect(try run.logits(tokens, expected: [0], .whole).prompt.bits == expected.bits)
            } else {
                #expect(throws: UnsteadyFile.failure) { try run.logits(tokens, expected: [0], .whole) }
            }
        }
    }

    /// The file of the experts ends before them while the model runs. That this is an error rather than the end of the
    /// program shows too that nothing looks at them through the mapping.
    @Test func filesThatShrinkAreErrors() throws {
        let builder = try CheckpointBuilder(copying: Fixture.path("text/v3"))
        let mapped = try StoredModel("text/v3")
        let budget = try #require(try mapped.budgets.first)
        try builder.written(apart: { $0.contains(".mlp.experts.") }) { folder, experts in
            let decoder = try Decoder(try openCheckpoint(at: folder), expertMemory: budget)
            #expect(decoder.expertStore != nil)
            let run = GreedyRun(decoder: decoder, operations: ReferenceOperations())
            func logits() throws -> [UInt32] {
                try run.logits(mapped.tokens(9), expected: [1, 2], .whole).prompt.bits
            }
            let expected = try logits()
            let bytes = try Data(contentsOf: URL(filePath: experts))
            for size in [0, 4096, bytes.count / 2] {
                #expect(truncate(experts, size) == 0)
                let error = #expect(throws: InputError.self) { try logits() }
                #expect(error?.kind == .truncated && error?.source == experts)
                // The same file again, rather than another one under its name.
                let file = try FileHandle(forWritingTo: URL(filePath: experts))
                try file.write(contentsOf: bytes)
                try file.close()
                #expect(try logits() == expected)
            }
        }
    }

    @Test func filesThatChangedAreRefused() throws {
        let model = try StoredModel("text/v3")
        let failure = UnsteadyFile.failure
        #expect(throws: failure) {
            try Decoder(model.checkpoint, expertMemory: model.budgets[0], opening: { _, _ in throw failure })
        }
    }

    /// What was read ahead and failed is read again for whoever wants it.
    @Test func failuresOfGuessesAreNobodys() throws {
        let model = try StoredModel("text/v3")
        let weather = UnsteadyFile.Weather()
        (weather.failing, weather.delay) = (1, 0.1)
        let decoder = try model.decoder(try #require(model.budgets.last), opening: weather.opener)
        let store = try #require(decoder.expertStore)
        let use = ExpertUse()
        store.foresee([1, 2, 4], ofLayer: 0, use)
        while weather.readings < 3 { Thread.sleep(forTimeInterval: 0.001) }
        weather.failing = 0
        var count = 0
        try store.visit([1, 2, 4], ofLayer: 0, use) {
        } _: { places, _ in
            count += places.count
        }
        #expect(count == 3 && use.counts.misses > 0)
    }

    // MARK: Several at a time

    /// Threads that fight for as few slots as possible get the numbers that each gets alone.
    @Test(arguments: ["text/v3", "text/deepseek-moe", "gguf/v3-k256-Q4_K_M.gguf"])
    func sequencesAtTheSameTimeDoNotDisturbEachOther(name: String) throws {
        let model = try StoredModel(name)
        let operations = ReferenceOperations()
        let runs = 6
        @Sendable func logits(_ decoder: Decoder, _ index: Int) throws -> [UInt32] {
            let tokens = model.tokens(4 + index, seed: UInt64(index))
            let result = try GreedyRun(decoder: decoder, operations: operations)
                .logits(tokens, expected: model.tokens(8, seed: 9), index % 2 == 0 ? .whole : .tokenByToken)
            return (result.prompt + result.greedy).bits
        }
        let expected = try (0..<runs).map { try logits(model.mapped, $0) }
        for budget in try model.budgets.prefix(2) {
            let weather = UnsteadyFile.Weather()
            weather.delay = 0.0002
            let decoder = try model.decoder(budget, opening: weather.opener)
            let found = Monitor([Int: [UInt32]]())
            for index in 0..<runs {
                Thread.detachNewThread {
                    let bits = (try? logits(decoder, index)) ?? []
                    found.change { $0[index] = bits }
                }
            }
            let all = found.wait { $0.count == runs ? $0 : nil }
            for index in 0..<runs { #expect(all[index] == expected[index], "\(budget), \(index)") }
        }
    }

    /// A failure of one sequence is nothing to the others but experts to read again.
    @Test func failuresBesideOthers() throws {
        let model = try StoredModel("text/v3")
        let operations = ReferenceOperations()
        let weather = UnsteadyFile.Weather()
        weather.failing = 0.02
        weather.delay = 0.0002
        let decoder = try model.decoder(try #require(try model.budgets.first), opening: weather.opener)
        let tokens = model.tokens(10)
        let run = GreedyRun(decoder: decoder, operations: operations)
        let expected = try GreedyRun(decoder: model.mapped, operations: operations)
            .logits(tokens, expected: [0], .whole).prompt.bits
        let outcomes = Monitor([Bool]())
        for _ in 0..<8 {
            Thread.detachNewThread {
                for _ in 0..<5 {
                    let bits = try? run.logits(tokens, expected: [0], .whole).prompt.bits
                    outcomes.change { $0.append(bits == nil || bits == expected) }
                }
            }
        }
        #expect(outcomes.wait { $0.count == 40 ? $0 : nil }.allSatisfy { $0 })
        weather.failing = 0
        #expect(try run.logits(tokens, expected: [0], .whole).prompt.bits == expected)
    }
}
