import Checkpoints
import Files
import Models

/// A prompt and the tokens that the reference implementation continued it with.
struct RecordedPrompt {
    let name: String
    let tokens: [Int32]
    let greedy: [Int32]
}

/// A folder's `golden.json` and `golden.bin`: what the reference implementation computed.
struct RecordedModel {
    let tensors: RecordedTensors
    let prompts: [RecordedPrompt]
    /// "DeepSeek-V3/R1 style: …", as far as the colon.
    let subject: String?

    /// - Throws: `InputError` if the recording is missing or broken, or holds no prompt.
    init(folder: String) throws {
        let path = folder + "/golden"
        tensors = try RecordedTensors(path: path)
        subject = tensors.description["what"]?.string.map { String($0.prefix { $0 != ":" && $0 != "," }) }
        let document = RecordedFields(.object(tensors.description), source: path + ".json")
        prompts = try document.member("prompts").members().map { name, fields in
            RecordedPrompt(
                name: name, tokens: try fields.member("ids").someTokens(),
                greedy: try fields.member("greedy").someTokens())
        }
        guard !prompts.isEmpty else { throw document.defect("prompts", "found none", "at least one prompt") }
    }
}

extension Decoder {
    /// The forms of latent attention that differ for this decoder.
    var latentForms: [LatentForm] {
        if case .latent = configuration.attention { LatentForm.allCases } else { [.automatic] }
    }
}
