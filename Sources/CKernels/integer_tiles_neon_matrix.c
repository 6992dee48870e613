#pragma STDC FP_CONTRACT OFF
// Integer products with SMMLA: tiles of eight weight rows.
//
// One instruction multiplies eight values of two weight rows with those of two columns: twice what SDOT does. A vector
// of sums holds two rows of two columns, and is turned into lanes of rows at the end of a block.
#if defined(__aarch64__)
#if defined(__clang__)
#define TARGET __attribute__((target("dotprod,i8mm")))
#else
#define TARGET __attribute__((target("arch=armv8.2-a+dotprod+i8mm")))
#endif
#include "integer_neon.h"

// A row's scale stands twice, for the two columns.
#define SCALE_LANES 16
#include "integer_tiles_neon.h"

#define PAIRS (ROWS / 2)

INLINE int8x16_t first_halves(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s64(vzip1q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
}

INLINE int8x16_t second_halves(int8x16_t a, int8x16_t b) {
    return vreinterpretq_s8_s64(vzip2q_s64(vreinterpretq_s64_s8(a), vreinterpretq_s64_s8(b)));
}

// Eight values of rows 0 and 1, 2 and 3, …, then the next eight.
INLINE void interleave(const int8x16_t rows[ROWS], int8_t *to) {
    for (int p = 0; p < PAIRS; p++) {
        vst1q_s8(to + 16 * p, first_halves(rows[2 * p], rows[2 * p + 1]));
        vst1q_s8(to + 8 * ROWS + 16 * p, second_halves(rows[2 * p], rows[2 * p + 1]));
    }
}

INLINE void place_scale(int32_t *to, int row, int16_t scale) { to[2 * row] = to[2 * row + 1] = scale; }

#define COLUMN_PAIRS (COLUMNS / 2)
// A column without another one is multiplied twice.
#define PAIRS_OF(columns) (((columns) + 1) / 2)
#define SECOND_OF(pair, columns) ((columns) == 1 ? 0 : 2 * (pair) + 1)
#define EACH_COLUMN_PAIR(columns) _Pragma("clang loop unroll(full)") for (int c = 0; c < PAIRS_OF(columns); c++)
#define EACH_ROW_PAIR _Pragma("clang loop unroll(full)") for (int p = 0; p < PAIRS; p++)

INLINE void clear(int32x4_t sums[COLUMN_PAIRS][PAIRS], int columns) {
    EACH_COLUMN_PAIR(columns) { EACH_ROW_PAIR sums[c][p] = vdupq_n_s32(0); }
}

INLINE void add_sixteen(
    const int8_t *quants, const int8_t *const x[COLUMNS], size_t at, int32x4_t sums[COLUMN_PAIRS][PAIRS], int columns) {
    int8x16_t first[COLUMN_PAIRS], second[COLUMN_PAIRS];
    EACH_COLUMN_PAIR(columns) {
        const int8x16_t a = vld1q_s8(x[2 * c] + at), b = vld1q_s8(x[SECOND_OF(c, columns)] + at);
        first[c] = first_halves(a, b), second[c] = second_halves(a, b);
    }
    EACH_ROW_PAIR {
        const int8x16_t rows = vld1q_s8(quants + 16 * p);
        EACH_COLUMN_PAIR(columns) sums[c][p] = vmmlaq_s32(sums[c][p], rows, first[c]);
    }
    EACH_ROW_PAIR {
        const int8x16_t rows = vld1q_s8(quants + 8 * ROWS + 16 * p);
        EACH_COLUMN_PAIR(columns) sums[c][p] = vmmlaq_s32(sums[c][p], rows, second[c]);
    }
}

// Two rows of two columns in a vector → four rows of a column.
INLINE void turn(const int32x4_t pairs[COLUMN_PAIRS][PAIRS], int32x4_t sums[COLUMNS][2], int columns) {
    EACH_COLUMN_PAIR(columns) {
        for (int h = 0; h < 2; h++) {
            sums[2 * c][h] = vuzp1q_s32(pairs[c][2 * h], pairs[c][2 * h + 1]);
            if (columns > 1) sums[2 * c + 1][h] = vuzp2q_s32(pairs[c][2 * h], pairs[c][2 * h + 1]);
        }
    }
}

INLINE void sum_block256(
    const struct block256 *w, const int8_t *const x[COLUMNS], int32x4_t sums[COLUMNS][2], int columns, int group) {
    int32x4_t pairs[COLUMN_PAIRS][PAIRS];
    clear(pairs, columns);
    _Pragma("clang loop unroll(disable)") for (int g = 0; g < 256 / group; g++) {
        int32x4_t products[COLUMN_PAIRS][PAIRS];
        clear(products, columns);
        for (int i = g * group; i < (g + 1) * group; i += 16) {
            add_sixteen(w->quants + ROWS * i, x, (size_t)i, products, columns);
        }
        EACH_ROW_PAIR {
            const int32x4_t scale = vld1q_s32(w->scales[g] + 4 * p);
            EACH_COLUMN_PAIR(columns) pairs[c][p] = vmlaq_s32(pairs[c][p], products[c][p], scale);
        }
    }
    turn(pairs, sums, columns);
}

INLINE void sum_block32(
    const struct block32 *w, const int8_t *const x[COLUMNS], int32x4_t sums[COLUMNS][2], int columns) {
    int32x4_t pairs[COLUMN_PAIRS][PAIRS];
    clear(pairs, columns);
    add_sixteen(w->quants, x, 0, pairs, columns);
    add_sixteen(w->quants + 16 * ROWS, x, 16, pairs, columns);
    turn(pairs, sums, columns);
}

#define FORM(name) const struct isobath_integer_tiles isobath_tiles_neon_matrix_##name
#include "integer_tiles_neon_body.h"
#endif
