"""Merges that Hugging Face's `tokenizers` learns from a small made-up text, and ids of strings under them.

Run: python tokenizer_training.py DEEPSEEK_V3_TOKENIZER_JSON OUT_FOLDER
The text is cut by V3's rule. Of pairs that occur equally often this trainer joins the one with the lower ids first, and so does ours. Where a
pair comes back after it was merged, because another pair made one of its tokens, this trainer lists it twice; the text has no such case.
"""
import json, random, sys
import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers, decoders

source, folder = sys.argv[1:3]
rng = random.Random(7)
syllables = "ba be bi do du fa fe go ha he in is ka la le lo ma mi na ne no on or pa re ri sa se ta te th ti to un ve wa 深 度 é ü ши".split()
words = ["".join(rng.choices(syllables, k=rng.choice([1, 1, 2, 2, 3, 4]))) for _ in range(500)]
weights = [1 / (rank + 3) for rank in range(len(words))]
lines = []
for _ in range(400):
    line = [rng.choices(words, weights)[0] for _ in range(rng.randint(3, 16))]
    line[0] = line[0].capitalize()
    if rng.random() < 0.3:
        line.insert(1, str(rng.randint(0, 10 ** rng.randint(1, 7))))
    if rng.random() < 0.2:
        line.append(rng.choice(["(x)", "->", "==", "don't", "  two", "\tab"]))
    lines.append(" ".join(line) + rng.choice([".", ".", "!", "?", ";", ""]))
text = "\n".join(lines) + "\n"
open(f"{folder}/text.txt", "w", encoding="utf-8").write(text)

released = json.load(open(source))
bare = {**released, "added_tokens": [], "model": {**released["model"], "vocab": {}, "merges": []}}
tokenizer = Tokenizer.from_str(json.dumps(bare))
special = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"]
size = 900
trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, special_tokens=special, show_progress=False,
                              initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
tokenizer.train_from_iterator([text], trainer)
saved = json.loads(tokenizer.to_str())
merges = [merge if isinstance(merge, list) else merge.split(" ") for merge in saved["model"]["merges"]]
assert len({tuple(merge) for merge in merges}) == len(merges)

strings = ["", " ", "the", "Hello, world! 1234567", "深度 探索 ひらがな", "don't I'll", "\n\n  x\t", "naïve façade 🙂", "ſtraße ½"]
strings += [line for line in rng.sample(lines, 30)]
rows = [{"text": s, "ids": tokenizer.encode(s, add_special_tokens=False).ids} for s in strings]
json.dump({"tokenizers": tokenizers.__version__, "size": size, "merges": merges, "strings": rows}, open(f"{folder}/merges.json", "w", encoding="utf-8"),
          ensure_ascii=False, indent=0)
print(len(merges), "merges,", len(rows), "strings")
