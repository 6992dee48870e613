#pragma once
#include <stddef.h>
#include <stdint.h>

/// Rows of a cache that are looked at together.
#define ISOBATH_ATTENTION_TILE 64
/// Keys that stand side by side in a packed tile.
#define ISOBATH_ATTENTION_PANEL 16

/// Values of a cached row that `pack_values` takes at most: a multiple of 32.
#define ISOBATH_MOST_VALUES 2048

/// Rows of a left matrix that are multiplied together.
#define ISOBATH_LEFT_ROWS 6

/// A left matrix, in blocks of six rows: element (i, s) is first[i / 6 · block + i % 6 · stride + s · step].
struct isobath_left {
    const float *first;
    size_t stride, step, block;
};

/// Rows of `bytes` bytes that will be read soon, `row_bytes` apart.
struct isobath_rows_ahead {
    const void *first;
    size_t row_bytes, rows, bytes;
};

/// The loops of attention over one tile of cached rows, in one of several forms that give the same bits.
///
/// Nothing here depends on the width of a vector: products of matrices add up along the shared dimension, one fused
/// multiply-add after another, a chain of its own for every element; sums of weights take 16 lanes, then lanes 8, 4, 2
/// and 1 apart.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_attention_kernels {
    /// "scalar", "avx2", "avx512" or "neon".
    const char *name;

    /// Decodes `rows` rows of `count` values each: bit for bit as `isobath_decode_row`. `count` is a multiple of 32
    /// for Q8_0. Sources need no alignment.
    void (*decode_f16)(
        const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count);
    void (*decode_bf16)(
        const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count);
    void (*decode_q8_0)(
        const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count);

    /// Turns `count` rows of `width` values into panels of 16 columns: row j's value i goes to
    /// packed[(j / 16 · width + i) · 16 + j % 16]. The last panel is filled up with copies of the last row.
    void (*pack)(const float *rows, size_t stride, size_t count, size_t width, float *packed);

    /// c[i, j] = fma(a[i, s], b[s, j], c[i, j]) for s = 0 ... k − 1, in this order; c is m × n.
    ///
    /// Element (s, j) of b is b[j / 16 · panel_stride + s · b_stride + j % 16]: 16 as `panel_stride` for plain rows,
    /// 16 · k for packed ones. Meanwhile the rows of `ahead`, if it is not `NULL`, are asked for a line at a time: all at
    /// once they would fill the queue to memory, and multiplying would wait.
    void (*multiply)(
        const float *a, size_t a_stride, const float *b, size_t b_stride, size_t panel_stride, float *c,
        size_t c_stride, size_t m, size_t n, size_t k, const struct isobath_rows_ahead *ahead);

    /// One step of a running softmax for each of `lanes` lanes, over the first `counts[lane]` of a tile's 64 scores.
    ///
    /// Scores [lanes, 64] become the weights e^(scale · score − largest), with `largest` raised to the largest so far;
    /// the other weights become 0. `sums` is brought to the new `largest` and grows by the weights. `factors` gets what
    /// brings earlier weights to the new `largest`: at most 1.
    void (*soften)(
        float *scores, const size_t *counts, size_t lanes, float scale, float *largest, float *sums, float *factors);

    /// Joins the weighted sums of a later range of rows (`later`, of `width` values, and its softmax's state) with those
    /// of the ranges before it.
    void (*merge)(
        float *sums, float *largest, float *sum, const float *later, float later_largest, float later_sum,
        size_t width);

    /// Turns the first `width` values (a multiple of 32) of `count` Q8_0 rows, at most 64, into what `mix_values` takes:
    /// each row at one scale of its own. `packed` has 64 · `width` bytes, `scales` 64 numbers.
    void (*pack_values)(
        const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales);

    /// sums [lanes, width] = factor of the lane · sums + weights [lanes, 64] · packed rows, of which a lane looks at the
    /// first `counts[lane]`. Sums of a lane and the next lie `stride` apart.
    ///
    /// Weights, at least 0, are rounded to 8 bits: a lane's largest weight times row scale becomes 255. Whole numbers
    /// add up exactly, and are added to the sums by one fused multiply-add.
    void (*mix_values)(
        const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed,
        size_t width, const float *factors, float *sums, size_t stride);

    /// y[i] = e^x[i] within 1 unit in the last place; subnormal results within one rounding more. `count` is a
    /// multiple of 16; `x` and `y` may be the same.
    void (*exponentials)(const float *x, float *y, size_t count);

    /// out[i] = SiLU(gates[i]) · ups[i], with SiLU(z) = z / (1 + e^−z); `out` may be one of the two.
    void (*gate)(const float *gates, const float *ups, float *out, size_t count);
};

/// Asks for `rows` rows of `bytes` bytes, `row_bytes` apart, to be brought into the second-level cache.
static inline void isobath_prefetch_rows(const void *rows, size_t row_bytes, size_t count, size_t bytes) {
    for (size_t row = 0; row < count; row++) {
        const char *const start = (const char *)rows + row * row_bytes;
        for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch(start + i, 0, 2);
    }
}

/// The forms. Each is `NULL` where the processor (or the operating system) lacks what it needs; scalar always exists.
const struct isobath_attention_kernels *isobath_attention_kernels_scalar(void);
const struct isobath_attention_kernels *isobath_attention_kernels_avx2(void);
const struct isobath_attention_kernels *isobath_attention_kernels_avx512(void);
const struct isobath_attention_kernels *isobath_attention_kernels_neon(void);
