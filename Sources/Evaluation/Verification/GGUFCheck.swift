import Checkpoints
import Files
import Generation
import Models

/// One file of a folder of GGUF files whose `MANIFEST.json` says what each must compute: what the checkpoint that it was
/// converted from does, or what was recorded for its own, quantized weights.
struct GGUFCheck: VerificationCheck {
    /// Against the recording of the converted checkpoint.
    static let tolerance = 1e-4
    /// Against the recording of the file's own weights.
    static let exactTolerance = 1e-3

    let area = VerificationArea.gguf
    let name: String
    let folder: String
    let file: String
    let manifest: RecordedFields

    /// The checks of all files that `manifest` lists.
    static func all(folder: String, name: String, manifest: RecordedFields) throws -> [GGUFCheck] {
        try manifest.member("files").members().filter { $0.key.hasSuffix(".gguf") }.map { file, _ in
            GGUFCheck(name: name + "/" + file, folder: folder, file: file, manifest: manifest)
        }
    }

    func compare(engines: [EngineSettings.Engine]) throws -> Tally {
        let (prompts, tolerance) = try recordedPrompts()
        let decoder = try Decoder(try openCheckpoint(at: folder + "/" + file))
        var tally = Tally(tolerance: tolerance)
        tally.count(prompts.count, "prompts")
        for engine in engines {
            for form in decoder.latentForms {
                let run = GreedyRun(decoder: decoder, operations: try engine.operations(), form: form)
                for prompt in prompts {
                    for feeding in Feeding.allCases { try compare(run, prompt, feeding, &tally) }
                }
            }
        }
        return tally
    }

    private func compare(_ run: GreedyRun, _ prompt: Prompt, _ feeding: Feeding, _ tally: inout Tally) throws {
        let result = try run.result(prompt.tokens, expected: prompt.greedy, feeding)
        let place = "\(prompt.name) (\(run.operations.name), \(run.form), \(feeding))"
        tally.compare(result.greedy, prompt.logits, place)
        tally.compare(greedy: result.tokens, prompt.greedy, sure: prompt.sure, place)
        tally.count("continuations")
    }

    // MARK: Recordings

    private struct Prompt {
        let name: String
        let tokens: [Int32]
        let greedy: [Int32]
        let logits: [Float]
        /// Greedy tokens whose margin is beyond rounding.
        let sure: Int
    }

    private func recordedPrompts() throws -> (prompts: [Prompt], tolerance: Double) {
        let golden = try manifest.member("files").member(file).member("golden").string()
        if golden == "exact" { return (try exactPrompts(of: file), GGUFCheck.exactTolerance) }
        // Versions and splits of a file say whose recording they have: "as NAME.gguf (…)".
        if golden.hasPrefix("as ") {
            return (try exactPrompts(of: String(golden.dropFirst(3).prefix { $0 != " " })), GGUFCheck.exactTolerance)
        }
        let recorded = try RecordedModel(folder: folder + "/../" + golden)
        let prompts = try recorded.prompts.map { prompt in
            Prompt(
                name: prompt.name, tokens: prompt.tokens, greedy: prompt.greedy,
                logits: try recorded.tensors.tensor(prompt.name + ".greedy_logits").floats, sure: prompt.greedy.count)
        }
        return (prompts, GGUFCheck.tolerance)
    }

    private func exactPrompts(of owner: String) throws -> [Prompt] {
        let recorded = try RecordedTensors(path: folder + "/golden")
        let stem = owner.replacing(".gguf", with: "")
        let exact = try manifest.member("files").member(owner).member("exact")
        return try manifest.member("prompts").members().map { prompt, ids in
            let logits = try recorded.tensor("\(stem).\(prompt).exact.greedy_logits")
            let fields = try exact.member(prompt)
            let greedy = try fields.member("greedy").someTokens()
            let sure = try fields.member("sure_greedy_tokens")
            guard (0...greedy.count).contains(try sure.integer()) else {
                throw sure.defect(sure.path, "found \(try sure.integer())", "a number from 0 to \(greedy.count)")
            }
            return Prompt(
                name: prompt, tokens: try ids.someTokens(), greedy: greedy, logits: logits.floats,
                sure: try sure.integer())
        }
    }
}
