#pragma STDC FP_CONTRACT OFF
// The form that the others must equal, bit for bit.
#include <math.h>

#include "integer_formats.h"
#include "isobath_integer_kernels.h"
#include "unpacked.h"

static int dot_group(const int8_t *quants, const int8_t *x) {
    int sum = 0;
    for (int i = 0; i < 16; i++) sum += quants[i] * x[i];
    return sum;
}

static float add_block256(
    float acc, const struct isobath_unpacked256 *w, const int8_t *x, const int16_t *sums, float dx, int minima) {
    int32_t sum = 0, minimum = 0;
    for (int s = 0; s < 16; s++) {
        sum += w->scales[s] * dot_group(w->quants + 16 * s, x + 16 * s);
        if (minima != MINIMA_NONE) minimum += w->minima[s] * sums[s];
    }
    if (minima == MINIMA_OFFSET) sum -= minimum;
    acc = fmaf(w->d * dx, (float)sum, acc);
    return minima == MINIMA_SCALED ? fmaf(-(w->dmin * dx), (float)minimum, acc) : acc;
}

static float add_block32(
    float acc, const struct isobath_unpacked32 *w, const int8_t *x, const int16_t *sums, float dx, int offset,
    int has_minimum) {
    const int32_t all = sums[0] + sums[1];
    const int32_t sum = dot_group(w->quants, x) + dot_group(w->quants + 16, x + 16) - offset * all;
    acc = fmaf(w->d * dx, (float)sum, acc);
    return has_minimum ? fmaf(w->m * dx, (float)all, acc) : acc;
}

#define DEFINE_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                      \
    static float dot_##name(const uint8_t *w, const struct isobath_quantized_row *x, size_t count) {               \
        float acc = 0;                                                                                             \
        for (size_t b = 0; b < count / 256; b++) {                                                                 \
            struct isobath_unpacked256 block;                                                                      \
            isobath_unpack_##name(w + b * (bytes), &block);                                                        \
            acc = add_block256(acc, &block, x->values + 256 * b, x->sums + 16 * b, x->scales[b], minima);          \
        }                                                                                                          \
        return acc;                                                                                                \
    }                                                                                                              \
    DEFINE_ROWS(name, 256)

#define DEFINE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                         \
    static float dot_##name(const uint8_t *w, const struct isobath_quantized_row *x, size_t count) {               \
        float acc = 0;                                                                                             \
        for (size_t b = 0; b < count / 32; b++) {                                                                  \
            struct isobath_unpacked32 block;                                                                       \
            isobath_unpack_##name(w + b * (bytes), &block);                                                        \
            acc = add_block32(                                                                                     \
                acc, &block, x->values + 32 * b, x->sums + 2 * b, x->scales[b], offset, has_minimum);              \
        }                                                                                                          \
        return acc;                                                                                                \
    }                                                                                                              \
    DEFINE_ROWS(name, 32)

#define DEFINE_ROWS(name, values)                                                                                  \
    static void rows_##name(                                                                                       \
        const uint8_t *weights, size_t row_bytes, size_t rows, const struct isobath_quantized_row *x,              \
        size_t count, float *out, const uint8_t *next) {                                                           \
        (void)next;                                                                                                \
        for (size_t r = 0; r < rows; r++) out[r] = dot_##name(weights + r * row_bytes, x, count);                  \
    }                                                                                                              \
    static const struct isobath_integer_kernels kernels_##name = {values, 0, 0, rows_##name, 0};

ISOBATH_FORMATS_256(DEFINE_256)
ISOBATH_FORMATS_32(DEFINE_32)

#define CASE_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;
#define CASE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;

const struct isobath_integer_kernels *isobath_integer_kernels_scalar(enum isobath_element_type type) {
    switch (type) {
        ISOBATH_FORMATS_256(CASE_256)
        ISOBATH_FORMATS_32(CASE_32)
    default: return 0;
    }
}
