#pragma STDC FP_CONTRACT OFF
// "IQ" blocks: groups of 8 (or 4) values are entries of a codebook, with signs and a small scale a sub-block.
#include "codebooks.h"
#include "half.h"
#include "rows.h"

// Seven stored sign bits; the eighth makes their number even. Bit j set: value j is negative.
static inline uint32_t even_signs(uint32_t seven) {
    uint32_t parity = seven ^ seven >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    return seven | (parity & 1) << 7;
}

static inline void write_eight(uint64_t entry, uint32_t signs, float scale, float *y) {
    for (int j = 0; j < 8; j++) {
        const float sign = signs >> j & 1 ? -1.0f : 1.0f;
        y[j] = scale * (float)(entry >> 8 * j & 255) * sign;
    }
}

static inline void write_four(uint32_t entry, uint32_t signs, float scale, float *y) {
    for (int j = 0; j < 4; j++) {
        const float sign = signs >> j & 1 ? -1.0f : 1.0f;
        y[j] = scale * (float)(entry >> 8 * j & 255) * sign;
    }
}

// d; for each 32 values four 8-bit indices, then a word of four 7-bit signs and a 4-bit scale.
static inline void decode_iq2_xxs(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    for (int run = 0; run < 8; run++) {
        const uint8_t *indices = block + 2 + 8 * run;
        const uint32_t word = isobath_load32(indices + 4);
        const float scale = d * (0.5f + (float)(word >> 28)) * 0.25f;
        for (int l = 0; l < 4; l++) {
            const uint32_t signs = even_signs(word >> 7 * l & 127);
            write_eight(isobath_grid_iq2_xxs[indices[l]], signs, scale, y + 32 * run + 8 * l);
        }
    }
}
ISOBATH_DEFINE_ROW(iq2_xxs, 66, 256)

// d; u16[32]: a 9-bit index and 7 signs for 8 values; scales[8]: a nibble for 16 values.
static inline void decode_iq2_xs(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    const uint8_t *scales = block + 66;
    for (int group = 0; group < 32; group++) {
        const uint32_t word = isobath_load16(block + 2 + 2 * group);
        const int nibble = scales[group / 4] >> 4 * (group % 4 / 2) & 15;
        const float scale = d * (0.5f + (float)nibble) * 0.25f;
        write_eight(isobath_grid_iq2_xs[word & 511], even_signs(word >> 9), scale, y + 8 * group);
    }
}
ISOBATH_DEFINE_ROW(iq2_xs, 74, 256)

// d; low[32]: 8 of 10 index bits; signs[32]; high[8]: two index bits for each of four groups; scales[8].
static inline void decode_iq2_s(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    const uint8_t *low = block + 2, *signs = block + 34, *high = block + 66, *scales = block + 74;
    for (int group = 0; group < 32; group++) {
        const int index = low[group] | (high[group / 4] >> 2 * (group % 4) & 3) << 8;
        const int nibble = scales[group / 4] >> 4 * (group % 4 / 2) & 15;
        const float scale = d * (0.5f + (float)nibble) * 0.25f;
        write_eight(isobath_grid_iq2_s[index], signs[group], scale, y + 8 * group);
    }
}
ISOBATH_DEFINE_ROW(iq2_s, 82, 256)

// d; indices[64] of four values each; u32[8]: four 7-bit signs and a 4-bit scale.
static inline void decode_iq3_xxs(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    for (int run = 0; run < 8; run++) {
        const uint8_t *indices = block + 2 + 8 * run;
        const uint32_t word = isobath_load32(block + 66 + 4 * run);
        const float scale = d * (0.5f + (float)(word >> 28)) * 0.5f;
        for (int k = 0; k < 8; k++) {
            const uint32_t signs = even_signs(word >> 7 * (k / 2) & 127) >> 4 * (k % 2);
            write_four(isobath_grid_iq3_xxs[indices[k]], signs, scale, y + 32 * run + 4 * k);
        }
    }
}
ISOBATH_DEFINE_ROW(iq3_xxs, 98, 256)

// d; low[64]: 8 of 9 index bits for four values; high[8]: the ninth; signs[32]; scales[4]: a nibble for 32 values.
static inline void decode_iq3_s(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    const uint8_t *low = block + 2, *high = block + 66, *signs = block + 74, *scales = block + 106;
    for (int run = 0; run < 8; run++) {
        const float scale = d * (float)(1 + 2 * (scales[run / 2] >> 4 * (run % 2) & 15));
        for (int k = 0; k < 8; k++) {
            const int index = low[8 * run + k] | (high[run] >> k & 1) << 8;
            const uint32_t bits = (uint32_t)signs[4 * run + k / 2] >> 4 * (k % 2);
            write_four(isobath_grid_iq3_s[index], bits, scale, y + 32 * run + 4 * k);
        }
    }
}
ISOBATH_DEFINE_ROW(iq3_s, 110, 256)

static inline void write_shifted(int index, float delta, float scale, float *y) {
    const uint64_t entry = isobath_grid_iq1_s[index];
    for (int j = 0; j < 8; j++) y[j] = scale * ((float)(int8_t)(entry >> 8 * j & 255) + delta);
}

// d; low[32]: 8 of 11 index bits; u16[8]: three index bits for each of four groups, a 3-bit scale, delta's sign.
static inline void decode_iq1_s(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    for (int run = 0; run < 8; run++) {
        const uint32_t word = isobath_load16(block + 34 + 2 * run);
        const float scale = d * (float)(2 * (word >> 12 & 7) + 1), delta = word >> 15 ? -0.125f : 0.125f;
        for (int l = 0; l < 4; l++) {
            const int index = block[2 + 4 * run + l] | (int)(word >> 3 * l & 7) << 8;
            write_shifted(index, delta, scale, y + 32 * run + 8 * l);
        }
    }
}
ISOBATH_DEFINE_ROW(iq1_s, 50, 256)

// The half float of an IQ1_M block stands in the four top nibbles of its scale words.
static inline float scale_of_iq1_m(const uint8_t *scales) {
    uint32_t half = 0;
    for (int word = 0; word < 4; word++) half |= (uint32_t)(isobath_load16(scales + 2 * word) >> 12) << 4 * word;
    return isobath_float_from_half((uint16_t)half);
}

// low[32]: 8 of 11 index bits; high[16]: a nibble for 8 values, three index bits and delta's sign;
// u16 scales[4]: four 3-bit scales of 16 values each.
static inline void decode_iq1_m(const uint8_t *block, float *y) {
    const uint8_t *low = block, *high = block + 32, *scales = block + 48;
    const float d = scale_of_iq1_m(scales);
    for (int group = 0; group < 32; group++) {
        const int nibble = high[group / 2] >> 4 * (group % 2) & 15, half = group / 2;
        const int small = isobath_load16(scales + 2 * (half / 4)) >> 3 * (half % 4) & 7;
        const float delta = nibble & 8 ? -0.125f : 0.125f;
        write_shifted(low[group] | (nibble & 7) << 8, delta, d * (float)(2 * small + 1), y + 8 * group);
    }
}
ISOBATH_DEFINE_ROW(iq1_m, 56, 256)

static const int8_t levels_of_iq4[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

static inline void write_levels(const uint8_t *quants, float scale, float *y) {
    for (int j = 0; j < 16; j++) {
        y[j] = scale * (float)levels_of_iq4[quants[j] & 15];
        y[j + 16] = scale * (float)levels_of_iq4[quants[j] >> 4];
    }
}

// d; quants[16], nibbles as in Q4_0.
static inline void decode_iq4_nl(const uint8_t *block, float *y) {
    write_levels(block + 2, isobath_load_half(block), y);
}
ISOBATH_DEFINE_ROW(iq4_nl, 18, 32)

// d; u16: two high scale bits for each run; four bytes: four low scale bits for each run; quants[128].
static inline void decode_iq4_xs(const uint8_t *block, float *y) {
    const float d = isobath_load_half(block);
    const uint32_t high = isobath_load16(block + 2);
    for (int run = 0; run < 8; run++) {
        const int low = block[4 + run / 2] >> 4 * (run % 2) & 15;
        const float scale = d * (float)((low | (int)(high >> 2 * run & 3) << 4) - 32);
        write_levels(block + 8 + 16 * run, scale, y + 32 * run);
    }
}
ISOBATH_DEFINE_ROW(iq4_xs, 136, 256)
