#!/usr/bin/env python3
"""Makes the goldens of quantization with importance in Tests/Fixtures/quant: what ggml makes of src_normal.f32.

usage: Tests/Fixtures/make/importance.py LIBRARY

LIBRARY is libggml-base.so of llama.cpp, as `pip install llama-cpp-python` builds it (lib/ of the package llama_cpp).
That library is built for any x86-64, so that it fuses no operations. Written are normal.importance.f32, one number for each
column, and for every format TYPE_normal.importance.bin. Made with llama-cpp-python 0.3.36 (ggml 0.25.3).
"""

import ctypes
import pathlib
import struct
import sys

ROWS, COLUMNS = 8, 512
# Name: number of the type in ggml, values and bytes of a block.
TYPES = {
    "q4_0": (2, 32, 18), "q4_1": (3, 32, 20), "q5_0": (6, 32, 22), "q5_1": (7, 32, 24),
    "q2_k": (10, 256, 84), "q3_k": (11, 256, 110), "q4_k": (12, 256, 144), "q5_k": (13, 256, 176),
    "q6_k": (14, 256, 210), "iq4_nl": (20, 32, 18), "iq4_xs": (23, 256, 136),
    "iq2_xxs": (16, 256, 66), "iq2_xs": (17, 256, 74), "iq2_s": (22, 256, 82), "iq3_xxs": (18, 256, 98),
    "iq3_s": (21, 256, 110), "iq1_s": (19, 256, 50), "iq1_m": (29, 256, 56),
}


def importance():
    """Mostly small numbers, a few large ones, and zeros, as activations give: from a linear congruential generator."""
    state, numbers = 20261126, []
    for column in range(COLUMNS):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        unit = (state >> 8) / 16777216
        large = 50.0 if column % 37 == 5 else 1.0
        numbers.append(0.0 if column % 61 == 7 else large * (0.01 + unit * unit * unit))
    return numbers


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(__file__).resolve().parent.parent / "quant"
    ggml = ctypes.CDLL(sys.argv[1])
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [
        ctypes.c_void_p]
    values = (folder / "src_normal.f32").read_bytes()
    weights = struct.pack(f"<{COLUMNS}f", *importance())
    (folder / "normal.importance.f32").write_bytes(weights)
    for name, (number, block, block_bytes) in TYPES.items():
        target = ctypes.create_string_buffer(ROWS * COLUMNS // block * block_bytes)
        written = ggml.ggml_quantize_chunk(number, values, target, 0, ROWS, COLUMNS, weights)
        assert written == len(target.raw), name
        (folder / f"{name}_normal.importance.bin").write_bytes(target.raw)


main()
