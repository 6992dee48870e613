import Checkpoints
import Files
import Foundation
import Models
import Tensors
import TestSupport
import Testing

@testable import Generation

/// What the prediction layers guess: row by row of the cache as in one pass over the whole text without a cache.
@Suite(.timeLimit(.minutes(5))) struct PredictionDrafterTests {
    /// A drafter beside the cache that its decoder fills.
    private struct Run {
        let model: LanguageModel
        let cache: KeyValueCache
        var drafter: PredictionDrafter

        init(_ model: LanguageModel) throws {
            self.model = model
            self.cache = KeyValueCache(pool: model.pool)
            self.drafter = try PredictionDrafter(model, cache)
        }

        mutating func read(_ tokens: [Int32]) throws {
            let step = try model.decoder.step([.init(tokens: tokens, cache: cache)], operations: model.operations)
            try drafter.read(tokens, states: try model.decoder(step))
        }

        /// The logits of the guesses after `token`, of which the likeliest are taken.
        mutating func guesses(after token: Int32, _ count: Int) throws -> [[Float]] {
            var all: [[Float]] = []
            try drafter.draft(after: token, count: count) { logits in
                all.append(logits)
                return likeliest(logits)
            }
            return all
        }
    }

    /// The logits with which a prediction layer follows the text, recorded or computed in one pass.
    private static func expect(_ found: [Float], _ expected: ArraySlice<Float>, _ place: String) {
        let difference = zip(found, expected).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
        let size = expected.reduce(0) { $0 + pow(Double($1), 2) }
        #expect(found.count == expected.count && (difference / size).squareRoot() < 1e-4, "\(place)")
    }

    @Test(arguments: SpeculationTests.models, [1, 3, 7, 40])
    func guessesAreTheRecordedOnes(_ name: (path: String, recorded: String), _ chunk: Int) throws {
        let model = try LanguageModel(path: Fixture.path(name.path))
        let recorded = try RecordedTensors(path: Fixture.path("text/\(name.recorded)/golden"))
        for prompt in try RecordedPrompt.all(of: name.recorded) {
            let logits = try recorded.tensor(prompt.name + ".mtp.logits")
            let width = logits.shape[1]
            var run = try Run(model)
            // Row t of the recording follows token t + 1, whose state is not known yet.
            for start in stride(from: 0, to: prompt.tokens.count - 1, by: chunk) {
                let end = min(start + chunk, prompt.tokens.count - 1)
                try run.read(Array(prompt.tokens[start..<end]))
                let found = try run.guesses(after: prompt.tokens[end], 3)
                #expect(found.count == 3)
                Self.expect(found[0], logits.floats[(end - 1) * width..<end * width], "\(prompt.name) at \(end)")
            }
        }
    }

    /// Forgetting, and reading again what had to be forgotten too.
    @Test(arguments: [1, 2]) func forgottenTextLeavesNoTrace(_ layers: Int) throws {
        try withLayers(layers) { model in
            let text = (0..<60).map { Int32($0 * 41 % 256) }
            for length in [0, 1, 2, 5, 17, 38, 39, 40] {
                var run = try Run(model)
                try run.read(Array(text.prefix(25)))
                _ = try run.guesses(after: 7, 4)
                run.cache.truncate(to: 25)
                let known = run.drafter.truncate(to: 25)
                #expect(known <= 25 && known >= 25 - layers)
                run.cache.truncate(to: known)
                try run.read(Array(text[known..<40]))
                run.cache.truncate(to: length)
                let kept = run.drafter.truncate(to: length)
                #expect(kept <= length && kept >= min(length - layers, 17))
                run.cache.truncate(to: kept)
                try run.read(Array(text[kept..<length]) + [99, 98])
                var fresh = try Run(model)
                try fresh.read(Array(text.prefix(length)) + [99, 98])
                #expect(try run.guesses(after: 3, 4) == fresh.guesses(after: 3, 4), "\(length)")
            }
        }
    }

    /// Two layers: the second goes along with the states of the first and one more token.
    @Test(arguments: [1, 4, 30]) func everyLayerGuessesOnce(_ chunk: Int) throws {
        try withLayers(2) { model in
            let text = (0..<30).map { Int32($0 * 59 % 256) }
            var run = try Run(model)
            for start in stride(from: 0, to: text.count - 1, by: chunk) {
                let end = min(start + chunk, text.count - 1)
                try run.read(Array(text[start..<end]))
                let found = try run.guesses(after: text[end], 2)
                let first = likeliest(found[0])
                let expected = try uncached(model, Array(text[...end]) + [first])
                #expect(found[0] == expected[0] && found[1] == expected[1], "\(end)")
            }
        }
    }

    /// The last logits of both layers for a text whose last token is the first layer's guess.
    private func uncached(_ model: LanguageModel, _ text: [Int32]) throws -> [[Float]] {
        let (decoder, operations) = (model.decoder, model.operations)
        func step(_ tokens: ArraySlice<Int32>) throws -> Step {
            try decoder.step([.init(tokens: Array(tokens), cache: nil)], operations: operations)
        }
        var states = try decoder(try step(text.dropLast(2)))
        return try (0..<2).map { depth in
            states = try decoder.predict(
                depth: depth, after: states, try step(text[(depth + 1)..<(depth + 1 + states.shape[0])]))
            let last = states.slice(states.shape[0] - 1..<states.shape[0])
            return decoder.predictionLogits(depth: depth, last, operations).floats
        }
    }

    @Test func answersAreTheSameWithTwoLayers() async throws {
        try await withLayers(2) { model in
            let request = GenerationRequest.greedy([83, 48, 139, 126], count: 50)
            let plain = try await Session(model).answer(request)
            for length in [nil, 1, 2, 4] as [Int?] {
                var settings = SpeculationSettings()
                settings.draftLength = length
                let found = try await Session(model, speculation: settings).answer(request)
                #expect(found.equals(plain) && found.speculation?.draftLength == length ?? 2)
            }
        }
    }

    /// Damage in a layer that only guesses is told, not hidden.
    @Test func damagedPredictionLayersAreAnError() async throws {
        var copy = try CheckpointCopy(of: "text/v3")
        copy.replace("model.layers.3.eh_proj.weight") { [0, 0, 0xC0, 0x7F] + $0.dropFirst(4) }
        try await copy.written { folder in
            let model = try LanguageModel(path: folder)
            let request = GenerationRequest.greedy([1, 2, 3], count: 4)
            let session = try Session(model, speculation: SpeculationSettings())
            await #expect(throws: InputError.self) { try await session.answer(request) }
            #expect(try await Session(model).answer(request).tokens.count == 4)
        }
    }

    /// `v3` with its prediction layer, or with a second one that differs from it.
    private func withLayers<Result>(_ count: Int, _ body: (LanguageModel) async throws -> Result) async throws -> Result
    {
        try await twoLayers(count).written { try await body(try LanguageModel(path: $0)) }
    }

    private func withLayers<Result>(_ count: Int, _ body: (LanguageModel) throws -> Result) throws -> Result {
        try twoLayers(count).written { try body(try LanguageModel(path: $0)) }
    }

    private func twoLayers(_ count: Int) throws -> CheckpointCopy {
        var copy = try CheckpointCopy(of: "text/v3")
        guard count > 1 else { return copy }
        copy.configuration = copy.configuration.replacing(
            "\"num_nextn_predict_layers\": 1", with: "\"num_nextn_predict_layers\": 2")
        for name in copy.names where name.hasPrefix("model.layers.3.") {
            copy.add(name.replacing("layers.3.", with: "layers.4."), like: name)
        }
        // Rows in another order make another layer of it.
        copy.replace("model.layers.4.eh_proj.weight") { Array($0[512...] + $0[..<512]) }
        return copy
    }
}

/// The place of the largest of `logits`.
private func likeliest(_ logits: [Float]) -> Int32 {
    Int32(logits.indices.max { logits[$0] < logits[$1] } ?? 0)
}
