#pragma STDC FP_CONTRACT OFF
// Blocks of 32 values with one scale (and one minimum).
// Byte j holds value j in its low and value j + 16 in its high nibble; bit j of `high` is the fifth bit of value j.
#include "half.h"
#include "rows.h"

static inline void decode_q4_0(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    const uint8_t *quants = block + 2;
    for (int j = 0; j < 16; j++) {
        y[j] = (float)((quants[j] & 15) - 8) * d;
        y[j + 16] = (float)((quants[j] >> 4) - 8) * d;
    }
}
ISOBATH_DEFINE_ROW(q4_0, 18, 32)

static inline void decode_q4_1(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block), m = isobath_load_half(block + 2);
    const uint8_t *quants = block + 4;
    for (int j = 0; j < 16; j++) {
        y[j] = (float)(quants[j] & 15) * d + m;
        y[j + 16] = (float)(quants[j] >> 4) * d + m;
    }
}
ISOBATH_DEFINE_ROW(q4_1, 20, 32)

static inline int low_of_five(uint8_t byte, uint32_t high, int j) { return (byte & 15) | (int)(high >> j & 1) << 4; }

static inline int high_of_five(uint8_t byte, uint32_t high, int j) {
    return byte >> 4 | (int)(high >> (j + 16) & 1) << 4;
}

static inline void decode_q5_0(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    const uint32_t high = isobath_load32(block + 2);
    const uint8_t *quants = block + 6;
    for (int j = 0; j < 16; j++) {
        y[j] = (float)(low_of_five(quants[j], high, j) - 16) * d;
        y[j + 16] = (float)(high_of_five(quants[j], high, j) - 16) * d;
    }
}
ISOBATH_DEFINE_ROW(q5_0, 22, 32)

static inline void decode_q5_1(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block), m = isobath_load_half(block + 2);
    const uint32_t high = isobath_load32(block + 4);
    const uint8_t *quants = block + 8;
    for (int j = 0; j < 16; j++) {
        y[j] = (float)low_of_five(quants[j], high, j) * d + m;
        y[j + 16] = (float)high_of_five(quants[j], high, j) * d + m;
    }
}
ISOBATH_DEFINE_ROW(q5_1, 24, 32)

static inline void decode_q8_0(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    for (int j = 0; j < 32; j++) y[j] = (float)(int8_t)block[2 + j] * d;
}
ISOBATH_DEFINE_ROW(q8_0, 34, 32)
