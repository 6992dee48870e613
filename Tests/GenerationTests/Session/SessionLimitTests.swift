import Files
import Foundation
import Generation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SessionLimitTests {
    private let prompt: [Int32] = [83, 48, 139, 126, 231, 13, 73]

    private func model(context: Int? = nil) throws -> LanguageModel {
        var settings = EngineSettings()
        settings.contextLength = context
        return try TestModels.fixture("v3", settings)
    }

    // MARK: Length

    @Test func tokenLimitEndsTheAnswer() async throws {
        let summary = try await Session(model()).answer(.greedy(prompt, count: 3))
        #expect(summary.tokens.count == 3 && summary.finishReason == .length)
    }

    @Test func endOfTheContextEndsTheAnswer() async throws {
        let summary = try await Session(model(context: prompt.count + 5)).answer(.greedy(prompt, count: nil))
        // Five tokens find a place in the context; the one they predict need not.
        #expect(summary.tokens.count == 6 && summary.finishReason == .length)
        let full = try await Session(model(context: prompt.count)).answer(.greedy(prompt, count: nil))
        #expect(full.tokens == Array(summary.tokens.prefix(1)) && full.finishReason == .length)
    }

    @Test func promptLongerThanTheContextIsAnError() async throws {
        let session = Session(try model(context: prompt.count - 1))
        let error = try await #require(throws: InputError.self) { try await session.answer(.greedy(prompt, count: 1)) }
        #expect(error.kind == .excessive)
        let short = try await session.answer(.greedy([1, 2], count: 1))
        #expect(short.tokens.count == 1)
    }

    @Test(arguments: [[], [-1], [256], [1, 2, Int32.max]]) func unusablePromptsAreErrors(_ prompt: [Int32]) async throws
    {
        let session = Session(try model())
        await #expect(throws: InputError.self) { try await session.answer(.greedy(prompt, count: 1)) }
        #expect(try await session.answer(.greedy([1], count: 2)).tokens.count == 2)
    }

    @Test(arguments: [0, -1, Int.min]) func unusableTokenLimitsAreErrors(_ limit: Int) async throws {
        let session = Session(try model())
        await #expect(throws: InputError.self) { try await session.answer(.greedy([1], count: limit)) }
    }

    @Test func unusableSettingsAreErrors() async throws {
        var request = GenerationRequest.greedy([1], count: 1)
        request.sampling.temperature = .nan
        let session = Session(try model())
        await #expect(throws: InputError.self) { try await session.answer(request) }
        request.sampling = .greedy
        request.stops = ["a", ""]
        await #expect(throws: InputError.self) { try await session.answer(request) }
    }

    // MARK: Stops

    @Test(arguments: ["6, c", "16, write 6", "carry 1\n7", "\n</thi", "</think>\n\n8", "7 + 9", "6"])
    func stopStringsEndTheTextWhereverTokensDo(_ stop: String) async throws {
        let model = try TestModels.firstLight()
        let example = try #require(try RecordedAnswer.all().first)
        var request = GenerationRequest(prompt: example.prompt, sampling: .greedy)
        request.stops = ["never said", stop]
        let summary = try await Session(model).answer(request)
        let place = try #require(example.text.range(of: stop))
        #expect(summary.text == String(example.text[..<place.lowerBound]))
        #expect(summary.answer == summary.text && summary.thinking.isEmpty)
        #expect(summary.finishReason == .stop)
        #expect(example.tokens.starts(with: summary.tokens) && summary.tokens.count < example.tokens.count)
    }

    @Test func ignoringTheEndGoesOnToTheLimit() async throws {
        let model = try TestModels.firstLight()
        let example = try #require(try RecordedAnswer.all().first)
        let summary = try await Session(model).answer(.greedy(example.prompt, count: example.tokens.count + 4))
        #expect(summary.tokens.starts(with: example.tokens) && summary.tokens.count == example.tokens.count + 4)
        #expect(!summary.text.contains("end▁of▁sentence") && summary.finishReason == .length)
    }

    // MARK: Numbers

    @Test func seedsGiveTheSameAnswerAgain() async throws {
        let model = try model()
        var request = GenerationRequest.greedy(prompt, count: 24)
        request.sampling = SamplingSettings()
        request.sampling.seed = 7
        let first = try await Session(model).answer(request)
        let second = try await Session(model).answer(request)
        #expect(first.tokens == second.tokens)
        request.sampling.seed = 8
        let third = try await Session(model).answer(request)
        #expect(first.tokens != third.tokens)
    }

    @Test func normsThatAreNoNumbersAreAnError() throws {
        let folder = try brokenModel("model.norm.weight")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: InputError.self) { try LanguageModel(path: folder) }
    }

    @Test(arguments: ["lm_head.weight", "model.layers.0.self_attn.kv_b_proj.weight"])
    func weightsThatAreNoNumbersAreAnError(_ tensor: String) async throws {
        let folder = try brokenModel(tensor)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let model = try LanguageModel(path: folder)
        await #expect(throws: InputError.self) { try await Session(model).answer(.greedy(prompt, count: 4)) }
        #expect(throws: InputError.self) { try model.score(prompt) }
    }

    /// A copy of v3 in which one tensor begins with NaN.
    private func brokenModel(_ name: String) throws -> String {
        let folder = try Fixture.temporaryFolder()
        for file in ["config.json", "model.safetensors"] {
            try Fixture.data("text/v3/" + file).write(to: URL(filePath: folder + "/" + file))
        }
        let path = URL(filePath: folder + "/model.safetensors")
        var bytes = try Data(contentsOf: path)
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try JSONParser.parse(Array(bytes[8..<8 + length]), source: "header")
        let tensor = try #require(header[name])
        #expect(tensor["dtype"]?.string == "F32")
        let start = 8 + length + (try #require(tensor["data_offsets"]?.array?.first?.integer))
        bytes.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
        try bytes.write(to: path)
        return folder
    }
}
