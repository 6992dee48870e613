#pragma STDC FP_CONTRACT OFF
// "K" blocks: 256 values, whose sub-blocks have small integer scales (and minima) under one or two half floats.
#include "half.h"
#include "rows.h"

// scales[16]: scale in the low, minimum in the high nibble; quants[64]; d; dmin.
// In half h, byte l holds the values 128h + l + 32k in its bits 2k and 2k + 1.
static inline void decode_q2_k(const uint8_t *block, float *y) {
    const uint8_t *scales = block, *quants = block + 16;
    const float d = isobath_load_half(block + 80), minimum = isobath_load_half(block + 82);
    for (int s = 0; s < 16; s++) {
        const float scale = d * (float)(scales[s] & 15), offset = minimum * (float)(scales[s] >> 4);
        const uint8_t *bytes = quants + 32 * (s / 8) + 16 * (s % 2);
        const int shift = 2 * (s % 8 / 2);
        for (int l = 0; l < 16; l++) y[16 * s + l] = scale * (float)(bytes[l] >> shift & 3) - offset;
    }
}
ISOBATH_DEFINE_ROW(q2_k, 84, 256)

// Scale s of 16, six bits, less 32: four low bits in nibbles of bytes 0–7, two high bits in bytes 8–11.
static inline int scale_of_q3_k(const uint8_t *scales, int s) {
    const int low = s < 8 ? scales[s] & 15 : scales[s - 8] >> 4;
    const int high = scales[8 + s % 4] >> 2 * (s / 4) & 3;
    return (low | high << 4) - 32;
}

// mask[32]: bit k of byte l clear takes 4 from value 32k + l; quants[64] as in Q2_K; scales[12]; d.
static inline void decode_q3_k(const uint8_t *block, float *y) {
    const uint8_t *mask = block, *quants = block + 32, *scales = block + 96;
    const float d = isobath_load_half(block + 108);
    for (int s = 0; s < 16; s++) {
        const float scale = d * (float)scale_of_q3_k(scales, s);
        const uint8_t *bytes = quants + 32 * (s / 8) + 16 * (s % 2), *bits = mask + 16 * (s % 2);
        const int shift = 2 * (s % 8 / 2), bit = s / 2;
        for (int l = 0; l < 16; l++) {
            const int low = bytes[l] >> shift & 3;
            y[16 * s + l] = scale * (float)(bits[l] >> bit & 1 ? low : low - 4);
        }
    }
}
ISOBATH_DEFINE_ROW(q3_k, 110, 256)

// Scale and minimum j of 8, six bits each, in 12 bytes.
static inline int scale_of_q4_k(const uint8_t *scales, int j) {
    return j < 4 ? scales[j] & 63 : (scales[j + 4] & 15) | scales[j - 4] >> 6 << 4;
}

static inline int minimum_of_q4_k(const uint8_t *scales, int j) {
    return j < 4 ? scales[j + 4] & 63 : scales[j + 4] >> 4 | scales[j] >> 6 << 4;
}

// d; dmin; scales[12]; quants[128]: run r of 32 bytes holds values 64r + l (low) and 64r + 32 + l (high nibble).
static inline void decode_q4_k(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block), minimum = isobath_load_half(block + 2);
    const uint8_t *scales = block + 4, *quants = block + 16;
    for (int j = 0; j < 8; j++) {
        const float scale = d * (float)scale_of_q4_k(scales, j), offset = minimum * (float)minimum_of_q4_k(scales, j);
        const uint8_t *bytes = quants + 32 * (j / 2);
        const int shift = 4 * (j % 2);
        for (int l = 0; l < 32; l++) y[32 * j + l] = scale * (float)(bytes[l] >> shift & 15) - offset;
    }
}
ISOBATH_DEFINE_ROW(q4_k, 144, 256)

// As Q4_K, with high[32] before the quants: bit j of byte l is the fifth bit of value 32j + l.
static inline void decode_q5_k(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block), minimum = isobath_load_half(block + 2);
    const uint8_t *scales = block + 4, *high = block + 16, *quants = block + 48;
    for (int j = 0; j < 8; j++) {
        const float scale = d * (float)scale_of_q4_k(scales, j), offset = minimum * (float)minimum_of_q4_k(scales, j);
        const uint8_t *bytes = quants + 32 * (j / 2);
        const int shift = 4 * (j % 2);
        for (int l = 0; l < 32; l++) {
            const int quant = (bytes[l] >> shift & 15) | (high[l] >> j & 1) << 4;
            y[32 * j + l] = scale * (float)quant - offset;
        }
    }
}
ISOBATH_DEFINE_ROW(q5_k, 176, 256)

// low[128]; high[64]; scales int8[16]; d. Quarter k of half h: value 128h + 32k + l has its four low bits in
// byte 64h + 32(k % 2) + l of `low`, nibble k / 2, and its two high bits in byte 32h + l of `high`, bits 2k.
static inline void decode_q6_k(const uint8_t *block, float *y) {
    const uint8_t *low = block, *high = block + 128, *scales = block + 192;
    const float d = isobath_load_half(block + 208);
    for (int s = 0; s < 16; s++) {
        const float scale = d * (float)(int8_t)scales[s];
        const int half = s / 8, quarter = s % 8 / 2, start = 16 * (s % 2);
        const uint8_t *lows = low + 64 * half + 32 * (quarter % 2) + start, *highs = high + 32 * half + start;
        for (int l = 0; l < 16; l++) {
            const int quant = (lows[l] >> 4 * (quarter / 2) & 15) | (highs[l] >> 2 * quarter & 3) << 4;
            y[16 * s + l] = scale * (float)(quant - 32);
        }
    }
}
ISOBATH_DEFINE_ROW(q6_k, 210, 256)
