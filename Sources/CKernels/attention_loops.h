// The loops of attention for one vector width. The file that includes this has defined
//   VECTOR, INTEGERS   WIDTH floats, and as many 32-bit integers,
//   LOAD(p), STORE(p, v), SPLAT(x)
//   FMA(a, b, c)       a · b + c, rounded once; ADD, SUB, MUL, DIV,
//   LARGER(a, b)       a > b ? a : b,
//   UNLESS_BELOW(x, least, v)   x < least ? 0 : v,
//   AS_INTEGERS(v), AS_FLOATS(i), SPLAT_INTEGER(x), ADD_INTEGERS, SUB_INTEGERS, HALVE_INTEGERS (arithmetic),
//   TO_EXPONENT(i)     i << 23,
//   TARGET             the attribute that permits these instructions,
//   OWN_SOFTEN         if it has a `soften` of its own,
//   STRIP, STRIP_OF_TWO, STRIP_OF_ONE
//                      columns of c that 3 to 6, 2 and 1 rows take at once, as many as leave c in registers.
#include <math.h>

#include "isobath_attention_kernels.h"

#define TILE ISOBATH_ATTENTION_TILE
#define PANEL ISOBATH_ATTENTION_PANEL

#include "exponential_vector.h"
#include "multiply_blocks.h"

TARGET static void multiply(
    const float *a, size_t a_stride, const float *b, size_t b_stride, size_t panel_stride, float *c,
    size_t c_stride, size_t m, size_t n, size_t k, const struct isobath_rows_ahead *ahead) {
    struct fetching fetching;
    if (ahead) fetching = fetching_of(ahead, 1, k * (n / STRIP ? n / STRIP : 1));
    const struct operands o = {
        {a, a_stride, 1, ROWS * a_stride}, b, b_stride, panel_stride, c, c_stride, m, k, 0, 0, ahead ? &fetching : 0};
    multiply_all(&o, n);
}

TARGET static void exponentials(const float *x, float *y, size_t count) {
    for (size_t i = 0; i < count; i += WIDTH) STORE(y + i, exponential(LOAD(x + i)));
}

TARGET INLINE VECTOR gated(VECTOR gate, VECTOR up) {
    return MUL(DIV(gate, ADD(SPLAT(1), exponential(SUB(SPLAT(0), gate)))), up);
}

TARGET static void gate(const float *gates, const float *ups, float *out, size_t count) {
    size_t i = 0;
    for (; i + WIDTH <= count; i += WIDTH) STORE(out + i, gated(LOAD(gates + i), LOAD(ups + i)));
    for (; i < count; i++) {
        float lanes[WIDTH];
        STORE(lanes, gated(SPLAT(gates[i]), SPLAT(ups[i])));
        out[i] = lanes[0];
    }
}

TARGET INLINE float exponential_of(float x) {
    float lanes[WIDTH];
    STORE(lanes, exponential(SPLAT(x)));
    return lanes[0];
}

#ifndef OWN_SOFTEN
// Lanes 8, 4, 2 and 1 apart are joined, so that few steps wait for each other.
TARGET INLINE float largest_of(float lanes[16]) {
    for (int half = 8; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] = lanes[i + half] > lanes[i] ? lanes[i + half] : lanes[i];
    }
    return lanes[0];
}

TARGET INLINE float sum_of(float lanes[16]) {
    for (int half = 8; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

TARGET INLINE float soften_lane(float *scores, size_t count, float scale, float *largest, float *sum) {
    float lanes[16];
    for (int i = 0; i < TILE; i += WIDTH) STORE(scores + i, MUL(LOAD(scores + i), SPLAT(scale)));
    for (size_t i = count; i < TILE; i++) scores[i] = -INFINITY;
    for (int i = 0; i < 16; i += WIDTH) {
        VECTOR most = LOAD(scores + i);
        for (int j = i + 16; j < TILE; j += 16) most = LARGER(LOAD(scores + j), most);
        STORE(lanes + i, most);
    }
    const float found = largest_of(lanes), most = found > *largest ? found : *largest;
    for (int i = 0; i < 16; i += WIDTH) {
        VECTOR total = SPLAT(0);
        for (int j = i; j < TILE; j += 16) {
            const VECTOR weight = weight_of(SUB(LOAD(scores + j), SPLAT(most)));
            STORE(scores + j, weight);
            total = ADD(total, weight);
        }
        STORE(lanes + i, total);
    }
    const float factor = most == *largest ? 1 : exponential_of(*largest - most);
    *largest = most;
    *sum = *sum * factor + sum_of(lanes);
    return factor;
}

TARGET static void soften(
    float *scores, const size_t *counts, size_t lanes, float scale, float *largest, float *sums, float *factors) {
    for (size_t lane = 0; lane < lanes; lane++) {
        factors[lane] = soften_lane(scores + lane * TILE, counts[lane], scale, largest + lane, sums + lane);
    }
}
#endif

// Joins what a later range of rows gave with what the earlier ones gave: `sums` and `sum` weigh by e^−largest.
TARGET static void merge(
    float *sums, float *largest, float *sum, const float *later, float later_largest, float later_sum, size_t width) {
    const float most = later_largest > *largest ? later_largest : *largest;
    const float before = exponential_of(*largest - most), after = exponential_of(later_largest - most);
    size_t i = 0;
    for (; i + WIDTH <= width; i += WIDTH) {
        STORE(sums + i, FMA(LOAD(later + i), SPLAT(after), MUL(LOAD(sums + i), SPLAT(before))));
    }
    for (; i < width; i++) sums[i] = fmaf(later[i], after, sums[i] * before);
    *largest = most;
    *sum = *sum * before + later_sum * after;
}
