// Tiles of weight rows times rows of activations, for one vector width. The file that includes this has defined the
// structures block256 and block32, `unpack_` for each format, TARGET, INLINE, ROWS, COLUMNS (rows of activations
// taken at once), FORM(name), the name of a format's table, and these words, where a lane is a row of the weight:
//   INTS, FLOATS                  vectors of ROWS lanes,
//   ints_at, ints_of, floats_at, floats_of            loaded, and the same in all lanes,
//   add, subtract, multiply, floats_from, fma, fnma   arithmetic; fma(a, b, c) = a · b + c, fnma = −a · b + c,
//   pairs_dot(sum, a, x)          sum + products of two 16-bit numbers in each lane with the two at x,
//   add_chain(sum, quants, x, scale, is_signed, chain)   sum + scale · products of 4 · `chain` quants,
//   load_some, store_some(p, rows)                    the first `rows` floats.
#include "integer_tiles.h"

// Sums stay in registers only where the loop over columns is gone.
#define EACH_COLUMN(columns) _Pragma("clang loop unroll(full)") for (int c = 0; c < (columns); c++)

// The integer sums of a block with `columns` columns.
INLINE void sum_block256(
    const struct block256 *w, const int8_t *const x[COLUMNS], INTS sums[COLUMNS], int columns, int is_signed,
    int chain) {
    EACH_COLUMN(columns) sums[c] = ints_of(0);
    _Pragma("clang loop unroll(disable)") for (int group = 0; group < 64; group += chain) {
        const INTS scale = ints_at(w->scales[group / 4]);
        EACH_COLUMN(columns)
        sums[c] = add_chain(sums[c], w->quants + group, x[c] + 4 * group, scale, is_signed, chain);
    }
}

INLINE void sum_minima(const struct block256 *w, const int16_t *const x[COLUMNS], INTS sums[COLUMNS], int columns) {
    EACH_COLUMN(columns) sums[c] = ints_of(0);
    for (int j = 0; j < 8; j++) {
        const INTS minima = ints_at(w->minima[j]);
        EACH_COLUMN(columns) sums[c] = pairs_dot(sums[c], minima, x[c] + 2 * j);
    }
}

INLINE void add_block256(
    const struct block256 *w, const struct isobath_quantized_row x[COLUMNS], size_t b, FLOATS acc[COLUMNS],
    int columns, int minima, int is_signed, int chain) {
    const int8_t *values[COLUMNS];
    const int16_t *group_sums[COLUMNS];
    EACH_COLUMN(columns) values[c] = x[c].values + 256 * b, group_sums[c] = x[c].sums + 16 * b;
    INTS sums[COLUMNS], least[COLUMNS];
    sum_block256(w, values, sums, columns, is_signed, chain);
    if (minima != MINIMA_NONE) sum_minima(w, group_sums, least, columns);
    EACH_COLUMN(columns) {
        const FLOATS dx = floats_of(x[c].scales[b]);
        const INTS sum = minima == MINIMA_OFFSET ? subtract(sums[c], least[c]) : sums[c];
        acc[c] = fma(multiply(floats_at(w->d), dx), floats_from(sum), acc[c]);
        if (minima == MINIMA_SCALED) {
            acc[c] = fnma(multiply(floats_at(w->dmin), dx), floats_from(least[c]), acc[c]);
        }
    }
}

INLINE void add_block32(
    const struct block32 *w, const struct isobath_quantized_row x[COLUMNS], size_t b, FLOATS acc[COLUMNS],
    int columns, int offset, int has_minimum, int is_signed, int chain) {
    INTS sums[COLUMNS];
    EACH_COLUMN(columns) sums[c] = ints_of(0);
    for (int group = 0; group < 8; group += chain) {
        EACH_COLUMN(columns) {
            const int8_t *values = x[c].values + 32 * b + 4 * group;
            sums[c] = add_chain(sums[c], w->quants + group, values, UNIT_SCALE, is_signed, chain);
        }
    }
    EACH_COLUMN(columns) {
        const int total = x[c].sums[2 * b] + x[c].sums[2 * b + 1];
        const FLOATS dx = floats_of(x[c].scales[b]);
        const INTS sum = subtract(sums[c], ints_of(offset * total));
        acc[c] = fma(multiply(floats_at(w->d), dx), floats_from(sum), acc[c]);
        if (has_minimum) acc[c] = fma(multiply(floats_at(w->m), dx), floats_of((float)total), acc[c]);
    }
}

INLINE struct isobath_quantized_row row_at(const struct isobath_quantized_row *x, size_t offset) {
    return (struct isobath_quantized_row){
        x->values + offset, (const float *)((const char *)x->scales + offset),
        (const int16_t *)((const char *)x->sums + offset), x->extra};
}

#define DEFINE_TILES(name, BLOCK, values, ADD)                                                                     \
    INLINE void columns_##name(                                                                                    \
        const struct BLOCK *w, size_t rows, const struct isobath_quantized_row *x, size_t stride, size_t count,    \
        float *out, size_t out_stride, int continues, int columns) {                                               \
        struct isobath_quantized_row row[COLUMNS];                                                                 \
        FLOATS acc[COLUMNS];                                                                                       \
        EACH_COLUMN(columns) {                                                                                     \
            row[c] = row_at(x, (size_t)c * stride);                                                                \
            acc[c] = continues ? load_some(out + (size_t)c * out_stride, rows) : floats_of(0);                     \
        }                                                                                                          \
        for (size_t b = 0; b < count / (values); b++) ADD;                                                         \
        EACH_COLUMN(columns) store_some(out + (size_t)c * out_stride, rows, acc[c]);                               \
    }                                                                                                              \
    TARGET static void multiply_##name(                                                                            \
        const uint8_t *tile, size_t rows, const struct isobath_quantized_row *x, size_t stride, size_t columns,    \
        size_t count, int continues, float *out, size_t out_stride) {                                              \
        const struct BLOCK *w = (const struct BLOCK *)tile;                                                        \
        size_t c = 0;                                                                                              \
        for (; c + COLUMNS <= columns; c += COLUMNS) {                                                             \
            const struct isobath_quantized_row row = row_at(x, c * stride);                                        \
            columns_##name(w, rows, &row, stride, count, out + c * out_stride, out_stride, continues, COLUMNS);    \
        }                                                                                                          \
        for (; c < columns; c++) {                                                                                 \
            const struct isobath_quantized_row row = row_at(x, c * stride);                                        \
            columns_##name(w, rows, &row, stride, count, out + c * out_stride, out_stride, continues, 1);          \
        }                                                                                                          \
    }                                                                                                              \
    const struct isobath_integer_tiles FORM(name) = {                                                              \
        ROWS, sizeof(struct BLOCK) * (256 / (values)), unpack_##name, multiply_##name};

#define TILES_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                      \
    DEFINE_TILES(                                                                                                  \
        name, block256, 256, add_block256(w + b, row, b, acc, columns, minima, is_signed, CHAIN_256(chain)))

#define TILES_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                         \
    DEFINE_TILES(                                                                                                  \
        name, block32, 32,                                                                                         \
        add_block32(w + b, row, b, acc, columns, offset, has_minimum, is_signed, CHAIN_32(chain)))

ISOBATH_FORMATS_256(TILES_256)
ISOBATH_FORMATS_32(TILES_32)
