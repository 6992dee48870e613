// Rows of weights · rows of activations, tile by tile, for one vector width. The file that includes this has defined
//   VECTOR          the vector type, of WIDTH lanes,
//   LOAD(p)         WIDTH floats at p,       STORE(p, v)    writes them,
//   FMA(a, b, c)    a · b + c, rounded once,
//   ZERO            all lanes +0,
//   REDUCE(v)       the sum of the 32 lanes in v[32 / WIDTH], in the fixed order,
//   LOAD_I8(p)      WIDTH signed bytes at p as floats; LOAD_F16(p), LOAD_BF16(p)   WIDTH halves or bfloats at p,
//   ALL(value)      a float in all lanes,    ALL_HALF(p)   the half at p, behind which at least 32 bytes may be read,
//   MULTIPLY(a, b)  lane by lane,
//   TARGET          the attribute that permits these instructions,
//   ROWS, COLUMNS   the rows of weights and those of activations that a tile has, and
//   SUMS            how many vectors of sums stay in registers;
// and perhaps
//   LOAD_SOME(p, n)          n floats at p, 0 < n < WIDTH, and zeros,
//   REDUCE_ROWS(sums, out)   the sums of ROWS rows together, the same bits as `REDUCE` of each.
#include "half.h"

#define VECTORS (32 / WIDTH)
#define INLINE TARGET static inline __attribute__((always_inline))

#ifndef LOAD_SOME
#define LOAD_SOME(p, n) load_some(p, n)

INLINE VECTOR load_some(const float *p, size_t count) {
    float lanes[WIDTH] = {0};
    memcpy(lanes, p, count * sizeof *p);
    return LOAD(lanes);
}
#endif

#ifndef REDUCE_ROWS
#define REDUCE_ROWS(sums, out) \
    for (int row = 0; row < ROWS; row++) (out)[row] = REDUCE((sums)[row])
#endif

// Longer rows are taken in stretches, so that what is used again stays in the first cache.
#define STRETCH 512
// How many tiles are at work on the same stretch.
#define TILES 8

#include "tile_weights.h"

typedef VECTOR tile_sums[COLUMNS][ROWS][VECTORS];

// The rows of activations of a tile and where its results go: those of one row of activations lie side by side.
struct tile_place {
    const float *activations;
    size_t stride;
    float *out;
    size_t out_stride;
};

// How many vectors of each sum grow together.
INLINE int part_of(int rows, int columns) {
    const int all = rows * columns * VECTORS;
    return all <= SUMS ? VECTORS : all / 2 <= SUMS ? VECTORS / 2 : all / 4 <= SUMS ? VECTORS / 4 : 1;
}

INLINE void begin_tile(tile_sums sums, int rows, int columns) {
    for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < VECTORS; k++) sums[c][r][k] = ZERO;
        }
    }
}

// Adds the products of the first `count` columns, a multiple of 32, to `part` vectors of each sum from the one at `first`.
INLINE void add_part(
    tile_sums sums, const struct tile_weights *weights, const struct tile_place *at, size_t count, int rows, int columns,
    int first, int part) {
    VECTOR own[COLUMNS][ROWS][VECTORS];
    for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < part; k++) own[c][r][k] = sums[c][r][first + k];
        }
    }
    for (size_t i = 0; i < count; i += 32) {
        VECTOR scale[ROWS];
        for (int r = 0; r < rows; r++) scale[r] = scale_at(weights, r, i);
        for (int k = 0; k < part; k++) {
            const size_t place = i + WIDTH * (size_t)(first + k);
            VECTOR weight[ROWS];
            for (int r = 0; r < rows; r++) weight[r] = weights_at(weights, r, place, scale[r]);
            for (int c = 0; c < columns; c++) {
                const VECTOR activation = LOAD(at->activations + (size_t)c * at->stride + place);
                for (int r = 0; r < rows; r++) own[c][r][k] = FMA(weight[r], activation, own[c][r][k]);
            }
        }
    }
    for (int c = 0; c < columns; c++) {
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < part; k++) sums[c][r][first + k] = own[c][r][k];
        }
    }
}

// The same for the less than 32 columns behind `whole`; lanes that have none add zeros.
INLINE void add_rest(
    tile_sums sums, const struct tile_weights *weights, const struct tile_place *at, size_t whole, size_t count, int rows,
    int columns) {
    for (int k = 0; k < VECTORS; k++) {
        const size_t place = whole + WIDTH * (size_t)k;
        const long left = (long)count - (long)place;
        VECTOR weight[ROWS];
        for (int r = 0; r < rows; r++) weight[r] = last_weights(weights, r, place, left);
        for (int c = 0; c < columns; c++) {
            const VECTOR activation = load_lanes(at->activations + (size_t)c * at->stride + place, left);
            for (int r = 0; r < rows; r++) sums[c][r][k] = FMA(weight[r], activation, sums[c][r][k]);
        }
    }
}

INLINE void add_tile(
    tile_sums sums, const struct tile_weights *weights, const struct tile_place *at, size_t count, int rows, int columns) {
    const size_t whole = count / 32 * 32;
    const int part = part_of(rows, columns);
    for (int first = 0; first < VECTORS; first += part) add_part(sums, weights, at, whole, rows, columns, first, part);
    if (whole < count) add_rest(sums, weights, at, whole, count, rows, columns);
}

INLINE void end_tile(tile_sums sums, const struct tile_place *at, int rows, int columns) {
    for (int c = 0; c < columns; c++) {
        float *const out = at->out + (size_t)c * at->out_stride;
        if (rows == ROWS) {
            REDUCE_ROWS(sums[c], out);
        } else {
            for (int r = 0; r < rows; r++) out[r] = REDUCE(sums[c][r]);
        }
    }
}

INLINE void dot_tile(
    const struct tile_weights *weights, const struct tile_place *at, size_t count, int rows, int columns) {
    tile_sums sums;
    begin_tile(sums, rows, columns);
    add_tile(sums, weights, at, count, rows, columns);
    end_tile(sums, at, rows, columns);
}

// How many of the rows of activations that are left the next tile takes: the last one is not left with one alone.
static inline int tile_columns(size_t left) {
    if (left == COLUMNS + 1) return (COLUMNS + 2) / 2;
    return left < COLUMNS ? (int)left : COLUMNS;
}

// `call` with `columns` as a number that the compiler knows.
#define WITH_COLUMNS(columns, call)  \
    switch (columns) {               \
    case 1: call(1); break;          \
    case 2: call(2); break;          \
    case 3: call(3); break;          \
    default: if (COLUMNS > 3) call(COLUMNS); break; \
    }

INLINE struct tile_place tile_place_at(const struct tile_place *all, size_t column) {
    return (struct tile_place){
        all->activations + column * all->stride, all->stride, all->out + column * all->out_stride, all->out_stride};
}

// What the compiler writes once for all kinds of weights.
#define SHARED TARGET static __attribute__((noinline))

// `call` with `rows`, which are ROWS or one, as a number that the compiler knows.
#define WITH_ROWS(rows, call, width)               \
    do {                                           \
        if ((rows) == ROWS) { call(ROWS, width); } \
        else { call(1, width); }                   \
    } while (0)

// A row of tiles of f32, each done at once.
SHARED void dot_float_tiles(
    struct tile_weights weights, const struct tile_place *all, size_t columns, size_t count, int rows) {
    const struct tile_weights floats = {STORED_F32, weights.rows, weights.stride};
    for (size_t c = 0; c < columns;) {
        const struct tile_place at = tile_place_at(all, c);
        const int width = tile_columns(columns - c);
#define DOT_TILE(rows, width) dot_tile(&floats, &at, count, rows, width)
#define DOT_TILES(width) WITH_ROWS(rows, DOT_TILE, width)
        WITH_COLUMNS(width, DOT_TILES)
        c += (size_t)width;
    }
}

// One stretch of a row of tiles of f32.
SHARED void add_float_tiles(
    tile_sums *sums, struct tile_weights weights, const struct tile_place *all, size_t columns, size_t count, int rows) {
    const struct tile_weights floats = {STORED_F32, weights.rows, weights.stride};
    for (size_t c = 0; c < columns; sums++) {
        const struct tile_place at = tile_place_at(all, c);
        const int width = tile_columns(columns - c);
#define ADD_TILE(rows, width) add_tile(*sums, &floats, &at, count, rows, width)
#define ADD_TILES(width) WITH_ROWS(rows, ADD_TILE, width)
        WITH_COLUMNS(width, ADD_TILES)
        c += (size_t)width;
    }
}

SHARED void end_tiles(tile_sums *sums, const struct tile_place *all, size_t columns, int rows) {
    for (size_t c = 0; c < columns; sums++) {
        const struct tile_place at = tile_place_at(all, c);
        const int width = tile_columns(columns - c);
#define END_TILE(rows, width) end_tile(*sums, &at, rows, width)
#define END_TILES(width) WITH_ROWS(rows, END_TILE, width)
        WITH_COLUMNS(width, END_TILES)
        c += (size_t)width;
    }
}

// A row of tiles with long rows: all take one stretch of the weights after the other.
INLINE void dot_long_tiles(
    const struct tile_weights *weights, const struct tile_place *all, size_t columns, size_t count, int rows) {
    tile_sums sums[TILES + 1];
    for (int t = 0; t <= TILES; t++) begin_tile(sums[t], rows, COLUMNS);
    for (size_t start = 0; start < count; start += STRETCH) {
        const size_t length = count - start < STRETCH ? count - start : STRETCH;
        float memory[ROWS * STRETCH];
        struct tile_place at = *all;
        at.activations += start;
        add_float_tiles(sums, decoded(weights, start, length, memory, rows), &at, columns, length, rows);
    }
    end_tiles(sums, all, columns, rows);
}

// One tile, and weights that are decoded in registers, as they are used once: by all rows together, or one after another.
INLINE void dot_only_tile(
    const struct tile_weights *weights, const struct tile_place *at, size_t count, int rows, int columns) {
    if (weights->kind == STORED_F32 || part_of(rows, columns) == VECTORS) return dot_tile(weights, at, count, rows, columns);
    for (int r = 0; r < rows; r++) {
        const struct tile_weights row = tile_weights_at(weights, (size_t)r);
        const struct tile_place place = {at->activations, at->stride, at->out + r, at->out_stride};
        dot_tile(&row, &place, count, 1, columns);
    }
}

INLINE void dot_some_rows(
    const struct tile_weights *weights, const struct tile_place *all, size_t columns, size_t count, int rows) {
    if (columns < COLUMNS || (columns == COLUMNS && part_of(1, COLUMNS) == VECTORS)) {
#define DOT_ONLY_TILE(width) dot_only_tile(weights, all, count, rows, width)
        WITH_COLUMNS((int)columns, DOT_ONLY_TILE)
    } else if (count <= STRETCH) {
        float memory[ROWS * STRETCH];
        dot_float_tiles(decoded(weights, 0, count, memory, rows), all, columns, count, rows);
    } else {
        for (size_t c = 0; c < columns; c += TILES * COLUMNS) {
            const struct tile_place at = tile_place_at(all, c);
            const size_t left = columns - c;
            dot_long_tiles(weights, &at, left < TILES * COLUMNS ? left : TILES * COLUMNS, count, rows);
        }
    }
}

// Bytes of weights that are asked for before they are read: of short rows, whose matrices are read in many places.
#define ASKED_AHEAD 2048

// Asks for as many bytes as the next tile has, `ASKED_AHEAD` from here but no further than `end`.
INLINE void ask_ahead(const struct tile_weights *weights, const uint8_t *end) {
    const size_t bytes = ROWS * weights->stride;
    if (bytes > ASKED_AHEAD) return;
    for (size_t at = ASKED_AHEAD; at < ASKED_AHEAD + bytes && at < (size_t)(end - weights->rows); at += 64) {
        __builtin_prefetch(weights->rows + at, 0, 3);
    }
}

INLINE void dot_all_rows(
    const struct tile_weights *all, size_t weight_rows, struct tile_place place, size_t columns, size_t count) {
    const uint8_t *const end = all->rows + weight_rows * all->stride;
    for (size_t row = 0; columns > 0 && row < weight_rows;) {
        const struct tile_weights weights = tile_weights_at(all, row);
        const size_t rows = weight_rows - row < ROWS ? 1 : ROWS;
        ask_ahead(&weights, end);
        if (rows == ROWS) {
            dot_some_rows(&weights, &place, columns, count, ROWS);
        } else {
            dot_some_rows(&weights, &place, columns, count, 1);
        }
        place.out += rows;
        row += rows;
    }
}

TARGET static float dot(const float *a, const float *b, size_t count) {
    float result;
    const struct tile_weights weights = {STORED_F32, (const uint8_t *)a, 0};
    const struct tile_place at = {b, 0, &result, 0};
    dot_tile(&weights, &at, count, 1, 1);
    return result;
}

#define DEFINE_DOT_ROWS(name, kind, weight_type)                                                                       \
    TARGET static void name(                                                                                           \
        const weight_type *weights, size_t weight_rows, const float *activations, size_t stride, size_t rows, size_t count, \
        float *out, size_t out_stride) {                                                                               \
        const struct tile_weights all = {kind, (const uint8_t *)weights, bytes_before(kind, count)};                   \
        dot_all_rows(&all, weight_rows, (struct tile_place){activations, stride, out, out_stride}, rows, count);       \
    }

DEFINE_DOT_ROWS(dot_rows, STORED_F32, float)
DEFINE_DOT_ROWS(dot_rows_f16, STORED_F16, uint8_t)
DEFINE_DOT_ROWS(dot_rows_bf16, STORED_BF16, uint8_t)
DEFINE_DOT_ROWS(dot_rows_q8_0, STORED_Q8_0, uint8_t)
