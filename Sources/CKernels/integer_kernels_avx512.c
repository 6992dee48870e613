#pragma STDC FP_CONTRACT OFF
// Integer products on 512-bit vectors with VNNI: a lane is a weight row, so that no sum runs across lanes.
//
// Weight rows are unpacked sixteen at a time, block by block; what is unpacked stays in the first cache while rows of
// activations pass by. One row of activations takes the same way: unpacking costs less than reading the weights.
#include "isobath_integer_kernels.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vnni,avx2,fma,f16c")))
#include "integer_unpack_avx512.h"

/// Rows of a tile: two vectors.
#define ROWS 32
/// Rows of activations whose sums stay in registers with two vectors of weight rows.
#define COLUMNS 6
/// Rows of activations that pass by a block while it is in the first cache.
#define BATCH 48

#define EACH(i, count) UNROLL for (int i = 0; i < (count); i++)

// What a form wants of a block of activations beside its values: for formats with an offset, −offset · the sum of each
// chain, at which its sum starts; for those with minima, pairs of the sums of 16 or 32 values.
#define EXTRA_256(shape) ((shape).has_offset ? 64 / (shape).chain : (shape).minima)

// One row of activations, from some block on.
struct column {
    const int8_t *values;
    const int32_t *extra;
    const float *scales;
    const int16_t *sums;
};

INLINE struct column column_at(const struct isobath_quantized_row *x, size_t offset) {
    return (struct column){
        x->values + offset, (const int32_t *)((const char *)x->extra + offset),
        (const float *)((const char *)x->scales + offset), (const int16_t *)((const char *)x->sums + offset)};
}

// MARK: Blocks of 256

// sums[part][v][c] += the products of block w[v] with columns x[c].
INLINE void sum_block256(
    const struct block256 *const w[2], const struct column *x, size_t b, ints sums[4][2][COLUMNS],
    int vectors, int columns, int parts, struct shape s) {
    const int8_t *values[COLUMNS];
    const int32_t *extra[COLUMNS];
    EACH(c, columns) values[c] = x[c].values + 256 * b, extra[c] = x[c].extra + (size_t)EXTRA_256(s) * b;
    _Pragma("clang loop unroll(disable)") for (int first = 0; first < 64; first += s.chain * parts) {
        EACH(part, parts) {
            const int group = first + s.chain * part;
            ints totals[2][COLUMNS];
            EACH(c, columns) {
                const int start = s.has_offset ? extra[c][group / s.chain] : 0;
                EACH(v, vectors) totals[v][c] = _mm512_set1_epi32(start);
            }
            EACH(k, s.chain) {
                ints quants[2];
                EACH(v, vectors) quants[v] = _mm512_load_si512(w[v]->quants[group + k]);
                EACH(c, columns) {
                    const ints four = _mm512_set1_epi32((int)isobath_load32(values[c] + 4 * (group + k)));
                    EACH(v, vectors) totals[v][c] = _mm512_dpbusd_epi32(totals[v][c], quants[v], four);
                }
            }
            EACH(v, vectors) {
                const ints scale = _mm512_load_si512(w[v]->scales[group / s.run]);
                EACH(c, columns) {
                    sums[part][v][c] = sum_of_chain(sums[part][v][c], totals[v][c], scale, s.is_wide);
                }
            }
        }
    }
}

// total + a block's sum, in the order of the interface: scaled, then its minima.
INLINE __m512 added_block256(
    __m512 total, ints sum, const struct block256 *w, const struct column *x, size_t b, struct shape s) {
    const __m512 dx = _mm512_set1_ps(x->scales[b]);
    total = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_load_ps(w->d), dx), _mm512_cvtepi32_ps(sum), total);
    if (s.has_offset || !s.minima) return total;
    ints least = _mm512_setzero_si512();
    EACH(j, s.minima) {
        const ints pair = _mm512_set1_epi32(x->extra[(size_t)s.minima * b + (size_t)j]);
        least = _mm512_dpwssd_epi32(least, _mm512_load_si512(w->minima[j]), pair);
    }
    return _mm512_fnmadd_ps(_mm512_mul_ps(_mm512_load_ps(w->dmin), dx), _mm512_cvtepi32_ps(least), total);
}

INLINE void add_block256(
    const struct block256 *const w[2], const struct column *x, size_t b, float (*const acc[2])[16],
    int vectors, int columns, struct shape s) {
    // With few sums at once, several parts of each, so that they do not wait for each other.
    const int parts = vectors * columns >= 4 ? 1 : 4;
    ints sums[4][2][COLUMNS];
    EACH(part, parts) EACH(v, vectors) EACH(c, columns) sums[part][v][c] = _mm512_setzero_si512();
    sum_block256(w, x, b, sums, vectors, columns, parts, s);
    EACH(v, vectors) EACH(c, columns) {
        ints sum = sums[0][v][c];
        if (parts == 4) {
            sum = _mm512_add_epi32(
                _mm512_add_epi32(sum, sums[1][v][c]), _mm512_add_epi32(sums[2][v][c], sums[3][v][c]));
        }
        _mm512_store_ps(acc[v][c], added_block256(_mm512_load_ps(acc[v][c]), sum, w[v], &x[c], b, s));
    }
}

// The products of a block of sixteen rows with one row of activations.
INLINE struct products products_with_256(const struct column *x, size_t b, struct shape s) {
    struct products to = {.values = x->values + 256 * b, .extra = x->extra + (size_t)EXTRA_256(s) * b};
    to.sums[0] = to.sums[1] = _mm512_setzero_si512();
    return to;
}

INLINE __m512 added_products256(
    __m512 total, const struct products *sums, const struct block256 *w, const struct column *x, size_t b,
    struct shape s) {
    return added_block256(total, _mm512_add_epi32(sums->sums[0], sums->sums[1]), w, x, b, s);
}

// MARK: Blocks of 32

INLINE __m512 added_block32(
    __m512 total, ints sum, const struct block32 *w, const struct column *x, size_t b, int has_minimum) {
    const __m512 dx = _mm512_set1_ps(x->scales[b]);
    total = _mm512_fmadd_ps(_mm512_mul_ps(_mm512_load_ps(w->d), dx), _mm512_cvtepi32_ps(sum), total);
    if (!has_minimum) return total;
    const __m512 all = _mm512_set1_ps((float)(x->sums[2 * b] + x->sums[2 * b + 1]));
    return _mm512_fmadd_ps(_mm512_mul_ps(_mm512_load_ps(w->m), dx), all, total);
}

INLINE void add_block32(
    const struct block32 *const w[2], const struct column *x, size_t b, float (*const acc[2])[16],
    int vectors, int columns, int has_offset, int has_minimum) {
    ints sums[2][COLUMNS];
    EACH(c, columns) {
        const int start = has_offset ? x[c].extra[b] : 0;
        EACH(v, vectors) sums[v][c] = _mm512_set1_epi32(start);
    }
    EACH(k, 8) {
        ints quants[2];
        EACH(v, vectors) quants[v] = _mm512_load_si512(w[v]->quants[k]);
        EACH(c, columns) {
            const ints four = _mm512_set1_epi32((int)isobath_load32(x[c].values + 32 * b + 4 * k));
            EACH(v, vectors) sums[v][c] = _mm512_dpbusd_epi32(sums[v][c], quants[v], four);
        }
    }
    EACH(c, columns) EACH(v, vectors) {
        const __m512 total = _mm512_load_ps(acc[v][c]);
        _mm512_store_ps(acc[v][c], added_block32(total, sums[v][c], w[v], &x[c], b, has_minimum));
    }
}

INLINE struct products products_with_32(const struct column *x, size_t b, int has_offset) {
    struct products to = {.values = x->values + 32 * b};
    to.sums[0] = _mm512_set1_epi32(has_offset ? x->extra[b] : 0);
    return to;
}

// MARK: Tiles

// A source with sixteen rows, some of them zeros where there are fewer.
INLINE struct source filled(struct source s, size_t rows, size_t bytes, uint8_t *copy) {
    if (rows >= 16) return s;
    memset(copy, 0, 16 * bytes);
    for (size_t r = 0; r < rows; r++) memcpy(copy + r * bytes, s.block + r * s.row_bytes, bytes);
    return (struct source){copy, bytes, copy};
}

// What to ask for while sixteen of `rows` rows at `p` are read: those that follow, or what comes after the last.
INLINE const uint8_t *following(const uint8_t *p, size_t row_bytes, size_t rows, const uint8_t *next) {
    return rows > 16 ? p + 16 * row_bytes : next ? next : p;
}

INLINE __mmask16 lanes_below(size_t count) { return (__mmask16)(count < 16 ? (1u << count) - 1 : 0xFFFFu); }

// A tile: the blocks of the first sixteen rows, then those of the next sixteen, if there are any.
#define DEFINE_TILES(name, BLOCK, VALUES, bytes, ADD, PRODUCTS, ADDED)                                             \
    TARGET static void tile_##name(                                                                                \
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile, const uint8_t *next) { \
        struct BLOCK *to = (struct BLOCK *)tile;                                                                   \
        for (size_t first = 0; first < rows; first += 16, weights += 16 * row_bytes) {                             \
            struct source s = {weights, row_bytes, following(weights, row_bytes, rows - first, next)};             \
            uint8_t copy[16 * (bytes)];                                                                            \
            for (size_t b = 0; b < count / VALUES; b++, s.block += (bytes), s.ahead += 16 * (bytes)) {             \
                unpack_##name(filled(s, rows - first, bytes, copy), to++, 0);                                      \
            }                                                                                                      \
        }                                                                                                          \
    }                                                                                                              \
    INLINE void columns_##name(                                                                                    \
        const struct BLOCK *const w[2], const struct isobath_quantized_row *x, size_t stride, size_t b,            \
        float (*acc)[BATCH][16], size_t first, int vectors, int columns) {                                         \
        struct column column[COLUMNS];                                                                             \
        EACH(c, columns) column[c] = column_at(x, (first + (size_t)c) * stride);                                   \
        float(*const sums[2])[16] = {acc[0] + first, acc[1] + first};                                              \
        ADD;                                                                                                       \
    }                                                                                                              \
    INLINE void batch_##name(                                                                                      \
        const struct BLOCK *const w[2], const struct isobath_quantized_row *x, size_t stride, size_t b,            \
        float (*acc)[BATCH][16], size_t columns, int vectors) {                                                    \
        size_t c = 0;                                                                                              \
        for (; c + 6 <= columns; c += 6) columns_##name(w, x, stride, b, acc, c, vectors, 6);                      \
        if (c + 4 <= columns) columns_##name(w, x, stride, b, acc, c, vectors, 4), c += 4;                         \
        if (c + 2 <= columns) columns_##name(w, x, stride, b, acc, c, vectors, 2), c += 2;                         \
        if (c < columns) columns_##name(w, x, stride, b, acc, c, vectors, 1);                                      \
    }                                                                                                              \
    TARGET static void multiply_##name(                                                                            \
        const uint8_t *tile, size_t rows, const struct isobath_quantized_row *all, size_t stride, size_t columns,  \
        size_t count, int continues, float *out, size_t out_stride) {                                              \
        const size_t blocks = count / VALUES;                                                                      \
        const __mmask16 lanes[2] = {lanes_below(rows), lanes_below(rows < 16 ? 0 : rows - 16)};                    \
        for (size_t first = 0; first < columns; first += BATCH, out += BATCH * out_stride) {                       \
            _Alignas(64) float acc[2][BATCH][16];                                                                  \
            const size_t some = columns - first < BATCH ? columns - first : BATCH;                                 \
            const struct isobath_quantized_row x = row_at(all, first * stride);                                    \
            for (size_t c = 0; c < some; c++) {                                                                    \
                EACH(v, 2) {                                                                                       \
                    const __mmask16 mask = continues ? lanes[v] : 0;                                               \
                    _mm512_store_ps(acc[v][c], _mm512_maskz_loadu_ps(mask, out + c * out_stride + 16 * v));        \
                }                                                                                                  \
            }                                                                                                      \
            for (size_t b = 0; b < blocks; b++) {                                                                  \
                const struct BLOCK *const one = (const struct BLOCK *)tile + b;                                    \
                const struct BLOCK *const w[2] = {one, one + blocks};                                              \
                if (rows > 16) {                                                                                   \
                    batch_##name(w, &x, stride, b, acc, some, 2);                                                  \
                } else {                                                                                           \
                    batch_##name(w, &x, stride, b, acc, some, 1);                                                  \
                }                                                                                                  \
            }                                                                                                      \
            for (size_t c = 0; c < some; c++) {                                                                    \
                EACH(v, 2) _mm512_mask_storeu_ps(                                                                  \
                    out + c * out_stride + 16 * v, lanes[v], _mm512_load_ps(acc[v][c]));                           \
            }                                                                                                      \
        }                                                                                                          \
    }                                                                                                              \
    TARGET static void rows_##name(                                                                                \
        const uint8_t *weights, size_t row_bytes, size_t rows, const struct isobath_quantized_row *x,              \
        size_t count, float *out, const uint8_t *next) {                                                           \
        const struct column column = column_at(x, 0);                                                              \
        for (size_t first = 0; first < rows; first += 16, weights += 16 * row_bytes) {                             \
            struct source s = {weights, row_bytes, following(weights, row_bytes, rows - first, next)};             \
            uint8_t copy[16 * (bytes)];                                                                            \
            __m512 total = _mm512_setzero_ps();                                                                    \
            for (size_t b = 0; b < count / VALUES; b++, s.block += (bytes), s.ahead += 16 * (bytes)) {             \
                _Alignas(64) struct BLOCK block;                                                                   \
                struct products products = PRODUCTS;                                                               \
                unpack_##name(filled(s, rows - first, bytes, copy), &block, &products);                            \
                total = ADDED;                                                                                     \
            }                                                                                                      \
            _mm512_mask_storeu_ps(out + first, lanes_below(rows - first), total);                                  \
        }                                                                                                          \
    }                                                                                                              \
    static const struct isobath_integer_tiles tiles_##name = {                                                     \
        ROWS, 2 * sizeof(struct BLOCK) * (256 / VALUES), tile_##name, multiply_##name};

INLINE struct isobath_quantized_row row_at(const struct isobath_quantized_row *x, size_t offset) {
    const struct column column = column_at(x, offset);
    return (struct isobath_quantized_row){column.values, column.scales, column.sums, column.extra};
}

// MARK: The formats

// −offset · the sum of each `group` values.
INLINE void offsets_of(const int8_t *values, size_t count, int group, int offset, int32_t *extra) {
    for (size_t i = 0; i < count / (size_t)group; i++) {
        int sum = 0;
        for (int j = 0; j < group; j++) sum += values[(size_t)group * i + (size_t)j];
        extra[i] = -offset * sum;
    }
}

// Pairs of 16-bit sums, each of `sixteens` times 16 values.
INLINE void pairs_of(const int16_t *sums, size_t count, int sixteens, int32_t *extra) {
    for (size_t i = 0; i < count / 16 / (size_t)sixteens / 2; i++) {
        const int16_t *four = sums + 2 * (size_t)sixteens * i;
        const int low = sixteens == 2 ? four[0] + four[1] : four[0], high = sixteens == 2 ? four[2] + four[3] : four[1];
        extra[i] = (int32_t)((uint32_t)(uint16_t)low | (uint32_t)(uint16_t)high << 16);
    }
}

#define DEFINE_256(name, TYPE, bytes, D, DMIN, MINIMA, SIGNED, CHAIN)                                      \
    TARGET static void prepare_##name(const int8_t *values, const int16_t *sums, size_t count, int32_t *extra) {   \
        if (shape_##name.has_offset) {                                                                             \
            offsets_of(values, count, 4 * shape_##name.chain, shape_##name.has_offset, extra);                     \
        } else {                                                                                                   \
            pairs_of(sums, count, 8 / shape_##name.minima, extra);                                                 \
        }                                                                                                          \
    }                                                                                                              \
    DEFINE_TILES(                                                                                                  \
        name, block256, 256, bytes, add_block256(w, column, b, sums, vectors, columns, shape_##name),              \
        products_with_256(&column, b, shape_##name),                                                               \
        added_products256(total, &products, &block, &column, b, shape_##name))                                     \
    static const struct isobath_integer_kernels kernels_##name = {                                                 \
        256, EXTRA_256(shape_##name), prepare_##name, rows_##name, &tiles_##name};

#define BIASED(offset, is_signed) ((offset) + ((is_signed) ? 128 : 0))

#define DEFINE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                        \
    TARGET static void prepare_##name(const int8_t *values, const int16_t *sums, size_t count, int32_t *extra) {   \
        (void)values;                                                                                              \
        for (size_t b = 0; b < count / 32; b++) {                                                                  \
            extra[b] = -BIASED(offset, is_signed) * (sums[2 * b] + sums[2 * b + 1]);                               \
        }                                                                                                          \
    }                                                                                                              \
    DEFINE_TILES(                                                                                                  \
        name, block32, 32, bytes,                                                                                  \
        add_block32(w, column, b, sums, vectors, columns, BIASED(offset, is_signed), has_minimum),                 \
        products_with_32(&column, b, BIASED(offset, is_signed)),                                                   \
        added_block32(total, products.sums[0], &block, &column, b, has_minimum))                                   \
    static const struct isobath_integer_kernels kernels_##name = {32, 8, prepare_##name, rows_##name, &tiles_##name};

ISOBATH_FORMATS_256(DEFINE_256)
ISOBATH_FORMATS_32(DEFINE_32)

#define CASE_256(name, TYPE, bytes, D, DMIN, MINIMA, SIGNED, CHAIN) case ISOBATH_##TYPE: return &kernels_##name;
#define CASE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;

const struct isobath_integer_kernels *isobath_integer_kernels_avx512(enum isobath_element_type type) {
    const int runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx2") &&
                     __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (!runs) return 0;
    switch (type) {
        ISOBATH_FORMATS_256(CASE_256)
        ISOBATH_FORMATS_32(CASE_32)
    default: return 0;
    }
}
#else
const struct isobath_integer_kernels *isobath_integer_kernels_avx512(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
