#pragma once
#include <stddef.h>
#include <stdint.h>

/// f32 → IEEE half, to nearest, ties to even; overflow becomes infinity, NaN stays NaN. `target` needs no alignment.
void isobath_encode_row_f16(const float *source, void *target, size_t count);

/// f32 → bfloat16, to nearest, ties to even; NaN stays NaN. `target` needs no alignment.
void isobath_encode_row_bf16(const float *source, void *target, size_t count);

/// f32 → FP8 E4M3 (OCP, no infinities), to nearest, ties to even; beyond ±448 saturates, NaN stays NaN.
void isobath_encode_row_f8e4m3(const float *source, void *target, size_t count);

/// f32 → Q8_0, byte for byte as ggml's reference quantizer: d = max|x| / 127, q = x / d rounded half away from zero.
///
/// `count` is a multiple of 32. `target` needs no alignment.
void isobath_encode_row_q8_0(const float *source, void *target, size_t count);
