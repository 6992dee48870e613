#pragma once
#include <stdint.h>

#include "half.h"

// The small integer scales of K blocks, whole words at a time.

// Eight scales and eight minima of six bits, a byte each, from the 12 bytes of Q4_K and Q5_K.
struct isobath_scales_q4_k {
    uint64_t scales, minima;
};

static inline struct isobath_scales_q4_k isobath_unpack_scales_q4_k(const uint8_t *bytes) {
    const uint32_t a = isobath_load32(bytes), b = isobath_load32(bytes + 4), c = isobath_load32(bytes + 8);
    const uint32_t scales = (c & 0x0F0F0F0Fu) | (a >> 6 & 0x03030303u) << 4;
    const uint32_t minima = (c >> 4 & 0x0F0F0F0Fu) | (b >> 6 & 0x03030303u) << 4;
    return (struct isobath_scales_q4_k){
        (a & 0x3F3F3F3Fu) | (uint64_t)scales << 32, (b & 0x3F3F3F3Fu) | (uint64_t)minima << 32};
}

// Sixteen scales of six bits, a byte each and 32 too large, from the 12 bytes of Q3_K.
struct isobath_scales_q3_k {
    uint64_t low, high;
};

static inline struct isobath_scales_q3_k isobath_unpack_scales_q3_k(const uint8_t *bytes) {
    const uint32_t a = isobath_load32(bytes), b = isobath_load32(bytes + 4), c = isobath_load32(bytes + 8);
    const uint32_t s0 = (a & 0x0F0F0F0Fu) | (c & 0x03030303u) << 4;
    const uint32_t s4 = (b & 0x0F0F0F0Fu) | (c >> 2 & 0x03030303u) << 4;
    const uint32_t s8 = (a >> 4 & 0x0F0F0F0Fu) | (c >> 4 & 0x03030303u) << 4;
    const uint32_t s12 = (b >> 4 & 0x0F0F0F0Fu) | (c >> 6 & 0x03030303u) << 4;
    return (struct isobath_scales_q3_k){s0 | (uint64_t)s4 << 32, s8 | (uint64_t)s12 << 32};
}

// Scale `run` of eight in an IQ4_XS block, six bits less 32.
static inline int isobath_scale_of_iq4_xs(const uint8_t *block, int run) {
    const int low = block[4 + run / 2] >> 4 * (run % 2) & 15;
    const int high = isobath_load16(block + 2) >> 2 * run & 3;
    return (low | high << 4) - 32;
}
