#pragma STDC FP_CONTRACT OFF
// Integer products with SDOT: rows, and tiles of eight weight rows whose lanes are rows.
#if defined(__aarch64__)
#if defined(__clang__)
#define TARGET __attribute__((target("dotprod")))
#else
#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
#include "integer_neon.h"

#define DOT(sum, a, b) vdotq_s32(sum, a, b)
#include "integer_rows_neon.h"

#define SCALE_LANES 8
#include "integer_tiles_neon.h"

// Four rows' 16 values → values 4g ... 4g + 3 of all of them at `to` + g · stride.
INLINE void interleave_four(const int8x16_t rows[4], int8_t *to, size_t stride) {
    int32x4_t words[4];
    int64x2_t pairs[4];
    for (int r = 0; r < 4; r++) words[r] = vreinterpretq_s32_s8(rows[r]);
    for (int r = 0; r < 4; r += 2) {
        pairs[r] = vreinterpretq_s64_s32(vtrn1q_s32(words[r], words[r + 1]));
        pairs[r + 1] = vreinterpretq_s64_s32(vtrn2q_s32(words[r], words[r + 1]));
    }
    vst1q_s8(to, vreinterpretq_s8_s64(vtrn1q_s64(pairs[0], pairs[2])));
    vst1q_s8(to + stride, vreinterpretq_s8_s64(vtrn1q_s64(pairs[1], pairs[3])));
    vst1q_s8(to + 2 * stride, vreinterpretq_s8_s64(vtrn2q_s64(pairs[0], pairs[2])));
    vst1q_s8(to + 3 * stride, vreinterpretq_s8_s64(vtrn2q_s64(pairs[1], pairs[3])));
}

INLINE void interleave(const int8x16_t rows[ROWS], int8_t *to) {
    interleave_four(rows, to, 4 * ROWS);
    interleave_four(rows + 4, to + 16, 4 * ROWS);
}

INLINE void place_scale(int32_t *to, int row, int16_t scale) { to[row] = scale; }

// Values 4g ... 4g + 3 of eight rows with those of each column; g is a lane.
#define STEP(g)                                                                                                    \
    {                                                                                                              \
        const int8x16_t low = vld1q_s8(quants + 4 * ROWS * (g)), high = vld1q_s8(quants + 4 * ROWS * (g) + 16);    \
        EACH_COLUMN(columns) {                                                                                     \
            sums[c][0] = vdotq_laneq_s32(sums[c][0], low, values[c], g);                                           \
            sums[c][1] = vdotq_laneq_s32(sums[c][1], high, values[c], g);                                          \
        }                                                                                                          \
    }

INLINE void add_sixteen(const int8_t *quants, const int8_t *const x[COLUMNS], int32x4_t sums[COLUMNS][2], int columns) {
    int8x16_t values[COLUMNS];
    EACH_COLUMN(columns) values[c] = vld1q_s8(x[c]);
    STEP(0)
    STEP(1)
    STEP(2)
    STEP(3)
}

INLINE void clear(int32x4_t sums[COLUMNS][2], int columns) {
    EACH_COLUMN(columns) sums[c][0] = sums[c][1] = vdupq_n_s32(0);
}

INLINE void sum_block256(
    const struct block256 *w, const int8_t *const x[COLUMNS], int32x4_t sums[COLUMNS][2], int columns, int group) {
    clear(sums, columns);
    _Pragma("clang loop unroll(disable)") for (int g = 0; g < 256 / group; g++) {
        int32x4_t products[COLUMNS][2];
        clear(products, columns);
        for (int i = g * group; i < (g + 1) * group; i += 16) {
            const int8_t *values[COLUMNS];
            EACH_COLUMN(columns) values[c] = x[c] + i;
            add_sixteen(w->quants + ROWS * i, values, products, columns);
        }
        const int32x4_t low = vld1q_s32(w->scales[g]), high = vld1q_s32(w->scales[g] + 4);
        EACH_COLUMN(columns) {
            sums[c][0] = vmlaq_s32(sums[c][0], products[c][0], low);
            sums[c][1] = vmlaq_s32(sums[c][1], products[c][1], high);
        }
    }
}

INLINE void sum_block32(
    const struct block32 *w, const int8_t *const x[COLUMNS], int32x4_t sums[COLUMNS][2], int columns) {
    const int8_t *values[COLUMNS];
    EACH_COLUMN(columns) values[c] = x[c] + 16;
    clear(sums, columns);
    add_sixteen(w->quants, x, sums, columns);
    add_sixteen(w->quants + 16 * ROWS, values, sums, columns);
}

#define FORM(name) static const struct isobath_integer_tiles tiles_##name
#include "integer_tiles_neon_body.h"

// MARK: Tables

#define KERNELS(name, values)                                                                                      \
    static const struct isobath_integer_kernels kernels_##name = {values, 0, 0, rows_##name, &tiles_##name};       \
    static const struct isobath_integer_kernels matrix_kernels_##name = {                                          \
        values, 0, 0, rows_##name, &isobath_tiles_neon_matrix_##name};
#define KERNELS_256(name, ...) KERNELS(name, 256)
#define KERNELS_32(name, ...) KERNELS(name, 32)
ISOBATH_FORMATS_256(KERNELS_256)
ISOBATH_FORMATS_32(KERNELS_32)

#define CASE(name, TYPE, ...) case ISOBATH_##TYPE: return &kernels_##name;
#define MATRIX_CASE(name, TYPE, ...) case ISOBATH_##TYPE: return &matrix_kernels_##name;

const struct isobath_integer_kernels *isobath_integer_kernels_neon_dot(enum isobath_element_type type) {
    if (!isobath_arm_has_dot_products()) return 0;
    switch (type) {
        ISOBATH_FORMATS_256(CASE)
        ISOBATH_FORMATS_32(CASE)
    default: return 0;
    }
}

const struct isobath_integer_kernels *isobath_integer_kernels_neon_matrix(enum isobath_element_type type) {
    if (!isobath_arm_has_dot_products() || !isobath_arm_has_matrix_products()) return 0;
    switch (type) {
        ISOBATH_FORMATS_256(MATRIX_CASE)
        ISOBATH_FORMATS_32(MATRIX_CASE)
    default: return 0;
    }
}
#endif
