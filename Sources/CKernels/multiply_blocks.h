#pragma once
// Products of matrices: blocks of c stay in registers while the shared dimension passes by. See attention_loops.h for what
// the file that includes this has defined.
#include <math.h>
#include <stddef.h>

#define ROWS ISOBATH_LEFT_ROWS
// Floats, and bytes, in a line of memory.
#define LINE 16
#define LINE_BYTES 64

// Where the factors of a block are. Element (r, s) of a is a[r · a_stride + s · a_step]. What is a literal where this is made becomes
// part of the instructions.
struct factors {
    const float *a;
    size_t a_stride;
    size_t a_step;
    const float *b;
    size_t b_stride;
    size_t panel_stride;
};

// A product's operands.
struct operands {
    struct isobath_left a;
    const float *b;
    size_t b_stride;
    size_t panel_stride;
    float *c;
    size_t c_stride;
    size_t m;
    size_t k;
    // Whether what c holds counts as 0, whatever it is.
    int is_new;
    // Whether a and c may lie far away, so that the next rows are asked for.
    int looks_ahead;
    struct fetching *fetching;
};

// Lines of memory that are asked for while a product runs: some with each step along the shared dimension, or with each stretch
// of them where the product looks ahead.
struct fetching {
    struct isobath_rows_ahead now;
    const char *line;
    size_t lines_at_once;
    // What follows.
    const struct isobath_rows_ahead *next;
    size_t count;
};

TARGET INLINE void go_on(struct fetching *f) {
    f->line += LINE_BYTES;
    if (f->line < (const char *)f->now.first + f->now.bytes) return;
    f->now.first = (const char *)f->now.first + f->now.row_bytes;
    if (--f->now.rows == 0 && f->count) f->count--, f->now = *f->next++;
    f->line = f->now.first;
}

// Into the first cache.
TARGET INLINE void fetch(struct fetching *f) {
    for (size_t i = 0; i < f->lines_at_once && f->now.rows; i++, go_on(f)) __builtin_prefetch(f->line, 0, 3);
}

// Into the second.
TARGET INLINE void fetch_far(struct fetching *f) {
    for (size_t i = 0; i < f->lines_at_once && f->now.rows; i++, go_on(f)) __builtin_prefetch(f->line, 0, 2);
}

// What asks for all of `ahead` in `parts` parts.
TARGET INLINE struct fetching fetching_of(const struct isobath_rows_ahead *ahead, size_t count, size_t parts) {
    size_t lines = 0;
    for (size_t i = 0; i < count; i++) lines += ahead[i].rows * ((ahead[i].bytes + LINE_BYTES - 1) / LINE_BYTES);
    while (count && ahead->rows == 0) ahead++, count--;
    if (count == 0 || parts == 0) return (struct fetching){.count = 0};
    return (struct fetching){*ahead, ahead->first, (lines + parts - 1) / parts, ahead + 1, count - 1};
}

// Adds the products of the `at`-th step from here.
TARGET INLINE void multiply_step(VECTOR sums[ROWS][TILE / WIDTH], struct factors p, size_t at, int rows, int vectors) {
    const float *const b = p.b + at * p.b_stride;
    if (rows == 1) {
        // With as many sums as columns, there are registers for one column at a time only.
        const VECTOR factor = SPLAT(p.a[at * p.a_step]);
        _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) {
            sums[0][v] = FMA(factor, LOAD(b + (size_t)(WIDTH * v / PANEL) * p.panel_stride + WIDTH * v % PANEL), sums[0][v]);
        }
        return;
    }
    VECTOR columns[TILE / WIDTH];
    for (int v = 0; v < vectors; v++) columns[v] = LOAD(b + (size_t)(WIDTH * v / PANEL) * p.panel_stride + WIDTH * v % PANEL);
    for (int r = 0; r < rows; r++) {
        const VECTOR factor = SPLAT(p.a[(size_t)r * p.a_stride + at * p.a_step]);
        for (int v = 0; v < vectors; v++) sums[r][v] = FMA(factor, columns[v], sums[r][v]);
    }
}

// Steps that follow each other without a look at the counter: 36 instructions each instead of some 46, of which 24 multiply.
#define UNROLLED 4
// Steps between two looks ahead: a line of a's.
#define STRETCH LINE

// All products of `count` steps.
TARGET INLINE void multiply_steps(
    VECTOR sums[ROWS][TILE / WIDTH], struct factors p, size_t count, int rows, int vectors) {
    for (; count >= UNROLLED; count -= UNROLLED) {
        _Pragma("clang loop unroll(full)") for (size_t at = 0; at < UNROLLED; at++) multiply_step(sums, p, at, rows, vectors);
        p.a += UNROLLED * p.a_step;
        p.b += UNROLLED * p.b_stride;
    }
    for (size_t at = 0; at < count; at++) multiply_step(sums, p, at, rows, vectors);
}

// Asks for what the next rows need: a line of each row of a while the first strip of columns passes by, which nobody has looked
// at before, and a row of c. Asking too far reads nothing.
TARGET INLINE void look_ahead(const struct operands *o, size_t row, size_t column, size_t start, int vectors) {
    const int is_last = row + ROWS >= o->m;
    const size_t next = is_last ? 0 : row + ROWS, width = (size_t)vectors * WIDTH;
    if (column == 0 && !is_last && o->a.step == 1) {
        const float *const a = o->a.first + next / ROWS * o->a.block + start;
        for (size_t r = 0; r < ROWS; r++) __builtin_prefetch(a + r * o->a.stride, 0, 3);
    }
    if (start / LINE >= ROWS) return;
    const float *const c = o->c + (next + start / LINE) * o->c_stride + column + (is_last ? width : 0);
    for (size_t i = 0; i < width; i += LINE) __builtin_prefetch(c + i, 1, 3);
}

TARGET INLINE void multiply_block(
    const struct operands *o, size_t row, size_t column, int rows, int vectors) {
    VECTOR sums[ROWS][TILE / WIDTH];
    const float *const a = o->a.first + row / ROWS * o->a.block;
    const float *const b = o->b + column / PANEL * o->panel_stride + column % PANEL;
    float *const c = o->c + row * o->c_stride + column;
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) {
            sums[r][v] = o->is_new ? SPLAT(0) : LOAD(c + (size_t)r * o->c_stride + WIDTH * v);
        }
    }
    const size_t some = o->looks_ahead ? STRETCH : o->k;
    for (size_t start = 0; start < o->k; start += some) {
        if (o->looks_ahead) look_ahead(o, row, column, start, vectors);
        if (o->looks_ahead && o->fetching) fetch_far(o->fetching);
        const size_t count = o->k - start < some ? o->k - start : some;
        const float *const left = a + start * o->a.step, *const right = b + start * o->b_stride;
        const int is_packed = rows == ROWS && o->b_stride == PANEL && (o->looks_ahead || !o->fetching);
        if (is_packed && o->a.step == 1) {
            const struct factors p = {left, o->a.stride, 1, right, PANEL, o->panel_stride};
            multiply_steps(sums, p, count, rows, vectors);
        } else if (is_packed && o->a.stride == 1) {
            const struct factors p = {left, 1, o->a.step, right, PANEL, o->panel_stride};
            multiply_steps(sums, p, count, rows, vectors);
        } else {
            const struct factors p = {left, o->a.stride, o->a.step, right, o->b_stride, o->panel_stride};
            for (size_t at = 0; at < count; at++) {
                if (o->fetching && !o->looks_ahead) fetch(o->fetching);
                multiply_step(sums, p, at, rows, vectors);
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vectors; v++) STORE(c + (size_t)r * o->c_stride + WIDTH * v, sums[r][v]);
    }
}

// All rows of one strip of columns, six at a time.
TARGET INLINE void multiply_strip(const struct operands *o, size_t column, int vectors) {
    size_t row = 0;
    for (; row + ROWS <= o->m; row += ROWS) multiply_block(o, row, column, ROWS, vectors);
    switch (o->m - row) {
    case 5: multiply_block(o, row, column, 5, vectors); return;
    case 4: multiply_block(o, row, column, 4, vectors); return;
    case 3: multiply_block(o, row, column, 3, vectors); return;
    case 2: multiply_block(o, row, column, 2, vectors); return;
    case 1: multiply_block(o, row, column, 1, vectors); return;
    }
}

// One column of some rows of a block: as many chains side by side, so that none waits for itself.
TARGET INLINE void multiply_column(const struct operands *o, size_t row, size_t column, int rows) {
    const float *const a = o->a.first + row / ROWS * o->a.block;
    const float *const b = o->b + column / PANEL * o->panel_stride + column % PANEL;
    float *const c = o->c + row * o->c_stride + column;
    float sums[ROWS];
    for (int r = 0; r < rows; r++) sums[r] = o->is_new ? 0 : c[(size_t)r * o->c_stride];
    for (size_t s = 0; s < o->k; s++) {
        const float factor = b[s * o->b_stride];
        for (int r = 0; r < rows; r++) sums[r] = fmaf(a[(size_t)r * o->a.stride + s * o->a.step], factor, sums[r]);
    }
    for (int r = 0; r < rows; r++) c[(size_t)r * o->c_stride] = sums[r];
}

// The columns that fill no vector.
TARGET static void multiply_rest(const struct operands *o, size_t column, size_t n) {
    for (; column < n; column++) {
        size_t row = 0;
        for (; row + ROWS <= o->m; row += ROWS) multiply_column(o, row, column, ROWS);
        if (row < o->m) multiply_column(o, row, column, (int)(o->m - row));
    }
}

// c[i, j] = fma(a[i, s], b[s, j], c[i, j]) for s = 0 ... k − 1, in this order.
TARGET INLINE void multiply_all(const struct operands *o, size_t n) {
    size_t column = 0;
    if (o->m == 1) {
        for (; column + STRIP_OF_ONE <= n; column += STRIP_OF_ONE) {
            multiply_block(o, 0, column, 1, STRIP_OF_ONE / WIDTH);
        }
    } else if (o->m == 2) {
        for (; column + STRIP_OF_TWO <= n; column += STRIP_OF_TWO) {
            multiply_block(o, 0, column, 2, STRIP_OF_TWO / WIDTH);
        }
    } else {
        for (; column + STRIP <= n; column += STRIP) multiply_strip(o, column, STRIP / WIDTH);
    }
    // One vector alone would wait for its sums.
    for (; STRIP > 2 * WIDTH && column + 2 * WIDTH <= n; column += 2 * WIDTH) multiply_strip(o, column, 2);
    for (; column + WIDTH <= n; column += WIDTH) multiply_strip(o, column, 1);
    if (column < n) multiply_rest(o, column, n);
}
