import Generation
import TestSupport
import Testing

/// Guesses that are known to be right or wrong, counted; and what happens at the end of an answer amid right guesses.
@Suite(.timeLimit(.minutes(5))) struct SpeculationBookkeepingTests {
    private let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]

    private func script(_ model: LanguageModel, _ count: Int) async throws -> [Int32] {
        prompt + (try await Session(model).answer(.greedy(prompt, count: count))).tokens
    }

    @Test(arguments: 1...8) func rightGuessesAllCount(_ length: Int) async throws {
        let model = try TestModels.fixture("v3")
        let script = try await script(model, 37)
        let session = try Session.scripted(model, script, draftLength: length)
        let summary = try await session.answer(.greedy(prompt, count: 37))
        #expect(Array(script[prompt.count...]) == summary.tokens)
        let tally = try #require(summary.speculation)
        // The first token comes with the prompt; then each step gives one token more than guesses.
        let (steps, rest) = (36 / (length + 1), 36 % (length + 1))
        #expect(tally.steps == steps + (rest > 0 ? 1 : 0))
        #expect(tally.drafted == steps * length + max(rest - 1, 0) && tally.accepted == tally.drafted)
        #expect(tally.acceptanceRate == 1)
    }

    @Test func wrongGuessesNeverCount() async throws {
        let model = try TestModels.fixture("v3")
        let script = try await script(model, 21)
        let session = try Session.scripted(model, script, draftLength: 3) { _ in false }
        let summary = try await session.answer(.greedy(prompt, count: 21))
        #expect(Array(script[prompt.count...]) == summary.tokens)
        let tally = try #require(summary.speculation)
        // The last steps have no room for three guesses.
        #expect(tally.steps == 20 && tally.accepted == 0 && tally.drafted == 17 * 3 + 2 + 1)
    }

    /// Every third guess is wrong: of three guesses the first two are right, then one step's first is right, and so on.
    @Test func guessesAfterAWrongOneDoNotCount() async throws {
        let model = try TestModels.fixture("v3")
        let script = try await script(model, 41)
        let start = prompt.count
        let session = try Session.scripted(model, script, draftLength: 3) { ($0 - start) % 3 != 0 }
        let summary = try await session.answer(.greedy(prompt, count: 41))
        #expect(Array(script[start...]) == summary.tokens)
        // The token at place 0 comes with the prompt. Each step guesses 3 places from 3i + 1 on: right, right, wrong,
        // and the decoder's own token takes the place of the wrong one.
        let tally = try #require(summary.speculation)
        #expect(tally.steps == 14 && tally.acceptedByPlace == [13, 13, 0])
        #expect(tally.drafted == 13 * 3)
    }

    /// The end comes in the middle of right guesses: what is after it is neither told nor remembered.
    @Test func endTokensEndTheAnswerAmidGuesses() async throws {
        let model = try TestModels.firstLight()
        for example in try RecordedAnswer.all().prefix(6) {
            let request = GenerationRequest(prompt: example.prompt, sampling: .greedy)
            let plain = Session(model)
            let expected = try await plain.events(request)
            let more = GenerationRequest.greedy(example.prompt + example.tokens + [5, 6], count: 4)
            for length in [1, 3, 7] {
                let script = example.prompt + example.tokens + [5, 6, 5, 6, 5, 6, 5, 6]
                let session = try Session.scripted(model, script, draftLength: length)
                let found = try await session.events(request)
                #expect(found.events == expected.events && found.summary.equals(expected.summary))
                #expect(found.summary.speculation?.acceptanceRate ?? 0 > 0.5)
                // All but the last token of the answer is remembered, as without guesses.
                let next = try await Session(model).answer(more)
                let again = try await Session.scripted(
                    model, more.prompt + next.tokens, draftLength: length
                ).answer(more)
                #expect(again.tokens == next.tokens)
            }
        }
    }

    @Test(arguments: ["6, c", "16, write 6", "carry 1\n7", "\n</thi", "</think>\n\n8", "7 + 9", "6"])
    func stopStringsEndTheTextAmidGuesses(_ stop: String) async throws {
        let model = try TestModels.firstLight()
        let example = try #require(try RecordedAnswer.all().first)
        var request = GenerationRequest(prompt: example.prompt, sampling: .greedy)
        request.stops = ["never said", stop]
        let plain = try await Session(model).events(request)
        for length in 1...8 {
            let session = try Session.scripted(model, example.prompt + example.tokens, draftLength: length)
            let found = try await session.events(request)
            #expect(found.events == plain.events && found.summary.equals(plain.summary))
            // The session remembers as much as one that does not guess.
            request.prompt = example.prompt + plain.summary.tokens
            let (again, other) = (try await session.answer(request), Session(model))
            request.prompt = example.prompt
            _ = try await other.answer(request)
            request.prompt = example.prompt + plain.summary.tokens
            #expect(again.rememberedTokens == (try await other.answer(request)).rememberedTokens)
            request.prompt = example.prompt
        }
    }

    @Test func stoppingEndsTheAnswerAmidGuesses() async throws {
        let model = try TestModels.fixture("v3")
        let script = try await script(model, 200)
        let session = try Session.scripted(model, script, draftLength: 8)
        var (tokens, summary) = ([Int32](), GenerationSummary())
        for try await event in session.generate(.greedy(prompt, count: 200)) {
            if case .token(let token) = event {
                tokens.append(token)
                if tokens.count == 5 { session.stop() }
            }
            if case .finished(let last) = event { summary = last }
        }
        #expect(summary.tokens == tokens && script[prompt.count...].starts(with: tokens))
        #expect(summary.finishReason == .cancelled || tokens.count == 200)
        let again = try await session.answer(.greedy(prompt, count: 200))
        #expect(again.tokens == Array(script[prompt.count...]))
    }
}
