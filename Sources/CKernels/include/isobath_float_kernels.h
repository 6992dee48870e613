#pragma once
#include <stddef.h>
#include <stdint.h>

/// See `isobath_float_kernels.dot_rows_f16`.
typedef void isobath_dot_stored(
    const uint8_t *weights, size_t weight_rows, const float *activations, size_t activation_stride, size_t rows,
    size_t count, float *out, size_t out_stride);

/// Loops over f32 rows, in one of several forms that give the same bits.
///
/// A dot product has one fixed order: 32 lanes, of which lane i adds up elements i, i + 32, i + 64, … by fused
/// multiply-add, starting at +0; the last 32 elements are filled up with zeros; then lanes 16 apart are added, then 8,
/// 4, 2 and 1 apart. Vectors of 4, 8 and 16 lanes all divide 32, so that each form keeps this order at full speed.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_float_kernels {
    /// "scalar", "avx2", "avx512" or "neon".
    const char *name;

    /// Σ a[i] · b[i].
    float (*dot)(const float *a, const float *b, size_t count);

    /// The same for FP8 codes, of which 128 at a time share a factor: value = code · factor, rounded, as if decoded.
    float (*dot_f8e4m3)(const uint8_t *weights, const float *factors, const float *x, size_t count);

    /// out[r · out_stride + w] = Σ weights[w · count + i] · activations[r · activation_stride + i] for w < weight_rows and
    /// r < rows: the same bits as one `dot` each, but what is loaded serves several of them.
    void (*dot_rows)(
        const float *weights, size_t weight_rows, const float *activations, size_t activation_stride, size_t rows,
        size_t count, float *out, size_t out_stride);

    /// The same with weights as they are stored, which need no alignment: the same bits as `dot` of decoded rows.
    isobath_dot_stored *dot_rows_f16;
    isobath_dot_stored *dot_rows_bf16;

    /// The same with rows of Q8_0 blocks: value = code · scale, rounded, as if decoded; count is a multiple of 32.
    isobath_dot_stored *dot_rows_q8_0;

    /// y[i] = fma(factor, x[i], y[i]).
    void (*add_scaled)(float factor, const float *x, float *y, size_t count);
};

/// The forms. Each is `NULL` where the processor (or the operating system) lacks what it needs; scalar always exists.
const struct isobath_float_kernels *isobath_float_kernels_scalar(void);
const struct isobath_float_kernels *isobath_float_kernels_avx2(void);
const struct isobath_float_kernels *isobath_float_kernels_avx512(void);
const struct isobath_float_kernels *isobath_float_kernels_neon(void);
