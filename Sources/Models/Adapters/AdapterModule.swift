import Checkpoints
import Tensors

/// A matrix of a model that an adapter can be for.
package struct AdapterModule: Sendable, Hashable {
    package let role: TensorRole
    /// `nil` for the head.
    package let layer: Int?
    /// The expert it belongs to; `nil` for other matrices.
    package let expert: Int?
    /// What it is called in Hugging Face's layout, like "model.layers.0.self_attn.q_proj", whatever container the model is in.
    package let name: String
    /// Outputs and inputs of the product, in Hugging Face's layout.
    package let outputs: Int
    package let inputs: Int

    /// The last part of the name, which adapters are usually chosen by: "q_proj".
    package var kind: String { name.split(separator: ".").last.map(String.init) ?? name }
}

extension DecoderConfiguration {
    /// All matrices that products are made with, in the order in which a token meets them.
    ///
    /// The table of embeddings is none; nor is a head that is the same table.
    package var adapterModules: [AdapterModule] {
        let suffix = ".weight"
        return tensors(of: .safetensors).compactMap { tensor in
            guard tensor.shape.rank == 2, tensor.role != .embedding, tensor.name.hasSuffix(suffix) else { return nil }
            return AdapterModule(
                role: tensor.role, layer: tensor.layer, expert: tensor.expert,
                name: String(tensor.name.dropLast(suffix.count)), outputs: tensor.shape[0], inputs: tensor.shape[1])
        }
    }

    /// The size of the heads in which rows of `role` change places between containers; `nil` where they do not.
    ///
    /// Hugging Face turns pairs that lie half a head apart; llama.cpp, for `llama` and `deepseek`, neighbours.
    package func headSize(ofMovedRows role: TensorRole) -> Int? {
        guard [.query, .key, .queryBias, .keyBias].contains(role), [.llama, .deepSeekMoE].contains(family),
            case .grouped(let grouped) = attention
        else { return nil }
        return grouped.headSize
    }
}
