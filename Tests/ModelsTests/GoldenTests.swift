import Checkpoints
import Models
import Tensors
import TestSupport
import Testing

/// Every recorded model against what DeepSeek's or transformers' code computed.
struct GoldenTests {
    static let operations: any Operations = ReferenceOperations()

    @Test(arguments: GoldenModel.names)
    func rotaryFrequencies(name: String) throws {
        let model = try GoldenModel(name)
        let expected = try model.recorded.tensor("rope.inv_freq").floats
        #expect(relativeError(model.decoder.inverseFrequencies, expected) < 1e-6)
    }

    @Test(arguments: GoldenModel.names, LatentForm.allCases)
    func wholePrompt(name: String, form: LatentForm) throws {
        let model = try GoldenModel(name)
        for prompt in try model.prompts() {
            let trace = Trace()
            let step = try model.decoder.step(
                [.init(tokens: prompt.tokens, cache: nil)], operations: Self.operations, form: form, trace: trace)
            let hidden = model.decoder(step)
            let logits = model.decoder.logits(hidden, Self.operations)
            let expected = try model.recorded.tensor(prompt.name + ".logits").floats
            #expect(relativeError(logits.floats, expected) < 1e-4, "\(name).\(prompt.name) logits")
            try compare(trace, with: model, prompt, skipping: "mtp.")
        }
    }

    @Test(arguments: ["v3", "v3-fp8"], LatentForm.allCases)
    func multiTokenPrediction(name: String, form: LatentForm) throws {
        let model = try GoldenModel(name)
        for prompt in try model.prompts() {
            let trace = Trace()
            let step = try model.decoder.step(
                [.init(tokens: prompt.tokens, cache: nil)], operations: Self.operations, form: form)
            let hidden = model.decoder(step)
            let next = try model.decoder.step(
                [.init(tokens: Array(prompt.tokens.dropFirst()), cache: nil)], operations: Self.operations, form: form,
                trace: trace)
            let states = model.decoder.predict(depth: 0, after: hidden.slice(0..<prompt.tokens.count - 1), next)
            let logits = model.decoder.predictionLogits(depth: 0, states, Self.operations)
            let expected = try model.recorded.tensor(prompt.name + ".mtp.logits").floats
            #expect(relativeError(logits.floats, expected) < 1e-4, "\(name).\(prompt.name) MTP logits")
            try compare(trace, with: model, prompt, skipping: nil)
        }
    }

    /// Compares all that was recorded of the forward pass; the trace must not lack any of it.
    private func compare(
        _ trace: Trace, with model: GoldenModel, _ prompt: GoldenModel.Prompt, skipping: String?
    ) throws {
        let outputs = ["logits", "greedy_logits", "mtp.logits"]
        let wanted = model.recorded.names.filter { $0.hasPrefix(prompt.name + ".") }
            .map { String($0.dropFirst(prompt.name.count + 1)) }
            .filter { name in
                !outputs.contains(name) && (skipping.map { !name.hasPrefix($0) } ?? name.hasPrefix("mtp."))
            }
        #expect(!wanted.isEmpty)
        for name in wanted {
            let full = prompt.name + "." + name
            // The prediction layer records its router without the layer's number.
            let key =
                name.hasPrefix("mtp.router.")
                ? name.replacing("router.", with: "router.\(model.decoder.configuration.layerCount).") : name
            if name.hasSuffix(".indices") {
                #expect(try trace.integers[key] == model.recorded.integers(full), "\(model.name).\(full)")
            } else {
                let found = try #require(trace.tensors[key], "\(model.name).\(full) was not traced")
                let error = relativeError(found.floats, try model.recorded.tensor(full).floats)
                #expect(error < 1e-4, "\(model.name).\(full): \(error)")
            }
        }
    }
}
