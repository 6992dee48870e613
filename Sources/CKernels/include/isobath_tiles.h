#pragma once
#include <stddef.h>

// Rounding of f32 values to formats of fewer bits, back in f32: to nearest, ties to even; NaN stays NaN. Results may take the place
// of their sources.

/// The largest magnitude of `count` values, 0 for none; NaN if one is.
float isobath_largest_magnitude(const float *x, size_t count);

/// largest[i] = max(largest[i], |x[i]|), NaN if one is.
void isobath_raise_to_magnitudes(const float *x, float *largest, size_t count);

/// y[i] = x[i] as bfloat16.
void isobath_round_bf16(const float *x, float *y, size_t count);

/// codes[i] = x[i] / scale as FP8 E4M3; beyond ±448 saturates.
void isobath_round_f8e4m3(const float *x, float scale, float *codes, size_t count);

/// codes[i] = x[i] / scales[i] as FP8 E4M3.
void isobath_round_columns_f8e4m3(const float *x, const float *scales, float *codes, size_t count);

/// codes[i] = x[i] / scale as E5M6: a sign, five bits of exponent of which the highest is not used, six of mantissa; beyond ±65024
/// saturates.
void isobath_round_e5m6(const float *x, float scale, float *codes, size_t count);

/// y[i] = x[i] · factor.
void isobath_scale_row(const float *x, float factor, float *y, size_t count);

/// y[i] = fma(x[i], factor · factors[i], y[i]).
void isobath_add_scaled_columns(const float *x, float factor, const float *factors, float *y, size_t count);

/// Σ a[i] · b[i] of E4M3 numbers in the 14 bits of Hopper's tensor cores: of 32 products at a time, and the sum so far, what is
/// below 2⁻¹³ of the largest one's power of two is cut off, and of their sum what its first 14 bits do not hold.
float isobath_dot_in_14_bits(const float *a, const float *b, size_t count);
