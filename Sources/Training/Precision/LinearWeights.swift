import Models
import Tensors

extension LinearWeights {
    /// The linear layers of a decoder: all matrices but those that stay as they are.
    ///
    /// Embedding, output head and the experts' gates stay (DeepSeek-V3, arXiv 2412.19437, §3.3); so does the projection that joins a
    /// prediction layer's inputs, which the paper does not name and the released FP8 checkpoints leave in bfloat16.
    package init(of decoder: Decoder) {
        self.init(
            decoder.namedWeights(splitsExpansions: true).compactMap { named in
                LinearWeights.place(of: named.name).map { (named.weight, $0) }
            })
    }

    /// Where the weight that GGUF calls `name` stands; `nil` if it stays as it is.
    private static func place(of name: String) -> Place? {
        let kept = [
            "token_embd.weight", "output.weight", "ffn_gate_inp.weight", "nextn.eh_proj.weight",
            "nextn.shared_head_head.weight",
        ]
        // Whole names or their last parts: "attn_output.weight" is another.
        if kept.contains(where: { name == $0 || name.hasSuffix("." + $0) }) { return nil }
        return switch name.split(separator: ".").dropLast().last {
        case "attn_output": .afterAttention
        case "ffn_gate_exps", "ffn_up_exps": .expertInput
        case "ffn_down_exps": .expertOutput
        default: .plain
        }
    }
}
