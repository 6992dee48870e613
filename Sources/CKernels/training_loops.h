// The loops of derivatives and optimizers for one vector width; see attention_loops.h for what the file that includes this
// has defined, and SQRT(a).
#include <math.h>

#include "isobath_attention_kernels.h"
#include "isobath_training_kernels.h"

#define TILE ISOBATH_ATTENTION_TILE
#define PANEL ISOBATH_ATTENTION_PANEL

#include "exponential_vector.h"
#include "multiply_blocks.h"

TARGET static void multiply(
    struct isobath_left a, const float *b, size_t b_stride, size_t panel_stride, float *c, size_t c_stride, size_t m,
    size_t n, size_t k, int is_new, const struct isobath_rows_ahead *ahead, size_t count) {
    struct fetching fetching = fetching_of(ahead, count, (k + STRETCH - 1) / STRETCH * (m / ROWS) * (n / STRIP));
    const struct operands o = {a, b, b_stride, panel_stride, c, c_stride, m, k, is_new, 1, &fetching};
    multiply_all(&o, n);
}

// Rows that are asked for before they are copied.
#define ROWS_AHEAD 4

TARGET INLINE void ask_for(const float *values, size_t count) {
    for (size_t i = 0; i < count; i += LINE) __builtin_prefetch(values + i, 0, 3);
}

TARGET static void pack_rows(const float *rows, size_t stride, size_t count, size_t width, float *packed) {
    for (size_t s = 0; s < count; s++) {
        const float *const row = rows + s * stride;
        if (s + ROWS_AHEAD < count) ask_for(row + ROWS_AHEAD * stride, width);
        float *place = packed + s * PANEL;
        size_t first = 0;
        for (; first + PANEL <= width; first += PANEL, place += PANEL * count) {
            for (int i = 0; i < PANEL; i += WIDTH) STORE(place + i, LOAD(row + first + i));
        }
        if (first < width) {
            memset(place, 0, PANEL * sizeof *place);
            memcpy(place, row + first, (width - first) * sizeof *row);
        }
    }
}

// Rows of a block behind each other.
TARGET INLINE struct isobath_left pack_plain(const float *a, size_t stride, size_t m, size_t k, float *packed) {
    for (size_t i = 0; i < m; i++, a += stride) {
        if (i + ROWS_AHEAD < m) ask_for(a + ROWS_AHEAD * stride, k);
        memcpy(packed + i * k, a, k * sizeof *a);
    }
    return (struct isobath_left){packed, k, 1, ROWS * k};
}

// Columns of a block behind each other.
TARGET INLINE struct isobath_left pack_turned(const float *a, size_t step, size_t m, size_t k, float *packed) {
    for (size_t s = 0; s < k; s++, a += step) {
        if (s + ROWS_AHEAD < k) ask_for(a + ROWS_AHEAD * step, m);
        float *place = packed + s * ROWS;
        size_t i = 0;
        for (; i + ROWS <= m; i += ROWS, place += ROWS * k) memcpy(place, a + i, ROWS * sizeof *a);
        memcpy(place, a + i, (m - i) * sizeof *a);
    }
    return (struct isobath_left){packed, 1, ROWS, ROWS * k};
}

TARGET static struct isobath_left pack_left(
    const float *a, size_t stride, size_t step, size_t m, size_t k, float *packed) {
    return step == 1 ? pack_plain(a, stride, m, k, packed) : pack_turned(a, step, m, k, packed);
}

// MARK: Elements

// Up to WIDTH values of a row's end, filled up with zeros, and back.
TARGET INLINE VECTOR load_some(const float *p, size_t count) {
    float lanes[WIDTH] = {0};
    memcpy(lanes, p, count * sizeof *p);
    return LOAD(lanes);
}

TARGET INLINE void store_some(float *p, VECTOR v, size_t count) {
    float lanes[WIDTH];
    STORE(lanes, v);
    memcpy(p, lanes, count * sizeof *p);
}

TARGET INLINE VECTOR load_at(const float *p, size_t i, size_t count) {
    return count - i < WIDTH ? load_some(p + i, count - i) : LOAD(p + i);
}

TARGET INLINE void store_at(float *p, size_t i, size_t count, VECTOR v) {
    if (count - i < WIDTH) store_some(p + i, v, count - i);
    else STORE(p + i, v);
}

TARGET static void gate_gradients(
    const float *gates, const float *ups, const float *dz, float *dgates, float *dups, size_t count,
    int is_new) {
    const VECTOR one = SPLAT(1), zero = SPLAT(0);
    for (size_t i = 0; i < count; i += WIDTH) {
        const VECTOR g = load_at(gates, i, count), u = load_at(ups, i, count), d = load_at(dz, i, count);
        const VECTOR s = DIV(one, ADD(one, exponential(SUB(SPLAT(0), g))));
        const VECTOR slope = MUL(s, FMA(g, SUB(one, s), one));
        store_at(dgates, i, count, FMA(MUL(d, u), slope, is_new ? zero : load_at(dgates, i, count)));
        store_at(dups, i, count, FMA(d, MUL(g, s), is_new ? zero : load_at(dups, i, count)));
    }
}

TARGET static void soft_gradients(
    const float *p, const float *dp, float sum, float scale, float *ds, size_t count) {
    for (size_t i = 0; i < count; i += WIDTH) {
        const VECTOR difference = SUB(load_at(dp, i, count), SPLAT(sum));
        store_at(ds, i, count, MUL(MUL(SPLAT(scale), load_at(p, i, count)), difference));
    }
}

TARGET static void norm_gradients(
    const float *x, const float *dy, const float *w, float f, float back, float *dx, float *dw, size_t count) {
    for (size_t i = 0; i < count; i += WIDTH) {
        const VECTOR value = load_at(x, i, count), d = MUL(SPLAT(f), load_at(dy, i, count));
        const VECTOR sum = FMA(d, load_at(w, i, count), load_at(dx, i, count));
        store_at(dx, i, count, FMA(SPLAT(-back), value, sum));
        store_at(dw, i, count, FMA(d, value, load_at(dw, i, count)));
    }
}

TARGET static void adam(
    const struct isobath_adam *by, const float *g, float *p, float *m, float *v, size_t count) {
    for (size_t i = 0; i < count; i += WIDTH) {
        const VECTOR slope = load_at(g, i, count);
        const VECTOR mean = ADD(MUL(SPLAT(by->beta1), load_at(m, i, count)), MUL(SPLAT(by->rest1), slope));
        const VECTOR square = ADD(
            MUL(SPLAT(by->beta2), load_at(v, i, count)), MUL(MUL(SPLAT(by->rest2), slope), slope));
        const VECTOR length = ADD(DIV(SQRT(square), SPLAT(by->correction)), SPLAT(by->epsilon));
        const VECTOR change = DIV(MUL(SPLAT(by->size), mean), length);
        store_at(m, i, count, mean);
        store_at(v, i, count, square);
        store_at(p, i, count, SUB(MUL(SPLAT(by->kept), load_at(p, i, count)), change));
    }
}

// MARK: Sums over a row, in 16 lanes

TARGET INLINE double sum_of_doubles(double lanes[16]) {
    for (int half = 8; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

TARGET static float largest(const float *x, float scale, size_t count) {
    float lanes[16];
    for (int lane = 0; lane < 16; lane++) lanes[lane] = -INFINITY;
    for (size_t i = 0; i + 16 <= count; i += 16) {
        for (int j = 0; j < 16; j += WIDTH) {
            STORE(lanes + j, LARGER(MUL(LOAD(x + i + j), SPLAT(scale)), LOAD(lanes + j)));
        }
    }
    for (size_t i = count / 16 * 16; i < count; i++) {
        lanes[i % 16] = x[i] * scale > lanes[i % 16] ? x[i] * scale : lanes[i % 16];
    }
    for (int half = 8; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] = lanes[i + half] > lanes[i] ? lanes[i + half] : lanes[i];
    }
    return lanes[0];
}

TARGET INLINE void exponentials_of_sixteen(const float *x, float scale, float most, float *y) {
    for (int j = 0; j < 16; j += WIDTH) {
        STORE(y + j, weight_of(SUB(MUL(LOAD(x + j), SPLAT(scale)), SPLAT(most))));
    }
}

TARGET static double exponentials_from(const float *x, float scale, float most, float *y, size_t count) {
    double sums[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        exponentials_of_sixteen(x + i, scale, most, y + i);
        for (int lane = 0; lane < 16; lane++) sums[lane] += (double)y[i + (size_t)lane];
    }
    if (i < count) {
        float lanes[16] = {0};
        memcpy(lanes, x + i, (count - i) * sizeof *x);
        exponentials_of_sixteen(lanes, scale, most, lanes);
        memcpy(y + i, lanes, (count - i) * sizeof *y);
        for (size_t lane = 0; lane < count - i; lane++) sums[lane] += (double)lanes[lane];
    }
    return sum_of_doubles(sums);
}

TARGET static double squares(const float *x, size_t count) {
    double sums[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        // A square of two floats is exact in double precision.
        for (int lane = 0; lane < 16; lane++) sums[lane] += (double)x[i + (size_t)lane] * (double)x[i + (size_t)lane];
    }
    for (size_t lane = 0; i + lane < count; lane++) sums[lane] += (double)x[i + lane] * (double)x[i + lane];
    return sum_of_doubles(sums);
}
