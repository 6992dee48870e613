import Checkpoints
import Files
import Generation
import Models
import Tensors

/// A checkpoint against every number that the reference implementation recorded of it.
struct ModelCheck: VerificationCheck {
    static let tolerance = 1e-4
    /// Frequencies are computed in f64 and rounded once.
    static let frequencyTolerance = 1e-6

    let area = VerificationArea.model
    let name: String
    let folder: String

    func compare(engines: [EngineSettings.Engine]) throws -> Tally {
        let recorded = try RecordedModel(folder: folder)
        let decoder = try Decoder(try openCheckpoint(at: folder))
        var tally = Tally(tolerance: ModelCheck.tolerance)
        tally.subject = recorded.subject
        tally.count(recorded.prompts.count, "prompts")
        tally.compare(
            decoder.inverseFrequencies, try recorded.tensors.tensor("rope.inv_freq").floats, "rope.inv_freq",
            limit: ModelCheck.frequencyTolerance)
        for engine in engines {
            let operations = try engine.operations()
            for form in decoder.latentForms {
                let way = "\(operations.name), \(form)"
                let comparison = ModelComparison(
                    decoder: decoder, recorded: recorded.tensors, operations: operations, form: form, way: way)
                for prompt in recorded.prompts { try comparison.compare(prompt, &tally) }
            }
        }
        return tally
    }
}

/// The comparisons that are made under one choice of operations and form of attention.
private struct ModelComparison {
    let decoder: Decoder
    let recorded: RecordedTensors
    let operations: any Operations
    let form: LatentForm
    /// That choice in words.
    let way: String

    func compare(_ prompt: RecordedPrompt, _ tally: inout Tally) throws {
        try inside(prompt, &tally)
        if recorded.contains(prompt.name + ".mtp.logits") { try predictions(prompt, &tally) }
        for feeding in Feeding.allCases { try continuation(prompt, feeding, &tally) }
    }

    /// Logits of every position and greedy tokens.
    private func continuation(_ prompt: RecordedPrompt, _ feeding: Feeding, _ tally: inout Tally) throws {
        let run = GreedyRun(decoder: decoder, operations: operations, form: form)
        let result = try run.result(prompt.tokens, expected: prompt.greedy, feeding)
        let place = "(\(way), \(feeding))"
        try compare(result.prompt, prompt.name + ".logits", place, &tally)
        try compare(result.greedy, prompt.name + ".greedy_logits", place, &tally)
        tally.compare(
            greedy: result.tokens, prompt.greedy, sure: prompt.greedy.count, "\(prompt.name) \(place)")
        tally.count("continuations")
    }

    /// What goes on between the layers.
    private func inside(_ prompt: RecordedPrompt, _ tally: inout Tally) throws {
        let trace = Trace()
        let step = try decoder.step(
            [.init(tokens: prompt.tokens, cache: nil)], operations: operations, form: form, trace: trace)
        _ = try decoder(step)
        try compare(trace, prompt, &tally) { !$0.hasPrefix("mtp.") }
    }

    /// The multi-token prediction layer.
    private func predictions(_ prompt: RecordedPrompt, _ tally: inout Tally) throws {
        guard decoder.predictionDepth > 0 else {
            return tally.fail("\(prompt.name).mtp.logits was recorded, but the checkpoint has no prediction layer.")
        }
        let trace = Trace()
        let main = try decoder.step(
            [.init(tokens: prompt.tokens, cache: nil)], operations: operations, form: form)
        let next = try decoder.step(
            [.init(tokens: Array(prompt.tokens.dropFirst()), cache: nil)], operations: operations, form: form,
            trace: trace)
        let hidden = try decoder(main).slice(0..<prompt.tokens.count - 1)
        let states = try decoder.predict(depth: 0, after: hidden, next)
        let logits = decoder.predictionLogits(depth: 0, states, operations)
        try compare(logits.floats, prompt.name + ".mtp.logits", "(\(way))", &tally)
        try compare(trace, prompt, &tally) { $0.hasPrefix("mtp.") }
    }

    /// Compares all that was recorded of a forward pass; the trace must not lack any of it.
    private func compare(
        _ trace: Trace, _ prompt: RecordedPrompt, _ tally: inout Tally, where isWanted: (String) -> Bool
    ) throws {
        let outputs = ["logits", "greedy_logits", "mtp.logits"]
        let names = recorded.names.filter { $0.hasPrefix(prompt.name + ".") }
            .map { String($0.dropFirst(prompt.name.count + 1)) }
            .filter { !outputs.contains($0) && isWanted($0) }
        tally.expect(!names.isEmpty, "\(prompt.name): no inner values were recorded.")
        for name in names { try compare(trace, name, prompt, &tally) }
    }

    private func compare(_ trace: Trace, _ name: String, _ prompt: RecordedPrompt, _ tally: inout Tally) throws {
        let full = prompt.name + "." + name
        // The prediction layer records its router without the layer's number.
        let key =
            name.hasPrefix("mtp.router.")
            ? name.replacing("router.", with: "router.\(decoder.configuration.layerCount).") : name
        if name.hasSuffix(".indices") {
            let expected = try recorded.integers(full)
            tally.count(expected.count, "expert choices")
            tally.expect(trace.integers[key] == expected, "\(full) (\(way)): other experts were chosen.")
        } else if let found = trace.tensors[key] {
            try compare(found.floats, full, "(\(way))", &tally)
        } else {
            tally.fail("\(full) was recorded, but this model computes no such value.")
        }
    }

    private func compare(_ found: [Float], _ name: String, _ place: String, _ tally: inout Tally) throws {
        tally.compare(found, try recorded.tensor(name).floats, "\(name) \(place)")
    }
}
