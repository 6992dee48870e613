import Files
import Foundation
import TestSupport
import Testing

@testable import Generation

/// Sessions whose answers follow a grammar.
@Suite(.timeLimit(.minutes(10))) struct ConstrainedSessionTests {
    private static let sum = """
        {"type": "object", "properties": {"sum": {"type": "integer", "minimum": 0, "maximum": 99999},
         "note": {"type": "string", "maxLength": 20}, "carries": {"type": "array", "items": {"type": "integer",
         "minimum": 0, "maximum": 9}, "maxItems": 5}}, "required": ["sum", "carries"], "additionalProperties": false}
        """

    private func isSum(_ text: String) throws -> Bool {
        let value = try JSONParser.parse(text, source: "answer")
        let names = Set(value.object?.members.map(\.key) ?? [])
        guard let sum = value["sum"]?.integer, let carries = value["carries"]?.array else { return false }
        let notes = value["note"]?.string?.unicodeScalars.count ?? 0
        return (0...99_999).contains(sum) && carries.count <= 5 && names.isSubset(of: ["sum", "note", "carries"])
            && carries.allSatisfy { $0.integer.map { (0...9).contains($0) } ?? false } && notes <= 20
    }

    // MARK: Text

    @Test func answersAreValidAndThoughtsAreFree() async throws {
        let model = try TestModels.firstLight()
        let constraint = try model.constraint(Grammar(jsonSchema: Self.sum))
        for example in try RecordedAnswer.all().prefix(8) {
            let messages = Conversation().messages(asking: example.question)
            var request = try model.reply(to: messages, template: model.requiredTemplate())
            request.sampling = .greedy
            let free = try await Session(model).answer(request)
            request.constraint = constraint
            let summary = try await Session(model).answer(request)
            #expect(summary.finishReason == .stop && summary.thinking == free.thinking && !free.thinking.isEmpty)
            #expect(try isSum(summary.answer), "\(summary.answer)")
            // Nothing can follow the closing brace, so that no end token is waited for.
            #expect(summary.tokens.last.map { model.endTokens.contains($0) } == false)
        }
    }

    /// What the model would have said anyway, token for token.
    @Test func constraintsThatForbidNothingChangeNothing() async throws {
        let model = try TestModels.firstLight()
        let constraint = try model.constraint(Grammar(regularExpression: "[0-9]+|nothing"))
        for example in try RecordedAnswer.all() {
            let messages = Conversation().messages(asking: example.question)
            var request = try model.reply(to: messages, template: model.requiredTemplate())
            (request.sampling, request.constraint) = (.greedy, constraint)
            let summary = try await Session(model).answer(request)
            #expect(summary.tokens == example.tokens && summary.answer == example.expected)
        }
    }

    @Test func samplersOfAllKindsKeepToTheGrammar() async throws {
        let model = try TestModels.firstLight()
        let constraint = try model.constraint(Grammar(jsonSchema: Self.sum))
        var request = try model.completion(of: "7 + 9 =")
        request.constraint = constraint
        for seed in 0..<24 as Range<UInt64> {
            var sampling = SamplingSettings()
            (sampling.seed, sampling.temperature) = (seed, [0.3, 1, 3][Int(seed % 3)])
            (sampling.topK, sampling.topP) = seed % 2 == 0 ? (3, 0.5) : (0, 1)
            (sampling.minP, sampling.repetitionPenalty) = seed % 5 == 0 ? (0.3, 1.5) : (0, 1)
            request.sampling = sampling
            let summary = try await Session(model).answer(request)
            #expect(try summary.finishReason == .stop && isSum(summary.text), "\(seed): \(summary.text)")
        }
    }

    @Test func aSessionGoesOnFreelyAfterwards() async throws {
        let model = try TestModels.firstLight()
        let session = Session(model)
        var request = try model.completion(of: "7 + 9 =")
        (request.sampling, request.maximumTokens) = (.greedy, 12)
        let free = try await Session(model).answer(request)
        request.constraint = try model.constraint(Grammar.jsonObject())
        #expect(try await session.answer(request).tokens != free.tokens)
        request.constraint = nil
        #expect(try await session.answer(request).tokens == free.tokens)
    }

    // MARK: Speculation

    /// The bytes as tokens, for models without a vocabulary.
    private func bytes(_ model: LanguageModel) -> ConstraintVocabulary {
        ConstraintVocabulary(size: 256, endTokens: model.endTokens) { [UInt8(truncatingIfNeeded: $0)] }
    }

    @Test(arguments: ["text/v3", "text/v3-fp8", "gguf/v3-mtp.gguf"])
    func guessesDoNotChangeTheAnswer(_ path: String) async throws {
        let model = try LanguageModel(path: Fixture.path(path))
        let constraint = Constraint(try Grammar(jsonSchema: Self.sum), bytes(model))
        var accepted = 0
        for prompt in [[83, 48, 139, 126], [1, 2, 3], [200, 7]] as [[Int32]] {
            var request = GenerationRequest(prompt: prompt, sampling: .greedy)
            (request.constraint, request.maximumTokens) = (constraint, 100)
            request.sampling.frequencyPenalty = 0.2
            let plain = try await Session(model).answer(request)
            #expect(plain.finishReason == .stop)
            #expect(try isSum(String(decoding: plain.tokens.map { UInt8($0) }, as: UTF8.self)))
            for length in 1...8 {
                var settings = SpeculationSettings()
                settings.draftLength = length
                let summary = try await Session(model, speculation: settings).answer(request)
                #expect(summary.tokens == plain.tokens && summary.finishReason == plain.finishReason)
                accepted += summary.speculation?.accepted ?? 0
            }
        }
        // Where only one token may follow, every guess is right.
        #expect(accepted > 50)
    }

    @Test func sampledAnswersWithGuessesKeepToTheGrammar() async throws {
        let model = try TestModels.fixture("v3")
        let constraint = Constraint(try Grammar(jsonSchema: Self.sum), bytes(model))
        for seed in 0..<12 as Range<UInt64> {
            var request = GenerationRequest(prompt: [5, 6, 7], sampling: SamplingSettings())
            (request.constraint, request.sampling.seed, request.sampling.temperature) = (constraint, seed, 2)
            var settings = SpeculationSettings()
            settings.draftLength = Int(seed % 4) + 1
            let summary = try await Session(model, speculation: settings).answer(request)
            #expect(summary.finishReason == .stop)
            #expect(try isSum(String(decoding: summary.tokens.map { UInt8($0) }, as: UTF8.self)))
        }
    }

    /// All guesses right, so that the end comes amid guesses that go on behind it; and wrong ones, which are taken back.
    @Test func theEndMayComeAmidGuesses() async throws {
        let model = try TestModels.firstLight()
        var request = try model.completion(of: "7 + 9 =")
        (request.sampling, request.constraint) = (.greedy, try model.constraint(Grammar(jsonSchema: Self.sum)))
        let plain = try await Session(model).answer(request)
        for length in 1...8 {
            let script = request.prompt + plain.tokens + [5, 6, 5, 6, 5, 6, 5, 6]
            let right = try await Session.scripted(model, script, draftLength: length).answer(request)
            #expect(right.equals(plain) && right.speculation?.acceptanceRate ?? 0 > 0.5)
        }
    }

    // MARK: What cannot be

    @Test func requestsThatGoOnAfterTheEndAreErrors() async throws {
        let model = try TestModels.firstLight()
        var request = try model.completion(of: "7")
        (request.constraint, request.ignoresEnd) = (try model.constraint(Grammar.jsonObject()), true)
        let session = Session(model)
        let contradiction = request
        let error = await #expect(throws: InputError.self) { try await session.answer(contradiction) }
        #expect(error?.field == "constraint")
    }

    @Test func constraintsOfOtherVocabulariesAreErrors() async throws {
        let model = try TestModels.fixture("v3")
        var request = GenerationRequest(prompt: [1], sampling: .greedy)
        request.constraint = try TestModels.firstLight().constraint(Grammar.jsonObject())
        let (session, foreign) = (Session(model), request)
        await #expect(throws: InputError.self) { try await session.answer(foreign) }
        #expect(throws: InputError.self) { try model.constraint(Grammar.jsonObject()) }
    }

    @Test func hopelesslyAmbiguousGrammarsEndInAnError() async throws {
        let model = try TestModels.firstLight()
        var limits = GrammarLimits()
        limits.readings = 20
        var request = try model.completion(of: "7")
        request.sampling = .greedy
        request.constraint = try model.constraint(
            Grammar(gbnf: "root ::= (\"a\" | \"aa\"){0,100000} \"b\"", limits: limits))
        // Only more and more of the same letter, in more and more ways.
        for token in try model.requiredTokenizer().encode("b") { request.sampling.logitBias[token] = -.infinity }
        let (session, ambiguous) = (Session(model), request)
        let error = await #expect(throws: InputError.self) { try await session.answer(ambiguous) }
        #expect(error?.kind == .excessive)
    }

    @Test func marksOfThoughtsAreNoText() throws {
        let model = try TestModels.firstLight()
        let constraint = try model.constraint(Grammar(regularExpression: "(?:.|\n)*"))
        let progress = try constraint.begin()
        let tokenizer = try model.requiredTokenizer()
        for token in 0..<Int32(tokenizer.vocabularySize) {
            let isText = !tokenizer.isSpecial(token) && !tokenizer.isAdded(token)
            #expect(try !progress.allows(token) || isText || model.endTokens.contains(token))
        }
    }
}
