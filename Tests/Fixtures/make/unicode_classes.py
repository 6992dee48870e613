"""The Unicode classes that pre-tokenizer patterns name, as Hugging Face's `tokenizers` (Oniguruma) sees them.

Run: python unicode_classes.py > Sources/Tokenizers/UnicodeClassRanges.swift
Asking the reference itself, instead of one Unicode version's data file, makes both agree on every code point.
"""
import tokenizers
from tokenizers import Regex
from tokenizers.pre_tokenizers import Split

CLASSES = [(r"\p{L}", 1), (r"\p{M}", 2), (r"\p{N}", 4), (r"\p{P}", 8), (r"\p{S}", 16), (r"\s", 32)]
SCALARS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]

masks = [0] * 0x110000
for pattern, bit in CLASSES:
    splitter = Split(Regex(pattern), "removed", invert=True)
    for start in range(0, len(SCALARS), 4096):
        for piece, _ in splitter.pre_tokenize_str("".join(map(chr, SCALARS[start:start + 4096]))):
            for character in piece:
                masks[ord(character)] |= bit
runs = [(c, masks[c]) for c in range(0x110000) if c == 0 or masks[c] != masks[c - 1]]
print(f"""// Made by Tests/Fixtures/make/unicode_classes.py with tokenizers {tokenizers.__version__}; do not edit.

extension UnicodeClasses {{
    /// Where the class of code points changes: the first code point of each run, shifted left by 8, or the run's class.
    static let runs: [UInt32] = [""")
for start in range(0, len(runs), 12):
    print("        " + ", ".join(f"0x{c << 8 | m:X}" for c, m in runs[start:start + 12]) + ",")
print("    ]\n}")
