// Rounding to 8 bits for every form: the operations are exact or rounded one by one, so that the vectors which compilers
// make of these loops give the same bits. The file that includes this has defined
//   TARGET          the attribute that permits the form's instructions,
//   TILE_OFFSET     what a tile's bytes stand above their numbers: 128 where instructions want one side unsigned, or 0.
#include <math.h>
#include <string.h>

#include "cached_values.h"
#include "isobath_rounded_kernels.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define TILE ISOBATH_ATTENTION_TILE
#define VALUE_BLOCK 32

// How a group is rounded: one scale for all its values.
struct rounding {
    float scale;
    float factor;   // 1 / scale, or 0
    uint32_t kept;  // the bits of a number that stay: none if all numbers are zero
};

// `bits` are the largest of the values' magnitudes as integers, which order everything that is no finite number above.
INLINE struct rounding rounding_of(uint32_t bits) {
    const float largest = isobath_float_from_bits(bits);
    const int is_finite = bits < 0x7F800000u, is_zero = !is_finite || largest < 1e-30f;
    return (struct rounding){
        is_finite ? (is_zero ? 0.0f : largest / 127.0f) : isobath_float_from_bits(0x7FC00000u),
        is_zero ? 0.0f : 127.0f / largest, is_zero ? 0 : 255};
}

INLINE uint32_t magnitude(float x) { return isobath_bits_of_float(x) & 0x7FFFFFFFu; }

// Adding 1.5 · 2²³ leaves the whole number in the low bits, rounded to nearest even by the addition itself.
INLINE uint32_t rounded(float x, float factor) { return isobath_bits_of_float(x * factor + 0x1.8p23f) - 0x4B400000u; }

INLINE uint32_t largest_of_row(const float *x, size_t width) {
    uint32_t largest = 0;
    for (size_t i = 0; i < width; i++) {
        const uint32_t found = magnitude(x[i]);
        largest = found > largest ? found : largest;
    }
    return largest;
}

// The scale of the numbers that go to `to`.
INLINE float round_numbers(const float *x, size_t width, int8_t *to) {
    const struct rounding by = rounding_of(largest_of_row(x, width));
    for (size_t i = 0; i < width; i++) to[i] = (int8_t)(rounded(x[i], by.factor) & by.kept);
    return by.scale;
}

INLINE void round_row(const float *x, size_t width, int8_t *to, float *scale, int32_t *start) {
    *scale = round_numbers(x, width, to);
    int32_t sum = 0;
    for (size_t i = 0; i < width; i++) sum += to[i];
    *start = -128 * sum;
}

TARGET static void round_rows(
    const float *rows, size_t stride, size_t count, size_t width, int8_t *values, size_t row_bytes, float *scales,
    int32_t *starts) {
    for (size_t r = 0; r < count; r++) {
        const float *const x = rows + r * stride;
        int8_t *const to = values + r * row_bytes;
        // Of loops with a known end compilers make better vectors.
        if (width == 32) {
            round_row(x, 32, to, scales + r, starts + r);
        } else if (width == ISOBATH_ROUNDED_GROUP) {
            round_row(x, ISOBATH_ROUNDED_GROUP, to, scales + r, starts + r);
        } else {
            round_row(x, width, to, scales + r, starts + r);
        }
    }
}

// One row of Q8_0 at one scale a group; scales stand 64 apart. Without a row, scales of 0.
TARGET static void regroup_row(const uint8_t *row, size_t width, int8_t *values, float *scales) {
    for (size_t start = 0; start < width; start += ISOBATH_ROUNDED_GROUP) {
        const size_t some = width - start < ISOBATH_ROUNDED_GROUP ? width - start : ISOBATH_ROUNDED_GROUP;
        int16_t ratios[ISOBATH_ROUNDED_GROUP / VALUE_BLOCK];
        float *const scale = scales + start / ISOBATH_ROUNDED_GROUP * TILE;
        *scale = row ? isobath_row_scale(row + start / VALUE_BLOCK * 34, some, ratios) : 0;
        for (size_t i = start; row && i < start + some; i++) {
            const int value = (int8_t)row[i / VALUE_BLOCK * 34 + 2 + i % VALUE_BLOCK];
            values[i] = (int8_t)((value * ratios[(i - start) / VALUE_BLOCK] + 16384) >> 15);
        }
    }
}

// Rows of 16 bits a value at one scale a group; scales stand 64 apart.
INLINE void round_row_of_halves(const uint8_t *row, int is_bf16, size_t width, int8_t *values, float *scales) {
    for (size_t start = 0; start < width; start += ISOBATH_ROUNDED_GROUP) {
        const size_t some = width - start < ISOBATH_ROUNDED_GROUP ? width - start : ISOBATH_ROUNDED_GROUP;
        float x[ISOBATH_ROUNDED_GROUP];
        for (size_t i = 0; i < some; i++) {
            const uint16_t half = isobath_load16(row + 2 * (start + i));
            x[i] = is_bf16 ? isobath_float_from_bfloat(half) : isobath_float_from_half(half);
        }
        scales[start / ISOBATH_ROUNDED_GROUP * TILE] = round_numbers(x, some, values + start);
    }
}

// The scales of rows from `count` on are 0.
INLINE void clear_scales(size_t count, size_t width, float *scales) {
    for (size_t start = 0; start < width; start += ISOBATH_ROUNDED_GROUP) {
        for (size_t j = count; j < TILE; j++) scales[start / ISOBATH_ROUNDED_GROUP * TILE + j] = 0;
    }
}

// Four numbers of each of 64 rows, a byte each, at the tile's offset.
INLINE void round_four_columns(
    const float *columns, const float factors[TILE], const uint32_t kept[TILE], uint8_t *tile) {
    uint32_t words[TILE];
    for (size_t j = 0; j < TILE; j++) {
        uint32_t word = 0;
        for (int i = 0; i < 4; i++) word |= (rounded(columns[TILE * i + j], factors[j]) & kept[j]) << 8 * i;
        words[j] = word ^ (TILE_OFFSET * 0x01010101u);
    }
    memcpy(tile, words, sizeof words);
}

TARGET static void round_columns(const float *columns, size_t width, uint8_t *tile, float *scales) {
    uint32_t largest[TILE] = {0}, kept[TILE];
    float factors[TILE];
    for (size_t i = 0; i < width; i++) {
        for (size_t j = 0; j < TILE; j++) {
            const uint32_t found = magnitude(columns[TILE * i + j]);
            largest[j] = found > largest[j] ? found : largest[j];
        }
    }
    for (size_t j = 0; j < TILE; j++) {
        const struct rounding by = rounding_of(largest[j]);
        scales[j] = by.scale;
        factors[j] = by.factor;
        kept[j] = by.kept;
    }
    for (size_t i = 0; i < width; i += 4) round_four_columns(columns + TILE * i, factors, kept, tile + TILE * i);
}

// 32 values of four rows, side by side.
INLINE void round_four_rows(const float *const x[4], size_t column, const struct rounding by[4], int8_t *to) {
    uint32_t words[VALUE_BLOCK];
    for (size_t c = 0; c < VALUE_BLOCK; c++) {
        uint32_t word = 0;
        for (int i = 0; i < 4; i++) word |= (rounded(x[i][column + c], by[i].factor) & by[i].kept) << 8 * i;
        words[c] = word;
    }
    memcpy(to, words, sizeof words);
}

TARGET static void round_values(
    const float *rows, size_t stride, size_t count, size_t width, int8_t *packed, float *scales) {
    for (size_t j = 0; j < TILE; j += 4) {
        struct rounding by[4];
        const float *x[4];
        for (size_t i = 0; i < 4; i++) {
            // Any row will do for one that is missing: none of its bits are kept.
            const int is_there = j + i < count;
            x[i] = rows + (is_there ? j + i : 0) * stride;
            by[i] = is_there ? rounding_of(largest_of_row(x[i], width)) : (struct rounding){0, 0, 0};
            scales[j + i] = by[i].scale;
        }
        for (size_t column = 0; column < width; column += VALUE_BLOCK) {
            round_four_rows(x, column, by, packed + (column / VALUE_BLOCK * 16 + j / 4) * 4 * VALUE_BLOCK);
        }
    }
}

#undef INLINE
