#pragma STDC FP_CONTRACT OFF
// The form that the others must equal, bit for bit.
#include <math.h>

#include "half.h"
#include "isobath_float_kernels.h"
#include "tail.h"

static void accumulate(float lanes[32], const float *a, const float *b) {
    for (int lane = 0; lane < 32; lane++) lanes[lane] = fmaf(a[lane], b[lane], lanes[lane]);
}

static float sum_of(float lanes[32]) {
    for (int half = 16; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    }
    return lanes[0];
}

static float dot(const float *a, const float *b, size_t count) {
    float lanes[32] = {0};
    const size_t whole = count / 32 * 32;
    for (size_t i = 0; i < whole; i += 32) accumulate(lanes, a + i, b + i);
    if (whole < count) {
        const struct isobath_tail x = isobath_tail_of(a, whole, count), y = isobath_tail_of(b, whole, count);
        accumulate(lanes, x.lanes, y.lanes);
    }
    return sum_of(lanes);
}

// As `dot`, with a row of weights that is decoded 32 values at a time.
#define DEFINE_DOT(name, parameters, value)                                                                        \
    static float name parameters {                                                                                 \
        float lanes[32] = {0};                                                                                     \
        for (size_t start = 0; start < count; start += 32) {                                                       \
            struct isobath_tail a = {{0}}, b = {{0}};                                                              \
            for (size_t i = start; i < start + 32 && i < count; i++) {                                             \
                a.lanes[i - start] = value;                                                                        \
                b.lanes[i - start] = x[i];                                                                         \
            }                                                                                                      \
            accumulate(lanes, a.lanes, b.lanes);                                                                   \
        }                                                                                                          \
        return sum_of(lanes);                                                                                      \
    }

DEFINE_DOT(
    dot_f16, (const uint8_t *weights, const float *x, size_t count),
    isobath_float_from_half(isobath_load16(weights + 2 * i)))
DEFINE_DOT(
    dot_bf16, (const uint8_t *weights, const float *x, size_t count),
    isobath_float_from_bfloat(isobath_load16(weights + 2 * i)))
DEFINE_DOT(
    dot_f8e4m3, (const uint8_t *weights, const float *factors, const float *x, size_t count),
    isobath_float_from_f8e4m3(weights[i]) * factors[i / 128])
DEFINE_DOT(
    dot_q8_0, (const uint8_t *blocks, const float *x, size_t count),
    (float)(int8_t)blocks[i / 32 * 34 + 2 + i % 32] * isobath_float_from_half(isobath_load16(blocks + i / 32 * 34)))

#define DEFINE_DOT_ROWS(name, weight_type, dot_one, row_size)                                                        \
    static void name(                                                                                               \
        const weight_type *weights, size_t weight_rows, const float *activations, size_t activation_stride,         \
        size_t rows, size_t count, float *out, size_t out_stride) {                                                  \
        for (size_t r = 0; r < rows; r++) {                                                                         \
            for (size_t w = 0; w < weight_rows; w++) {                                                              \
                out[r * out_stride + w] = dot_one(weights + w * (row_size), activations + r * activation_stride, count); \
            }                                                                                                       \
        }                                                                                                           \
    }

DEFINE_DOT_ROWS(dot_rows, float, dot, count)
DEFINE_DOT_ROWS(dot_rows_f16, uint8_t, dot_f16, 2 * count)
DEFINE_DOT_ROWS(dot_rows_bf16, uint8_t, dot_bf16, 2 * count)
DEFINE_DOT_ROWS(dot_rows_q8_0, uint8_t, dot_q8_0, count / 32 * 34)

static void add_scaled(float factor, const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = fmaf(factor, x[i], y[i]);
}

const struct isobath_float_kernels *isobath_float_kernels_scalar(void) {
    static const struct isobath_float_kernels kernels = {
        "scalar", dot, dot_f8e4m3, dot_rows, dot_rows_f16, dot_rows_bf16, dot_rows_q8_0, add_scaled};
    return &kernels;
}
