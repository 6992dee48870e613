import Checkpoints
import Models
import Tensors
import TestSupport
import Testing

/// Every recorded model against what DeepSeek's or transformers' code computed.
struct GoldenTests {
    @Test(arguments: GoldenModel.names)
    func rotaryFrequencies(name: String) throws {
        let model = try GoldenModel(name)
        let expected = try model.recorded.tensor("rope.inv_freq").floats
        #expect(relativeError(model.decoder.inverseFrequencies, expected) < 1e-6)
    }

    @Test(arguments: GoldenModel.names, LatentForm.allCases)
    func wholePrompt(name: String, form: LatentForm) throws {
        let model = try GoldenModel(name)
        for choice in OperationsChoice.allCases {
            for prompt in try model.prompts() {
                let (operations, trace) = (try choice.operations, Trace())
                let step = try model.decoder.step(
                    [.init(tokens: prompt.tokens, cache: nil)], operations: operations, form: form, trace: trace)
                let logits = model.decoder.logits(try model.decoder(step), operations)
                let expected = try model.recorded.tensor(prompt.name + ".logits").floats
                #expect(relativeError(logits.floats, expected) < 1e-4, "\(name).\(prompt.name) logits, \(choice)")
                try compare(trace, with: model, prompt, skipping: "mtp.", choice)
            }
        }
    }

    @Test(arguments: ["v3", "v3-fp8"], LatentForm.allCases)
    func multiTokenPrediction(name: String, form: LatentForm) throws {
        let model = try GoldenModel(name)
        for choice in OperationsChoice.allCases {
            for prompt in try model.prompts() { try predict(model, prompt, form, choice) }
        }
    }

    /// The layer's tensors under llama.cpp's names.
    @Test(arguments: LatentForm.allCases)
    func multiTokenPredictionOfGGUF(form: LatentForm) throws {
        let model = try GoldenModel("v3", file: "gguf/v3-mtp.gguf")
        for choice in OperationsChoice.allCases {
            for prompt in try model.prompts() { try predict(model, prompt, form, choice) }
        }
    }

    private func predict(
        _ model: GoldenModel, _ prompt: GoldenModel.Prompt, _ form: LatentForm, _ choice: OperationsChoice
    ) throws {
        let (decoder, operations, trace) = (model.decoder, try choice.operations, Trace())
        let step = try decoder.step([.init(tokens: prompt.tokens, cache: nil)], operations: operations, form: form)
        let hidden = try decoder(step)
        let next = try decoder.step(
            [.init(tokens: Array(prompt.tokens.dropFirst()), cache: nil)], operations: operations, form: form,
            trace: trace)
        let states = try decoder.predict(depth: 0, after: hidden.slice(0..<prompt.tokens.count - 1), next)
        let logits = decoder.predictionLogits(depth: 0, states, operations)
        let expected = try model.recorded.tensor(prompt.name + ".mtp.logits").floats
        #expect(relativeError(logits.floats, expected) < 1e-4, "\(model.name).\(prompt.name) MTP logits, \(choice)")
        try compare(trace, with: model, prompt, skipping: nil, choice)
    }

    /// Compares all that was recorded of the forward pass; the trace must not lack any of it.
    private func compare(
        _ trace: Trace, with model: GoldenModel, _ prompt: GoldenModel.Prompt, skipping: String?,
        _ choice: OperationsChoice
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
                #expect(try trace.integers[key] == model.recorded.integers(full), "\(model.name).\(full), \(choice)")
            } else {
                let found = try #require(trace.tensors[key], "\(model.name).\(full) was not traced")
                let error = relativeError(found.floats, try model.recorded.tensor(full).floats)
                #expect(error < 1e-4, "\(model.name).\(full), \(choice): \(error)")
            }
        }
    }
}
