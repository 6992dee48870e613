"""A reference for DeepSeekMoE-16B (`DeepseekForCausalLM`), which transformers does not implement.

Attention, norms and the decoder are transformers' Llama; only the feed-forward of layers from
`first_k_dense_replace` on is ours, from arXiv:2401.06066, equations 9-11:

    s(t) = softmax(u(t) . e_i);  g_i = s_i if s_i is among the top K, else 0      (not renormalised)
    h(t) = u(t) + sum over shared FFN(u) + sum over i of g_i FFN_i(u)

README.md says how it compares with DeepSeek's own code.
"""
import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaMLP


class Gate(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.top_k, self.normalise = config.num_experts_per_tok, config.norm_topk_prob
        self.weight = nn.Parameter(torch.empty(config.n_routed_experts, config.hidden_size))

    def forward(self, x):
        logits = nn.functional.linear(x.float(), self.weight.float())
        weights, indices = logits.softmax(-1).topk(self.top_k, -1)
        if self.normalise:
            weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
        return logits, weights, indices


class MixtureOfExperts(nn.Module):
    def __init__(self, config):
        super().__init__()

        def network(size):
            return LlamaMLP(LlamaConfig(hidden_size=config.hidden_size, intermediate_size=size, hidden_act=config.hidden_act))

        self.gate = Gate(config)
        self.experts = nn.ModuleList([network(config.moe_intermediate_size) for _ in range(config.n_routed_experts)])
        self.shared_experts = network(config.moe_intermediate_size * config.n_shared_experts)

    def forward(self, x):
        flat = x.reshape(-1, x.shape[-1])
        _, weights, indices = self.gate(flat)
        out = self.shared_experts(flat)
        for token in range(len(flat)):
            for weight, expert in zip(weights[token], indices[token]):
                out[token] = out[token] + weight * self.experts[expert](flat[token])
        return out.view_as(x)


def load(config, values):
    keys = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
            "vocab_size", "rms_norm_eps", "rope_theta", "max_position_embeddings", "hidden_act", "tie_word_embeddings")
    llama = LlamaConfig(**{k: config[k] for k in keys})
    for key in ("n_routed_experts", "n_shared_experts", "moe_intermediate_size", "num_experts_per_tok", "norm_topk_prob"):
        setattr(llama, key, config[key])
    llama._attn_implementation = "eager"
    model = LlamaForCausalLM(llama)
    for index in range(config["first_k_dense_replace"], config["num_hidden_layers"]):
        model.model.layers[index].mlp = MixtureOfExperts(llama)
    model.load_state_dict(values, strict=True)
    return model.eval()
