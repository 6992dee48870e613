import Files
import Testing

@testable import Generation

@Suite struct SamplingSettingsTests {
    private static let defects: [(String, @Sendable (inout SamplingSettings) -> Void)] = [
        ("temperature", { $0.temperature = .nan }), ("temperature", { $0.temperature = -0.1 }),
        ("temperature", { $0.temperature = .infinity }), ("temperature", { $0.temperature = 1e-30 }),
        ("top_p", { $0.topP = 0 }), ("top_p", { $0.topP = 1.01 }), ("top_p", { $0.topP = .nan }),
        ("top_k", { $0.topK = -1 }), ("min_p", { $0.minP = -0.1 }), ("min_p", { $0.minP = 2 }),
        ("min_p", { $0.minP = .nan }), ("repetition_penalty", { $0.repetitionPenalty = 0 }),
        ("repetition_penalty", { $0.repetitionPenalty = -1 }), ("repetition_penalty", { $0.repetitionPenalty = .nan }),
        ("repetition_penalty", { $0.repetitionPenalty = .infinity }),
        ("repetition_window", { $0.repetitionWindow = 0 }),
        ("presence_penalty", { $0.presencePenalty = .nan }), ("frequency_penalty", { $0.frequencyPenalty = .infinity }),
        ("logit_bias of token 3", { $0.logitBias = [3: .nan] }),
        ("logit_bias of token 3", { $0.logitBias = [3: .infinity] }), ("logit_bias", { $0.logitBias = [-1: 0] }),
    ]

    @Test(arguments: defects.indices) func defectsAreRefusedByName(_ index: Int) {
        let (field, change) = SamplingSettingsTests.defects[index]
        var settings = SamplingSettings()
        change(&settings)
        let error = #expect(throws: InputError.self) { try settings.validated() }
        #expect(error?.kind == .invalidValue && error?.source == "sampling settings" && error?.field == field)
        #expect(throws: InputError.self) { try Sampler(settings) }
    }

    @Test(arguments: SamplingFamily.allCases) func recommendationsAreAdmissible(_ family: SamplingFamily) throws {
        let settings = SamplingSettings.recommended(for: family)
        #expect(try settings.validated() == settings)
    }

    @Test func reasoningModelsSampleAtSixTenths() {
        let settings = SamplingSettings.recommended(for: .r1)
        #expect(settings.temperature == 0.6 && settings.topP == 0.95 && settings.topK == 0)
    }

    private func merged(_ json: String) throws -> SamplingSettings {
        let fields = try #require(try JSONParser.parse(json, source: "test").object)
        return try SamplingSettings.recommended(for: .r1).merging(generationFields: fields, source: "g.json")
    }

    @Test func checkpointsFieldsGoFirst() throws {
        let settings = try merged(
            #"{"do_sample": true, "temperature": 0.3, "top_k": 50, "repetition_penalty": 1.1, "eos_token_id": [1, 2]}"#)
        #expect(settings.temperature == 0.3 && settings.topK == 50 && settings.repetitionPenalty == 1.1)
        #expect(settings.topP == 0.95)
    }

    @Test func absentAndNullFieldsChangeNothing() throws {
        #expect(try merged("{}") == .recommended(for: .r1))
        #expect(try merged(#"{"temperature": null, "do_sample": null, "top_k": -1}"#) == .recommended(for: .r1))
    }

    @Test func withoutSamplingIsGreedy() throws {
        #expect(try merged(#"{"do_sample": false, "temperature": 0.6}"#).isGreedy)
    }

    @Test(arguments: [
        (#"{"temperature": "hot"}"#, "temperature", InputError.Kind.wrongType),
        (#"{"do_sample": 1}"#, "do_sample", .wrongType), (#"{"top_k": 1.5}"#, "top_k", .wrongType),
        (#"{"top_k": 1e300}"#, "top_k", .wrongType), (#"{"temperature": 1e999}"#, "temperature", .invalidValue),
        (#"{"top_p": -3}"#, "top_p", .invalidValue), (#"{"repetition_penalty": []}"#, "repetition_penalty", .wrongType),
    ])
    func brokenFieldsAreRefused(_ json: String, _ field: String, _ kind: InputError.Kind) {
        let error = #expect(throws: InputError.self) { try merged(json) }
        #expect(error?.kind == kind && error?.field == field && error?.source == "g.json")
    }
}
