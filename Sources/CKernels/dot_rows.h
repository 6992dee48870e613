// The loop over the rows of `dot_row`, for one vector width. The file that includes this has defined
//   VECTOR         the vector type, of WIDTH lanes,
//   LOAD(p)        WIDTH floats at p,
//   FMA(a, b, c)   a · b + c, rounded once,
//   ZERO           all lanes +0,
//   REDUCE(v)      the sum of the 32 lanes in v[32 / WIDTH], in the fixed order,
//   TARGET         the attribute that permits these instructions,
//   COLUMNS        the rows taken at once, as many as leave the accumulators in registers.
#define VECTORS (32 / WIDTH)

TARGET static inline __attribute__((always_inline)) void accumulate(
    VECTOR sums[][VECTORS], const float *weights, const float *const *columns, size_t offset, int width) {
    for (int k = 0; k < VECTORS; k++) {
        const VECTOR weight = LOAD(weights + WIDTH * k);
        for (int c = 0; c < width; c++) {
            sums[c][k] = FMA(weight, LOAD(columns[c] + offset + WIDTH * k), sums[c][k]);
        }
    }
}

TARGET static inline __attribute__((always_inline)) void dot_columns(
    const float *weights, const float *activations, size_t stride, size_t count, float *out, size_t out_stride,
    int width) {
    VECTOR sums[COLUMNS][VECTORS];
    const float *columns[COLUMNS];
    for (int c = 0; c < width; c++) {
        columns[c] = activations + (size_t)c * stride;
        for (int k = 0; k < VECTORS; k++) sums[c][k] = ZERO;
    }
    const size_t whole = count / 32 * 32;
    for (size_t i = 0; i < whole; i += 32) accumulate(sums, weights + i, columns, i, width);
    if (whole < count) {
        const struct isobath_tail weight = isobath_tail_of(weights, whole, count);
        for (int c = 0; c < width; c++) {
            const struct isobath_tail column = isobath_tail_of(columns[c], whole, count);
            const float *const lanes = column.lanes;
            accumulate(&sums[c], weight.lanes, &lanes, 0, 1);
        }
    }
    for (int c = 0; c < width; c++) out[(size_t)c * out_stride] = REDUCE(sums[c]);
}

TARGET static void dot_row(
    const float *weights, const float *activations, size_t activation_stride, size_t rows, size_t count,
    float *out, size_t out_stride) {
    size_t r = 0;
    for (; r + COLUMNS <= rows; r += COLUMNS) {
        dot_columns(
            weights, activations + r * activation_stride, activation_stride, count, out + r * out_stride, out_stride,
            COLUMNS);
    }
    for (; r < rows; r++) {
        dot_columns(
            weights, activations + r * activation_stride, activation_stride, count, out + r * out_stride, out_stride,
            1);
    }
}

TARGET static float dot(const float *a, const float *b, size_t count) {
    float result;
    dot_columns(a, b, 0, count, &result, 0, 1);
    return result;
}
