// The loop over the rows of `dot_row`, for one vector width. The file that includes this has defined
//   VECTOR         the vector type, of WIDTH lanes,
//   LOAD(p)        WIDTH floats at p,
//   FMA(a, b, c)   a · b + c, rounded once,
//   ZERO           all lanes +0,
//   REDUCE(v)      the sum of the 32 lanes in v[32 / WIDTH], in the fixed order,
//   TARGET         the attribute that permits these instructions,
//   COLUMNS        the rows taken at once, as many as leave the accumulators in registers,
// and perhaps
//   REDUCE_ALL(sums, width, out)   the sums of `width` rows together, the same bits as `REDUCE` of each.
#define VECTORS (32 / WIDTH)

#ifndef REDUCE_ALL
#define REDUCE_ALL(sums, width, out) \
    for (int c = 0; c < (width); c++) (out)[c] = REDUCE((sums)[c])
#endif

// Adds products of 32 weights with each of `width` rows: `weight_at_k` is vector k of the weights, made once for all rows.
#define ACCUMULATE(sums, weight_at_k, columns, offset, width)                                                    \
    for (int k = 0; k < VECTORS; k++) {                                                                          \
        const VECTOR weight = weight_at_k;                                                                       \
        for (int n = 0; n < (width); n++) {                                                                      \
            (sums)[n][k] = FMA(weight, LOAD((columns)[n] + (offset) + WIDTH * k), (sums)[n][k]);                 \
        }                                                                                                        \
    }

TARGET static inline __attribute__((always_inline)) void begin_columns(
    VECTOR sums[][VECTORS], const float *columns[], const float *activations, size_t stride, int width) {
    for (int c = 0; c < width; c++) {
        columns[c] = activations + (size_t)c * stride;
        for (int k = 0; k < VECTORS; k++) sums[c][k] = ZERO;
    }
}

TARGET static inline __attribute__((always_inline)) void end_columns(
    VECTOR sums[][VECTORS], float *out, size_t out_stride, int width) {
    float results[COLUMNS];
    REDUCE_ALL(sums, width, results);
    for (int c = 0; c < width; c++) out[(size_t)c * out_stride] = results[c];
}

TARGET static inline __attribute__((always_inline)) void dot_columns(
    const float *weights, const float *activations, size_t stride, size_t count, float *out, size_t out_stride,
    int width) {
    VECTOR sums[COLUMNS][VECTORS];
    const float *columns[COLUMNS];
    begin_columns(sums, columns, activations, stride, width);
    const size_t whole = count / 32 * 32;
    for (size_t i = 0; i < whole; i += 32) ACCUMULATE(sums, LOAD(weights + i + WIDTH * k), columns, i, width)
    if (whole < count) {
        const struct isobath_tail tail = isobath_tail_of(weights, whole, count);
        for (int c = 0; c < width; c++) {
            const struct isobath_tail column = isobath_tail_of(columns[c], whole, count);
            const float *const lanes = column.lanes;
            ACCUMULATE(&sums[c], LOAD(tail.lanes + WIDTH * k), &lanes, 0, 1)
        }
    }
    end_columns(sums, out, out_stride, width);
}

// `name` takes any number of rows of activations, by numbers that the compiler knows: `some` with its last argument.
#define DEFINE_DOT_ROW(name, some, weight_type)                                                                   \
    TARGET static void name(                                                                                      \
        const weight_type *weights, const float *rows_in, size_t stride, size_t rows, size_t count, float *out,   \
        size_t out_stride) {                                                                                      \
        size_t r = 0;                                                                                             \
        for (; r + COLUMNS <= rows; r += COLUMNS) {                                                               \
            some(weights, rows_in + r * stride, stride, count, out + r * out_stride, out_stride, COLUMNS);        \
        }                                                                                                         \
        for (; COLUMNS > 4 && r + 4 <= rows; r += 4) {                                                            \
            some(weights, rows_in + r * stride, stride, count, out + r * out_stride, out_stride, COLUMNS > 4 ? 4 : 1); \
        }                                                                                                         \
        for (; r + 2 <= rows; r += 2) {                                                                           \
            some(weights, rows_in + r * stride, stride, count, out + r * out_stride, out_stride, 2);              \
        }                                                                                                         \
        if (r < rows) some(weights, rows_in + r * stride, stride, count, out + r * out_stride, out_stride, 1);    \
    }

DEFINE_DOT_ROW(dot_row, dot_columns, float)

TARGET static float dot(const float *a, const float *b, size_t count) {
    float result;
    dot_columns(a, b, 0, count, &result, 0, 1);
    return result;
}
