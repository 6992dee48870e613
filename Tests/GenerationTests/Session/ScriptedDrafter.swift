import Generation
import Synchronization
import Tensors
import Testing

/// Guesses what a script says comes next; wrong where it is told to be.
struct ScriptedDrafter: Drafter {
    /// The prompt and what the model will answer.
    let script: [Int32]
    let vocabularySize: Int
    /// Whether the guess at the token in this place of the script is right.
    let isRight: @Sendable (Int) -> Bool
    private var length = 0

    init(script: [Int32], vocabularySize: Int, isRight: @escaping @Sendable (Int) -> Bool = { _ in true }) {
        (self.script, self.vocabularySize, self.isRight) = (script, vocabularySize, isRight)
    }

    mutating func read(_ tokens: [Int32], states: Tensor) {
        #expect(tokens == Array(script[length..<length + tokens.count]), "read at \(length)")
        #expect(states.shape[0] == tokens.count)
        length += tokens.count
    }

    mutating func truncate(to length: Int) -> Int {
        self.length = min(self.length, length)
        return self.length
    }

    mutating func draft(after token: Int32, count: Int, choose: ([Float]) throws -> Int32) throws {
        #expect(token == script[length])
        for place in length + 1..<length + 1 + count {
            let right = place < script.count ? script[place] : 0
            let guess = isRight(place) ? right : (right + 1) % Int32(vocabularySize)
            var logits = [Float](repeating: 0, count: vocabularySize)
            logits[Int(guess)] = 100
            #expect(try choose(logits) == guess)
        }
    }
}

extension Session {
    /// A session whose guesses are scripted.
    static func scripted(
        _ model: LanguageModel, _ script: [Int32], draftLength: Int,
        isRight: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) throws -> Session {
        var settings = SpeculationSettings()
        settings.draftLength = draftLength
        return try Session(model, settings) { _ in
            ScriptedDrafter(
                script: script, vocabularySize: model.configuration.vocabularySize, isRight: isRight)
        }
    }

    /// All events of an answer but the last, as text, and the last.
    nonisolated func events(_ request: GenerationRequest) async throws -> (events: [String], summary: GenerationSummary)
    {
        var (events, summary) = ([String](), GenerationSummary())
        for try await event in generate(request) {
            if case .finished(let last) = event { summary = last } else { events.append("\(event)") }
        }
        return (events, summary)
    }
}

extension GenerationSummary {
    /// Whether all that does not say how it was made is equal.
    func equals(_ other: GenerationSummary) -> Bool {
        tokens == other.tokens && text == other.text && thinking == other.thinking && answer == other.answer
            && finishReason == other.finishReason && promptTokens == other.promptTokens
            && rememberedTokens == other.rememberedTokens
    }
}
