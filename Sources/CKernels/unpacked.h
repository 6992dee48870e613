#pragma once
#include <stdint.h>
#include <string.h>

#include "half.h"
#include "packed_scales.h"

// A block of any format as integers: what every form of the integer products agrees on.
//
// K and IQ4_XS blocks: value i = d · scale[i / 16] · (quants[i] − offset) − dmin · minimum[i / 16].
// Blocks of 32: value i = d · (quants[i] − offset) + m. Quants are signed bytes; offsets are the format's.

struct isobath_unpacked256 {
    int8_t quants[256];
    int16_t scales[16];
    int16_t minima[16];
    float d, dmin;
};

struct isobath_unpacked32 {
    int8_t quants[32];
    float d, m;
};

#define ISOBATH_INLINE static inline __attribute__((always_inline))

// The offsets of the formats whose quants are stored without sign.
enum { ISOBATH_OFFSET_Q3_K = 4, ISOBATH_OFFSET_Q6_K = 32, ISOBATH_OFFSET_Q4_0 = 8, ISOBATH_OFFSET_Q5_0 = 16 };

static const int8_t isobath_levels_of_iq4[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

ISOBATH_INLINE void isobath_unpack_q2_k(const uint8_t *block, struct isobath_unpacked256 *to) {
    to->d = isobath_load_half(block + 80);
    to->dmin = isobath_load_half(block + 82);
    for (int s = 0; s < 16; s++) {
        to->scales[s] = block[s] & 15;
        to->minima[s] = block[s] >> 4;
    }
    for (int k = 0; k < 8; k++) {
        for (int l = 0; l < 32; l++) to->quants[32 * k + l] = block[16 + 32 * (k / 4) + l] >> 2 * (k % 4) & 3;
    }
}

ISOBATH_INLINE void isobath_unpack_q3_k(const uint8_t *block, struct isobath_unpacked256 *to) {
    to->d = isobath_load_half(block + 108);
    const struct isobath_scales_q3_k scales = isobath_unpack_scales_q3_k(block + 96);
    for (int s = 0; s < 16; s++) {
        const uint64_t word = s < 8 ? scales.low : scales.high;
        to->scales[s] = (int16_t)((int)(word >> 8 * (s % 8) & 255) - 32);
        to->minima[s] = (int16_t)(ISOBATH_OFFSET_Q3_K * to->scales[s]);
    }
    for (int k = 0; k < 8; k++) {
        for (int l = 0; l < 32; l++) {
            const int low = block[32 + 32 * (k / 4) + l] >> 2 * (k % 4) & 3;
            to->quants[32 * k + l] = (int8_t)(low | (block[l] >> k & 1) << 2);
        }
    }
}

ISOBATH_INLINE void isobath_unpack_scales_of_q4_k(const uint8_t *block, struct isobath_unpacked256 *to) {
    to->d = isobath_load_half(block);
    to->dmin = isobath_load_half(block + 2);
    const struct isobath_scales_q4_k packed = isobath_unpack_scales_q4_k(block + 4);
    for (int s = 0; s < 16; s++) {
        to->scales[s] = (int16_t)(packed.scales >> 8 * (s / 2) & 255);
        to->minima[s] = (int16_t)(packed.minima >> 8 * (s / 2) & 255);
    }
}

ISOBATH_INLINE void isobath_unpack_q4_k(const uint8_t *block, struct isobath_unpacked256 *to) {
    isobath_unpack_scales_of_q4_k(block, to);
    for (int j = 0; j < 8; j++) {
        for (int l = 0; l < 32; l++) to->quants[32 * j + l] = block[16 + 32 * (j / 2) + l] >> 4 * (j % 2) & 15;
    }
}

ISOBATH_INLINE void isobath_unpack_q5_k(const uint8_t *block, struct isobath_unpacked256 *to) {
    isobath_unpack_scales_of_q4_k(block, to);
    for (int j = 0; j < 8; j++) {
        for (int l = 0; l < 32; l++) {
            const int low = block[48 + 32 * (j / 2) + l] >> 4 * (j % 2) & 15;
            to->quants[32 * j + l] = (int8_t)(low | (block[16 + l] >> j & 1) << 4);
        }
    }
}

ISOBATH_INLINE void isobath_unpack_q6_k(const uint8_t *block, struct isobath_unpacked256 *to) {
    to->d = isobath_load_half(block + 208);
    for (int s = 0; s < 16; s++) {
        to->scales[s] = (int8_t)block[192 + s];
        to->minima[s] = (int16_t)(ISOBATH_OFFSET_Q6_K * to->scales[s]);
    }
    for (int k = 0; k < 8; k++) {
        const uint8_t *lows = block + 64 * (k / 4) + 32 * (k % 2), *highs = block + 128 + 32 * (k / 4);
        for (int l = 0; l < 32; l++) {
            const int low = lows[l] >> 4 * (k % 4 / 2) & 15;
            to->quants[32 * k + l] = (int8_t)(low | (highs[l] >> 2 * (k % 4) & 3) << 4);
        }
    }
}

ISOBATH_INLINE void isobath_unpack_levels(const uint8_t *nibbles, int8_t *quants) {
    for (int l = 0; l < 16; l++) {
        quants[l] = isobath_levels_of_iq4[nibbles[l] & 15];
        quants[l + 16] = isobath_levels_of_iq4[nibbles[l] >> 4];
    }
}

ISOBATH_INLINE void isobath_unpack_iq4_xs(const uint8_t *block, struct isobath_unpacked256 *to) {
    to->d = isobath_load_half(block);
    for (int j = 0; j < 8; j++) {
        to->scales[2 * j] = to->scales[2 * j + 1] = (int16_t)isobath_scale_of_iq4_xs(block, j);
        isobath_unpack_levels(block + 8 + 16 * j, to->quants + 32 * j);
    }
}

ISOBATH_INLINE void isobath_unpack_nibbles(const uint8_t *nibbles, int8_t *quants) {
    for (int l = 0; l < 16; l++) {
        quants[l] = nibbles[l] & 15;
        quants[l + 16] = nibbles[l] >> 4;
    }
}

ISOBATH_INLINE void isobath_unpack_fifth_bits(const uint8_t *bits, int8_t *quants) {
    const uint32_t word = isobath_load32(bits);
    for (int l = 0; l < 32; l++) quants[l] = (int8_t)(quants[l] | (word >> l & 1) << 4);
}

ISOBATH_INLINE void isobath_unpack_q4_0(const uint8_t *block, struct isobath_unpacked32 *to) {
    to->d = isobath_load_half(block);
    isobath_unpack_nibbles(block + 2, to->quants);
}

ISOBATH_INLINE void isobath_unpack_q4_1(const uint8_t *block, struct isobath_unpacked32 *to) {
    to->d = isobath_load_half(block);
    to->m = isobath_load_half(block + 2);
    isobath_unpack_nibbles(block + 4, to->quants);
}

ISOBATH_INLINE void isobath_unpack_q5_0(const uint8_t *block, struct isobath_unpacked32 *to) {
    to->d = isobath_load_half(block);
    isobath_unpack_nibbles(block + 6, to->quants);
    isobath_unpack_fifth_bits(block + 2, to->quants);
}

ISOBATH_INLINE void isobath_unpack_q5_1(const uint8_t *block, struct isobath_unpacked32 *to) {
    to->d = isobath_load_half(block);
    to->m = isobath_load_half(block + 2);
    isobath_unpack_nibbles(block + 8, to->quants);
    isobath_unpack_fifth_bits(block + 4, to->quants);
}

ISOBATH_INLINE void isobath_unpack_q8_0(const uint8_t *block, struct isobath_unpacked32 *to) {
    to->d = isobath_load_half(block);
    memcpy(to->quants, block + 2, 32);
}

ISOBATH_INLINE void isobath_unpack_iq4_nl(const uint8_t *block, struct isobath_unpacked32 *to) {
    to->d = isobath_load_half(block);
    isobath_unpack_levels(block + 2, to->quants);
}
