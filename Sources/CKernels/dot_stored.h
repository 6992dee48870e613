// A row of weights in FP8 · a row of activations, in the order of `dot`. The file that includes this has defined what `dot_rows.h`
// needs, and LOAD_F8(p), WIDTH values at p, decoded.
#include "tail.h"

TARGET static inline __attribute__((always_inline)) float dot_tail(
    VECTOR sums[VECTORS], const struct isobath_tail *weights, const float *x, size_t whole, size_t count) {
    if (whole < count) {
        const struct isobath_tail column = isobath_tail_of(x, whole, count);
        for (int k = 0; k < VECTORS; k++) {
            sums[k] = FMA(LOAD(weights->lanes + WIDTH * k), LOAD(column.lanes + WIDTH * k), sums[k]);
        }
    }
    return REDUCE(sums);
}

TARGET static float dot_f8e4m3(const uint8_t *weights, const float *factors, const float *x, size_t count) {
    VECTOR sums[VECTORS];
    for (int k = 0; k < VECTORS; k++) sums[k] = ZERO;
    const size_t whole = count / 32 * 32;
    for (size_t i = 0; i < whole; i += 32) {
        const VECTOR factor = ALL(factors[i / 128]);
        for (int k = 0; k < VECTORS; k++) {
            const VECTOR weight = MULTIPLY(LOAD_F8(weights + i + WIDTH * k), factor);
            sums[k] = FMA(weight, LOAD(x + i + WIDTH * k), sums[k]);
        }
    }
    struct isobath_tail tail = {{0}};
    for (size_t i = whole; i < count; i++) {
        tail.lanes[i - whole] = isobath_float_from_f8e4m3(weights[i]) * factors[i / 128];
    }
    return dot_tail(sums, &tail, x, whole, count);
}
