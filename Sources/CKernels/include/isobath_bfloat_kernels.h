#pragma once
#include <stddef.h>
#include <stdint.h>

/// Products of bf16 weights with activations that are rounded to bf16 too, in forms that give the same bits: not those of
/// `isobath_float_kernels`, where activations stay in f32.
///
/// A sum has one fixed order, that of the processor's own instruction (vdpbf16ps). There are 16 lanes, which start at +0;
/// lane i adds up the pairs of values i, i + 16, i + 32, …, of each pair the second product first; the last 32 values are
/// filled up with zeros. Every product is added by one fused multiply-add, rounded to nearest even, in which subnormal
/// operands and results are zeros. Then lanes 8 apart are added, then 4, 2 and 1 apart, as f32 numbers are.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_bfloat_kernels {
    /// "scalar" or "avx512".
    const char *name;

    /// out[r · out_stride + o] = Σ weights[o][i] · activations[r][i] for o < outputs and r < rows.
    ///
    /// Rows of weights are `count` values, `row_bytes` apart, and need no alignment; rows of activations are `stride` values
    /// apart and filled up with zeros to a multiple of 32.
    void (*multiply)(
        const uint8_t *weights, size_t row_bytes, size_t outputs, const uint16_t *activations, size_t stride, size_t rows,
        size_t count, float *out, size_t out_stride);
};

/// The plain form, which the other equals.
const struct isobath_bfloat_kernels *isobath_bfloat_kernels_scalar(void);
/// `NULL` where the processor lacks AVX512_BF16.
const struct isobath_bfloat_kernels *isobath_bfloat_kernels_avx512(void);
