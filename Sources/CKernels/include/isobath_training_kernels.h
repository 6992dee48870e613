#pragma once
#include <stddef.h>
#include <stdint.h>

#include "isobath_attention_kernels.h"

/// What a step of AdamW multiplies with; see `adam`.
struct isobath_adam {
    float beta1, rest1, beta2, rest2;
    float kept, size, correction, epsilon;
};

/// The loops of derivatives and optimizers over f32, in one of several forms that give the same bits.
///
/// Nothing here depends on the width of a vector: products of matrices add up along the shared dimension, one fused
/// multiply-add after another, a chain of its own for every element; sums over a row take 16 lanes in double precision, of
/// which lane i adds up elements i, i + 16, …; then lanes 8, 4, 2 and 1 apart are added.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_training_kernels {
    /// "scalar", "avx2", "avx512" or "neon".
    const char *name;

    /// c[i, j] = fma(a[i, s], b[s, j], c[i, j]) for s = 0 ... k − 1, in this order; c is m × n.
    ///
    /// b as in `isobath_attention_kernels.multiply`. If `is_new`, what lies in c counts as 0, whatever it is. Meanwhile the rows of
    /// `ahead`, of which there are `count`, are brought into the second-level cache, some lines at a time.
    void (*multiply)(
        struct isobath_left a, const float *b, size_t b_stride, size_t panel_stride, float *c, size_t c_stride, size_t m,
        size_t n, size_t k, int is_new, const struct isobath_rows_ahead *ahead, size_t count);

    /// Copies m rows of k values of a left matrix whose element (i, s) is a[i · stride + s · step] so that those of a block lie
    /// together, one block behind the other; one of `stride` and `step` is 1. `packed` has room for k values of whole blocks.
    /// - Returns: the copy.
    struct isobath_left (*pack_left)(
        const float *a, size_t stride, size_t step, size_t m, size_t k, float *packed);

    /// Copies `count` rows of `width` values into panels of 16 columns: row s's value j goes to
    /// packed[(j / 16 · count + s) · 16 + j % 16]. The last panel is filled up with zeros.
    void (*pack_rows)(const float *rows, size_t stride, size_t count, size_t width, float *packed);

    /// z = SiLU(g) · u backwards, with s = σ(g): dg += dz · u · s · (1 + g · (1 − s)) and du += dz · g · s.
    /// If `is_new`, what lies in dg and du counts as 0.
    void (*gate_gradients)(
        const float *gates, const float *ups, const float *dz, float *dgates, float *dups, size_t count,
        int is_new);

    /// The largest of scale · x[i]; −∞ of nothing. What is no number is passed over.
    float (*largest)(const float *x, float scale, size_t count);

    /// y[i] = e^(scale · x[i] − most), 0 where that is below any normal number; `x` and `y` may be the same.
    /// - Returns: Σ y[i].
    double (*exponentials_from)(const float *x, float scale, float most, float *y, size_t count);

    /// ds[i] = scale · p[i] · (dp[i] − sum); `dp` and `ds` may be the same.
    void (*soft_gradients)(const float *p, const float *dp, float sum, float scale, float *ds, size_t count);

    /// One row of x · f · w backwards, with u = dy · w: dx += f · u − back · x and dw += dy · f · x.
    void (*norm_gradients)(
        const float *x, const float *dy, const float *w, float f, float back, float *dx, float *dw, size_t count);

    /// Σ x[i]².
    double (*squares)(const float *x, size_t count);

    /// m = beta1 · m + rest1 · g; v = beta2 · v + rest2 · g · g; p = kept · p − size · m / (√v / correction + epsilon), each
    /// operation rounded.
    void (*adam)(const struct isobath_adam *by, const float *g, float *p, float *m, float *v, size_t count);
};

/// The forms. Each is `NULL` where the processor (or the operating system) lacks what it needs; scalar always exists.
const struct isobath_training_kernels *isobath_training_kernels_scalar(void);
const struct isobath_training_kernels *isobath_training_kernels_avx2(void);
const struct isobath_training_kernels *isobath_training_kernels_avx512(void);
const struct isobath_training_kernels *isobath_training_kernels_neon(void);
