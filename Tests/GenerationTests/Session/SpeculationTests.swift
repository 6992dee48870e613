import Files
import Generation
import Models
import Tensors
import TestSupport
import Testing

/// Sessions that guess with the checkpoint's own prediction layers answer as sessions that do not.
@Suite(.timeLimit(.minutes(10))) struct SpeculationTests {
    /// Checkpoints with a prediction layer, and whose recordings hold for them.
    static let models = [
        (path: "text/v3", recorded: "v3"), (path: "text/v3-fp8", recorded: "v3-fp8"),
        (path: "gguf/v3-mtp.gguf", recorded: "v3"),
    ]

    private func speculation(_ draftLength: Int? = nil) -> SpeculationSettings {
        var settings = SpeculationSettings()
        settings.draftLength = draftLength
        return settings
    }

    @Test(arguments: models, [ElementType.f32, .f16, .q8_0])
    func greedyTokensAreIdentical(_ name: (path: String, recorded: String), _ cache: ElementType) async throws {
        for form in LatentForm.allCases {
            var settings = EngineSettings()
            (settings.cacheElementType, settings.latentForm, settings.chunkLength) = (cache, form, 6)
            let model = try LanguageModel(path: Fixture.path(name.path), settings: settings)
            for prompt in try RecordedPrompt.all(of: name.recorded) {
                let request = GenerationRequest.greedy(prompt.tokens, count: 48)
                let plain = try await Session(model).events(request)
                #expect(cache != .f32 || plain.summary.tokens.starts(with: prompt.greedy))
                for length in [nil, 3, 8] as [Int?] {
                    let session = try Session(model, speculation: speculation(length))
                    let found = try await session.events(request)
                    #expect(found.events == plain.events, "\(prompt.name), \(form), \(length ?? 1)")
                    #expect(found.summary.equals(plain.summary))
                    let tally = try #require(found.summary.speculation)
                    #expect(tally.steps + tally.accepted == 47)
                    #expect(tally.draftLength == length ?? 1 && tally.drafted >= tally.steps - 1)
                }
            }
        }
    }

    @Test func otherEnginesAgreeToo() async throws {
        for (engine, arithmetic) in [(EngineSettings.Engine.reference, Arithmetic.exact), (.cpu, .exact)] {
            var settings = EngineSettings()
            (settings.engine, settings.arithmetic) = (engine, arithmetic)
            let model = try TestModels.fixture("v3", settings)
            let prompt = try #require(try RecordedPrompt.all(of: "v3").first)
            let request = GenerationRequest.greedy(prompt.tokens, count: 16)
            let summary = try await Session(model, speculation: speculation(3)).answer(request)
            #expect(summary.tokens == prompt.greedy)
        }
    }

    /// Penalties make the choice depend on all tokens before, guesses included.
    @Test func penaltiesCountGuessesOnce() async throws {
        let model = try TestModels.fixture("v3")
        var request = GenerationRequest.greedy([83, 48, 139, 126], count: 60)
        request.sampling.repetitionPenalty = 1.3
        request.sampling.presencePenalty = 0.4
        request.sampling.frequencyPenalty = 0.3
        request.sampling.repetitionWindow = 20
        let plain = try await Session(model).answer(request)
        for length in [1, 4] {
            let found = try await Session(model, speculation: speculation(length)).answer(request)
            #expect(found.equals(plain))
        }
        let script = request.prompt + plain.tokens
        let right = try await Session.scripted(model, script, draftLength: 4).answer(request)
        #expect(right.equals(plain) && right.speculation?.acceptanceRate == 1)
    }

    // MARK: One session, many requests

    /// Prompts that begin like the text so far, in the middle of what was guessed too.
    @Test(arguments: [1, 3]) func rememberedTextIsContinuedAsPlainly(_ length: Int) async throws {
        let model = try TestModels.fixture("v3")
        let (plain, guessing) = (Session(model), try Session(model, speculation: speculation(length)))
        var prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]
        for round in 0..<6 {
            let request = GenerationRequest.greedy(prompt, count: 9)
            let expected = try await plain.events(request)
            let found = try await guessing.events(request)
            #expect(found.events == expected.events && found.summary.equals(expected.summary), "\(round)")
            #expect(round == 0 || found.summary.rememberedTokens > 0)
            // What was guessed before leaves no trace in what is guessed now.
            let fresh = try await Session(model, speculation: speculation(length)).answer(request)
            #expect(fresh.speculation?.acceptedByPlace == found.summary.speculation?.acceptedByPlace, "\(round)")
            let text = prompt + expected.summary.tokens
            prompt =
                round % 2 == 0 ? text + [9, 10, Int32(round)] : Array(text.prefix(text.count - 6)) + [Int32(round), 7]
        }
    }

    @Test func anErrorLeavesTheSessionUsable() async throws {
        let model = try TestModels.fixture("v3")
        let session = try Session(model, speculation: speculation())
        let request = GenerationRequest.greedy([83, 48, 139, 126, 231, 13, 73], count: 12)
        let first = try await session.answer(request)
        await #expect(throws: InputError.self) { try await session.answer(.greedy(request.prompt + [500], count: 5)) }
        let again = try await session.answer(request)
        #expect(again.tokens == first.tokens)
        #expect(again.speculation?.acceptedByPlace == first.speculation?.acceptedByPlace)
    }

    @Test func stoppingWithinThePromptLeavesTheSessionUsable() async throws {
        var settings = EngineSettings()
        settings.chunkLength = 2
        let model = try TestModels.fixture("v3", settings)
        let session = try Session(model, speculation: speculation())
        let prompt = (0..<90).map { Int32($0 * 37 % 256) }
        var summary = GenerationSummary()
        // So many tokens that a stop which arrives late, on a busy machine, still finds the answer unfinished.
        for try await event in session.generate(.greedy(prompt, count: 3000)) {
            if case .prompt = event { session.stop() }
            if case .finished(let last) = event { summary = last }
        }
        #expect(summary.finishReason == .cancelled)
        let request = GenerationRequest.greedy(Array(prompt.prefix(33)) + [1, 2], count: 12)
        let after = try await session.answer(request)
        let fresh = try await Session(model, speculation: speculation()).answer(request)
        #expect(after.tokens == fresh.tokens)
        #expect(after.tokens == (try await Session(model).answer(request)).tokens)
    }

    // MARK: Limits

    @Test(arguments: 0...9) func contextIsNotOverrun(_ extra: Int) async throws {
        var settings = EngineSettings()
        let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]
        settings.contextLength = prompt.count + extra
        let model = try TestModels.fixture("v3", settings)
        let request = GenerationRequest.greedy(prompt, count: nil)
        let plain = try await Session(model).answer(request)
        #expect(plain.tokens.count == extra + 1)
        for length in [1, 8] {
            let found = try await Session(model, speculation: speculation(length)).answer(request)
            #expect(found.equals(plain))
            let scripted = try Session.scripted(model, prompt + plain.tokens, draftLength: length)
            #expect(try await scripted.answer(request).equals(plain))
        }
    }

    @Test(arguments: 1...7) func tokenLimitIsKept(_ count: Int) async throws {
        let model = try TestModels.fixture("v3")
        let request = GenerationRequest.greedy([1, 2, 3], count: count)
        let plain = try await Session(model).events(request)
        for length in [1, 3, 8] {
            let own = try await Session(model, speculation: speculation(length)).events(request)
            #expect(own.events == plain.events && own.summary.equals(plain.summary))
            let script = request.prompt + plain.summary.tokens
            let right = try await Session.scripted(model, script, draftLength: length).events(request)
            #expect(right.events == plain.events && right.summary.equals(plain.summary))
        }
    }

    // MARK: What cannot be

    @Test(arguments: ["text/v3-k256", "text/llama-gqa", "gguf/v3.gguf"])
    func checkpointsWithoutPredictionLayersAreAnError(_ path: String) throws {
        let model = try LanguageModel(path: Fixture.path(path))
        let error = try #require(throws: InputError.self) { try Session(model, speculation: speculation()) }
        #expect(error.kind == .missing && "\(error)".contains("prediction layers"))
        _ = try Session(model, speculation: nil)
    }

    @Test(arguments: [0, -1, 9, Int.max]) func unusableDraftLengthsAreErrors(_ length: Int) throws {
        let model = try TestModels.fixture("v3")
        let error = try #require(throws: InputError.self) { try Session(model, speculation: speculation(length)) }
        #expect(error.kind == .invalidValue)
    }

    @Test func plainSpeedIsMeasuredOnlyWhereAskedFor() async throws {
        let model = try TestModels.fixture("v3")
        var settings = speculation()
        let request = GenerationRequest.greedy([1, 2, 3], count: 17)
        let silent = try await Session(model, speculation: settings).answer(request)
        #expect(silent.speculation?.plainTokenSeconds == nil && silent.speculationSpeedup == nil)
        settings.measuresPlainSpeed = true
        let session = try Session(model, speculation: settings)
        let measured = try await session.answer(request)
        #expect(try #require(measured.speculationSpeedup) > 0 && measured.tokens == silent.tokens)
        // Measuring happens on a fork: the session goes on as if nothing had been.
        let more = GenerationRequest.greedy(request.prompt + measured.tokens + [5], count: 9)
        #expect(try await session.answer(more).tokens == Session(model).answer(more).tokens)
        #expect(try await Session(model).answer(request).speculation == nil)
    }
}
