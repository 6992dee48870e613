#pragma once
#include "isobath_attention_kernels.h"

// The forms of attention's loops on 64-bit Arm. `isobath_attention_kernels_neon` is the last of these that runs.

/// With what every 64-bit Arm processor has.
const struct isobath_attention_kernels *isobath_attention_kernels_neon_plain(void);

/// With SDOT for sums in whole numbers; `NULL` where the processor lacks it.
const struct isobath_attention_kernels *isobath_attention_kernels_neon_dot(void);

void isobath_pack_values_neon(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales);

void isobath_mix_values_neon_plain(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed, size_t width,
    const float *factors, float *sums, size_t stride);

void isobath_mix_values_neon_dot(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed, size_t width,
    const float *factors, float *sums, size_t stride);
