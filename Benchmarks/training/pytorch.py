"""Training steps of a configuration in PyTorch on the CPU, for compare-training.

    pytorch.py make CONFIG.json FOLDER                 random weights, as safetensors
    pytorch.py run FOLDER SEQUENCES LENGTH STEPS THREADS [EXPERTS]   prints one JSON object
"""
import json
import pathlib
import resource
import sys
import time

import torch
import transformers


def make(config_path, folder):
    torch.manual_seed(1)
    config = transformers.AutoConfig.for_model(**json.loads(pathlib.Path(config_path).read_text()))
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.save_pretrained(folder)
    # As it was written: later versions rename fields.
    pathlib.Path(folder, "config.json").write_text(pathlib.Path(config_path).read_text())


def run(folder, sequences, length, steps, threads, experts=None):
    torch.set_num_threads(threads)
    options = {"experts_implementation": experts} if experts else {}
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="sdpa", **options)
    model.train()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    spared = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": spared, "weight_decay": 0.0}],
        lr=1e-3, betas=(0.9, 0.95), foreach=True)
    generator = torch.Generator().manual_seed(1)
    rates, losses = [], []
    for step in range(steps + 1):
        tokens = torch.randint(0, model.config.vocab_size, (sequences, length + 1), generator=generator)
        start = time.perf_counter()
        logits = model(input_ids=tokens[:, :-1], use_cache=False).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step:
            rates.append(sequences * length / (time.perf_counter() - start))
        losses.append(loss.item())
    print(json.dumps({
        "tokensPerS": rates, "firstLoss": losses[0], "lastLoss": losses[-1], "torch": torch.__version__,
        "transformers": transformers.__version__, "experts": experts,
        "peakResidentBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    if verb == "make":
        make(*rest)
    else:
        run(rest[0], *map(int, rest[1:5]), *rest[5:])
