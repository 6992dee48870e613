#!/usr/bin/env python3
"""Makes the goldens of perplexity in Tests/Fixtures/perplexity: what llama-perplexity says of models in gguf/.

usage: Tests/Fixtures/make/perplexity.py LLAMA_PERPLEXITY

All models are in F32, keys and values too, so that the programs differ by the rounding of f32 alone. Written are base.logits,
the log-probabilities of llama-mha that llama.cpp saved, and recorded.json: perplexities, and the statistics of v3 and of
llama-mha itself compared with base.logits, as they were printed. "begin" is qwen2 with its add_bos_token set.
Made with llama.cpp as llama-cpp-python 0.3.36 has it.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "perplexity"
CONTEXT = 33
FLAG = b"tokenizer.ggml.add_bos_token" + (7).to_bytes(4, "little")


def run(llama, ending, model, *arguments):
    """What it prints. It sometimes ends before all of that is out: then once more."""
    options = ["-c", str(CONTEXT), "-b", str(CONTEXT), "-ctk", "f32", "-ctv", "f32", "-fa", "off", "-t", "1"]
    while True:
        command = [llama, "-m", str(model), *options, *map(str, arguments)]
        text = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout.decode()
        if ending in text:
            return text


def perplexity(llama, model, *arguments):
    text = run(llama, "Final estimate", model, "-f", FOLDER / "text.txt", *arguments)
    value, error = re.search(r"PPL = (\S+) \+/- (\S+)", text).groups()
    return {"value": float(value), "error": float(error)}


def statistics(llama, model):
    text = run(llama, "Same top p:", model, "--kl-divergence", "--kl-divergence-base", FOLDER / "base.logits")
    figures = {}
    for name, value, error in re.findall(r"\n *([^:\n]+?) *: *(-?[\d.]+)%?(?: ± *([\d.]+|-?nan))?", text):
        if "====" not in name and re.search(r"PPL|KLD|Δp|top", name):
            figures[" ".join(name.split())] = [float(value)] + ([float(error)] if error and "nan" not in error else [])
    return figures


def beginning(folder):
    """qwen2 as a model that wants a mark before every sequence."""
    data = (ROOT / "gguf/qwen2.gguf").read_bytes()
    place = data.index(FLAG) + len(FLAG)
    path = folder / "begin.gguf"
    path.write_bytes(data[:place] + b"\1" + data[place + 1 :])
    return path


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    llama, base = sys.argv[1], ROOT / "gguf/llama-mha.gguf"
    perplexities = {"llama-mha": perplexity(llama, base, "--save-all-logits", FOLDER / "base.logits")}
    for name in ("qwen2", "v3"):
        perplexities[name] = perplexity(llama, ROOT / f"gguf/{name}.gguf")
    with tempfile.TemporaryDirectory() as work:
        perplexities["begin"] = perplexity(llama, beginning(pathlib.Path(work)))
    compared = {name: statistics(llama, ROOT / f"gguf/{name}.gguf") for name in ("v3", "llama-mha")}
    golden = {"context": CONTEXT, "perplexity": perplexities, "statistics": compared}
    (FOLDER / "recorded.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")


main()
