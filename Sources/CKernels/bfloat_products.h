// Products of rows of bf16 weights with rows of bf16 activations: blocks of sums stay in registers while the shared dimension
// passes by. The file that includes this has defined
//   SUMS, PAIRS               vectors of 16 sums, and of 16 pairs of values,
//   NO_SUMS                   all sums +0,
//   LOAD_PAIRS(p)             32 values at p,
//   LOAD_FIRST(p, n)          n values at p, fewer than 32, then zeros,
//   ADD_PAIRS(sums, a, b)     each sum and both products of its pair, in the order of isobath_bfloat_kernels.h,
//   TOTAL(v)                  the sum of the lanes of v[0], in that order,
//   STORE_TOTALS(p, v)        those of v[0] … v[3] to p[0] … p[3],
//   TARGET                    the attribute that permits the instructions.
#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
// Rows of weights and of activations in a block: 24 sums, which leave 8 of 32 registers for the operands.
#define OUTPUTS 4
#define ROWS 6
// Rows of weights that pass by all activations before others do: they stay in the second cache.
#define TILE 32
// A tile's blocks, single rows at its end included.
#define BLOCKS (TILE / OUTPUTS + OUTPUTS - 1)
// Values of a row that are multiplied at a time, if the tile passes by more than once: six rows of activations, and the sums
// of the blocks, stay in the first cache.
#ifndef SEGMENT
#define SEGMENT 1024
#endif

struct product {
    const uint8_t *weights;
    size_t row_bytes, outputs;
    const uint16_t *activations;
    size_t stride, count;
    float *out;
    size_t out_stride;
};

// Adds the products of `some` values from `start` on.
TARGET INLINE void add_values(
    const struct product *p, SUMS sums[ROWS][OUTPUTS], const uint8_t *weights, const uint16_t *activations,
    size_t start, size_t some, int outputs, int rows) {
    PAIRS columns[ROWS];
    for (int r = 0; r < rows; r++) columns[r] = LOAD_PAIRS(activations + (size_t)r * p->stride + start);
    for (int o = 0; o < outputs; o++) {
        const uint8_t *const at = weights + (size_t)o * p->row_bytes + 2 * start;
        const PAIRS weight = some == 32 ? LOAD_PAIRS(at) : LOAD_FIRST(at, some);
        for (int r = 0; r < rows; r++) sums[r][o] = ADD_PAIRS(sums[r][o], weight, columns[r]);
    }
}

// One block's values from `start` to `end`; `kept` has its sums in between.
TARGET INLINE void multiply_block(
    const struct product *p, size_t output, size_t row, size_t start, size_t end, SUMS kept[ROWS][OUTPUTS], int outputs,
    int rows) {
    SUMS sums[ROWS][OUTPUTS];
    const uint8_t *const weights = p->weights + output * p->row_bytes;
    const uint16_t *const activations = p->activations + row * p->stride;
    for (int r = 0; r < rows; r++) {
        for (int o = 0; o < outputs; o++) sums[r][o] = start ? kept[r][o] : NO_SUMS;
    }
    size_t i = start;
    for (; i + 32 <= end; i += 32) add_values(p, sums, weights, activations, i, 32, outputs, rows);
    if (i < end) add_values(p, sums, weights, activations, i, end - i, outputs, rows);
    for (int r = 0; r < rows; r++) {
        float *const out = p->out + (row + (size_t)r) * p->out_stride + output;
        if (end < p->count) {
            for (int o = 0; o < outputs; o++) kept[r][o] = sums[r][o];
        } else if (outputs == OUTPUTS) {
            STORE_TOTALS(out, sums[r]);
        } else {
            *out = TOTAL(sums[r]);
        }
    }
}

// A tile with some rows of activations.
TARGET INLINE void multiply_rows(
    const struct product *p, size_t row, size_t segment, SUMS kept[BLOCKS][ROWS][OUTPUTS], int rows) {
    size_t start = 0;
    do {
        const size_t end = p->count - start < segment ? p->count : start + segment;
        size_t output = 0, block = 0;
        for (; output + OUTPUTS <= p->outputs; output += OUTPUTS) {
            multiply_block(p, output, row, start, end, kept[block++], OUTPUTS, rows);
        }
        for (; output < p->outputs; output++) multiply_block(p, output, row, start, end, kept[block++], 1, rows);
        start = end;
    } while (start < p->count);
}

// A tile with all rows of activations.
TARGET static void multiply_tile(const struct product *p, size_t rows) {
    SUMS kept[BLOCKS][ROWS][OUTPUTS];
    const size_t segment = rows > ROWS ? SEGMENT : p->count;
    size_t row = 0;
    for (; row + ROWS <= rows; row += ROWS) multiply_rows(p, row, segment, kept, ROWS);
    switch (rows - row) {
    case 5: multiply_rows(p, row, segment, kept, 5); return;
    case 4: multiply_rows(p, row, segment, kept, 4); return;
    case 3: multiply_rows(p, row, segment, kept, 3); return;
    case 2: multiply_rows(p, row, segment, kept, 2); return;
    case 1: multiply_rows(p, row, segment, kept, 1); return;
    }
}

TARGET static void multiply(
    const uint8_t *weights, size_t row_bytes, size_t outputs, const uint16_t *activations, size_t stride, size_t rows,
    size_t count, float *out, size_t out_stride) {
    for (size_t output = 0; output < outputs; output += TILE) {
        const size_t some = outputs - output < TILE ? outputs - output : TILE;
        const struct product tile = {
            weights + output * row_bytes, row_bytes, some, activations, stride, count, out + output, out_stride};
        multiply_tile(&tile, rows);
    }
}
