"""`gguf/v3-mtp.gguf`: the GGUF file of `v3` with the multi-token-prediction layer that llama.cpp's converter leaves out.

Usage: python gguf_prediction.py      (needs numpy and gguf)

The layer's tensors are taken from `text/v3` and get llama.cpp's names for such layers (gguf-py: NEXTN_*), in the layout that its
converter gives the other layers; the key `nextn_predict_layers` says how many of the blocks they are. All numbers are those of
`text/v3`, so that its golden holds, the MTP logits included. Adds the file to the manifest.
"""
import hashlib
import json
import os
import struct
from pathlib import Path

import gguf
import numpy as np

ROOT = Path(os.environ.get("FIXTURES", Path(__file__).resolve().parent.parent))
SOURCE, TARGET, LAYER = ROOT / "gguf/v3.gguf", ROOT / "gguf/v3-mtp.gguf", 3
NAMES = {  # released -> GGUF
    "input_layernorm.weight": "attn_norm.weight", "post_attention_layernorm.weight": "ffn_norm.weight",
    "self_attn.q_a_proj.weight": "attn_q_a.weight", "self_attn.q_a_layernorm.weight": "attn_q_a_norm.weight",
    "self_attn.q_b_proj.weight": "attn_q_b.weight", "self_attn.kv_a_proj_with_mqa.weight": "attn_kv_a_mqa.weight",
    "self_attn.kv_a_layernorm.weight": "attn_kv_a_norm.weight", "self_attn.o_proj.weight": "attn_output.weight",
    "mlp.gate.weight": "ffn_gate_inp.weight", "mlp.gate.e_score_correction_bias": "exp_probs_b.bias",
    "mlp.shared_experts.gate_proj.weight": "ffn_gate_shexp.weight", "mlp.shared_experts.up_proj.weight": "ffn_up_shexp.weight",
    "mlp.shared_experts.down_proj.weight": "ffn_down_shexp.weight",
    "embed_tokens.weight": "nextn.embed_tokens.weight", "enorm.weight": "nextn.enorm.weight", "hnorm.weight": "nextn.hnorm.weight",
    "eh_proj.weight": "nextn.eh_proj.weight", "shared_head.norm.weight": "nextn.shared_head_norm.weight",
    "shared_head.head.weight": "nextn.shared_head_head.weight",
}


def released():
    """The f32 tensors of the prediction layer, without "model.layers.N."."""
    blob = (ROOT / "text/v3/model.safetensors").read_bytes()
    length, = struct.unpack("<Q", blob[:8])
    prefix, out = f"model.layers.{LAYER}.", {}
    for name, entry in json.loads(blob[8:8 + length]).items():
        if name.startswith(prefix):
            assert entry["dtype"] == "F32"
            start, end = (8 + length + at for at in entry["data_offsets"])
            out[name[len(prefix):]] = np.frombuffer(blob[start:end], np.float32).reshape(entry["shape"])
    return out


def converted(tensors, config):
    """The same under llama.cpp's names: experts stacked, the MLA up-projection split and its key part transposed."""
    heads, nope = config["num_attention_heads"], config["qk_nope_head_dim"]
    joined = tensors.pop("self_attn.kv_b_proj.weight").reshape(heads, nope + config["v_head_dim"], -1)
    out = {"attn_k_b.weight": joined[:, :nope].transpose(0, 2, 1), "attn_v_b.weight": joined[:, nope:]}
    for kind in ("gate", "up", "down"):
        parts = [tensors.pop(f"mlp.experts.{e}.{kind}_proj.weight") for e in range(config["n_routed_experts"])]
        out[f"ffn_{kind}_exps.weight"] = np.stack(parts)
    out |= {NAMES[name]: value for name, value in tensors.items()}
    return {f"blk.{LAYER}.{name}": np.ascontiguousarray(value) for name, value in out.items()}


def main():
    config = json.loads((ROOT / "text/v3/config.json").read_text())
    assert config["num_hidden_layers"] == LAYER and config["num_nextn_predict_layers"] == 1
    reader = gguf.GGUFReader(SOURCE)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(TARGET, architecture)
    changed = {f"{architecture}.block_count": LAYER + 1}
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        sub_type = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, changed.get(field.name, field.contents()), field.types[0], sub_type=sub_type)
    writer.add_nextn_predict_layers(1)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, np.array(tensor.data))
    for name, value in converted(released(), config).items():
        writer.add_tensor(name, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    note()


def note():
    path, blob = ROOT / "gguf/MANIFEST.json", TARGET.read_bytes()
    manifest = json.loads(path.read_text())
    manifest["files"][TARGET.name] = {
        "model": "v3", "made": "make/gguf_prediction.py from v3.gguf and the MTP layer of text/v3", "golden": "text/v3",
        "bytes": len(blob), "sha256": hashlib.sha256(blob).hexdigest(),
    }
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


main()
