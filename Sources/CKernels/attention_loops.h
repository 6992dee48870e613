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

#include "exponential.h"
#include "isobath_attention_kernels.h"

#define INLINE static inline __attribute__((always_inline))
#define ROWS 6
#define TILE ISOBATH_ATTENTION_TILE
#define PANEL ISOBATH_ATTENTION_PANEL

// A product's operands; `columns` of c and panels of b start at the ones at hand.
struct operands {
    const float *a;
    size_t a_stride;
    const float *b;
    size_t b_stride;
    size_t panel_stride;
    float *c;
    size_t c_stride;
    size_t k;
    struct fetching *fetching;
};

// Lines of memory that are asked for while a product runs, some with each step along the shared dimension.
struct fetching {
    const char *row, *line;
    size_t row_bytes, rows, bytes, lines_per_step;
};

TARGET INLINE void fetch(struct fetching *f) {
    for (size_t i = 0; i < f->lines_per_step && f->rows; i++) {
        __builtin_prefetch(f->line, 0, 3);
        f->line += 64;
        if (f->line < f->row + f->bytes) continue;
        f->line = f->row += f->row_bytes;
        f->rows--;
    }
}

// Vector `v` of the columns in row `s` of b.
TARGET INLINE VECTOR column_at(const struct operands *o, const float *b, size_t s, int v) {
    const size_t panel = (size_t)(WIDTH * v / PANEL) * o->panel_stride;
    return LOAD(b + panel + s * o->b_stride + WIDTH * v % PANEL);
}

TARGET INLINE void multiply_block(
    const struct operands *o, size_t row, size_t column, int rows, int vectors) {
    VECTOR sums[ROWS][TILE / WIDTH];
    const float *const a = o->a + row * o->a_stride;
    const float *const b = o->b + column / PANEL * o->panel_stride + column % PANEL;
    float *const c = o->c + row * o->c_stride + column;
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) sums[r][v] = LOAD(c + (size_t)r * o->c_stride + WIDTH * v);
    }
    for (size_t s = 0; s < o->k; s++) {
        if (o->fetching) fetch(o->fetching);
        if (rows == 1) {
            // With as many sums as columns, there are registers for one column at a time only.
            const VECTOR factor = SPLAT(a[s]);
            _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {
                sums[0][v] = FMA(factor, column_at(o, b, s, v), sums[0][v]);
            }
            continue;
        }
        VECTOR columns[TILE / WIDTH];
        for (int v = 0; v < vectors; v++) columns[v] = column_at(o, b, s, v);
        for (int r = 0; r < rows; r++) {
            const VECTOR factor = SPLAT(a[(size_t)r * o->a_stride + s]);
            for (int v = 0; v < vectors; v++) sums[r][v] = FMA(factor, columns[v], sums[r][v]);
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) STORE(c + (size_t)r * o->c_stride + WIDTH * v, sums[r][v]);
    }
}

// All rows of one strip of columns, six at a time.
TARGET INLINE void multiply_strip(const struct operands *o, size_t m, size_t column, int vectors) {
    size_t row = 0;
    for (; row + ROWS <= m; row += ROWS) multiply_block(o, row, column, ROWS, vectors);
    switch (m - row) {
    case 5: multiply_block(o, row, column, 5, vectors); return;
    case 4: multiply_block(o, row, column, 4, vectors); return;
    case 3: multiply_block(o, row, column, 3, vectors); return;
    case 2: multiply_block(o, row, column, 2, vectors); return;
    case 1: multiply_block(o, row, column, 1, vectors); return;
    }
}

// The columns that fill no vector.
TARGET static void multiply_rest(const struct operands *o, size_t m, size_t column, size_t n) {
    for (size_t row = 0; row < m; row++) {
        const float *const a = o->a + row * o->a_stride;
        for (size_t j = column; j < n; j++) {
            const float *const b = o->b + j / PANEL * o->panel_stride + j % PANEL;
            float *const c = o->c + row * o->c_stride + j;
            for (size_t s = 0; s < o->k; s++) *c = fmaf(a[s], b[s * o->b_stride], *c);
        }
    }
}

TARGET static void multiply(
    const float *a, size_t a_stride, const float *b, size_t b_stride, size_t panel_stride, float *c,
    size_t c_stride, size_t m, size_t n, size_t k, const struct isobath_rows_ahead *ahead) {
    struct fetching fetching;
    if (ahead) {
        const size_t lines = ahead->rows * (ahead->bytes + 63) / 64, steps = k * (n / STRIP ? n / STRIP : 1);
        fetching = (struct fetching){ahead->first, ahead->first, ahead->row_bytes, ahead->rows, ahead->bytes,
                                     steps ? (lines + steps - 1) / steps : 0};
    }
    const struct operands o = {a, a_stride, b, b_stride, panel_stride, c, c_stride, k, ahead ? &fetching : 0};
    size_t column = 0;
    if (m == 1) {
        for (; column + STRIP_OF_ONE <= n; column += STRIP_OF_ONE) {
            multiply_block(&o, 0, column, 1, STRIP_OF_ONE / WIDTH);
        }
    } else if (m == 2) {
        for (; column + STRIP_OF_TWO <= n; column += STRIP_OF_TWO) {
            multiply_block(&o, 0, column, 2, STRIP_OF_TWO / WIDTH);
        }
    } else {
        for (; column + STRIP <= n; column += STRIP) multiply_strip(&o, m, column, STRIP / WIDTH);
    }
    for (; column + WIDTH <= n; column += WIDTH) multiply_strip(&o, m, column, 1);
    if (column < n) multiply_rest(&o, m, column, n);
}

TARGET INLINE VECTOR exponential(VECTOR x) {
    // NaN passes both bounds, since LARGER returns its second argument then.
    x = LARGER(SPLAT(ISOBATH_EXP_LEAST), x);
    x = SUB(SPLAT(0), LARGER(SPLAT(-ISOBATH_EXP_MOST), SUB(SPLAT(0), x)));
    const VECTOR rounded = FMA(x, SPLAT(ISOBATH_EXP_LOG2E), SPLAT(ISOBATH_EXP_ROUNDER));
    const VECTOR n = SUB(rounded, SPLAT(ISOBATH_EXP_ROUNDER));
    VECTOR r = FMA(n, SPLAT(-ISOBATH_EXP_LN2_HIGH), x);
    r = FMA(n, SPLAT(-ISOBATH_EXP_LN2_LOW), r);
    VECTOR q = FMA(SPLAT(ISOBATH_EXP_Q4), r, SPLAT(ISOBATH_EXP_Q3));
    q = FMA(q, r, SPLAT(ISOBATH_EXP_Q2));
    q = FMA(q, r, SPLAT(ISOBATH_EXP_Q1));
    q = FMA(q, r, SPLAT(ISOBATH_EXP_Q0));
    const VECTOR power = ADD(FMA(MUL(r, r), q, r), SPLAT(1));
    // 2^n in two factors, each a normal number, so that only the last product rounds a subnormal result.
    const INTEGERS whole = SUB_INTEGERS(AS_INTEGERS(rounded), SPLAT_INTEGER(ISOBATH_EXP_ROUNDER_BITS));
    const INTEGERS half = HALVE_INTEGERS(whole), rest = SUB_INTEGERS(whole, half);
    const VECTOR first = AS_FLOATS(TO_EXPONENT(ADD_INTEGERS(half, SPLAT_INTEGER(127))));
    const VECTOR second = AS_FLOATS(TO_EXPONENT(ADD_INTEGERS(rest, SPLAT_INTEGER(127))));
    return MUL(MUL(power, first), second);
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

// e^x for x at most 0; 0 where that is below any normal number, since subnormal ones cost a hundred times as much as
// others and weigh nothing beside the largest weight, 1. NaN stays NaN.
TARGET INLINE VECTOR weight_of(VECTOR x) {
    const VECTOR least = SPLAT(-87.0f);
    return UNLESS_BELOW(x, least, exponential(LARGER(least, x)));
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
