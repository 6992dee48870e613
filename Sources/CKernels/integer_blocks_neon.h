#pragma once
// The blocks of each format on 128-bit vectors. The file that includes this has defined TARGET, the attribute that
// permits the instructions that its own functions need.
#include <arm_neon.h>

#include "integer_formats.h"
#include "packed_scales.h"
#include "unpacked.h"

#define INLINE TARGET static inline __attribute__((always_inline))

// MARK: Quants, 32 at a time, as `unpacked.h` has them

struct thirty_two {
    int8x16_t low, high;
};

INLINE struct thirty_two as_signed(uint8x16_t low, uint8x16_t high) {
    return (struct thirty_two){vreinterpretq_s8_u8(low), vreinterpretq_s8_u8(high)};
}

INLINE uint8x16_t bytes_and(uint8x16_t bytes, uint8_t mask) { return vandq_u8(bytes, vdupq_n_u8(mask)); }

// Bits 2 · quarter and 2 · quarter + 1 of every byte.
INLINE uint8x16_t two_bits(uint8x16_t bytes, int quarter) {
    switch (quarter) {
    case 0: return bytes_and(bytes, 3);
    case 1: return bytes_and(vshrq_n_u8(bytes, 2), 3);
    case 2: return bytes_and(vshrq_n_u8(bytes, 4), 3);
    default: return vshrq_n_u8(bytes, 6);
    }
}

INLINE uint8x16_t nibble(uint8x16_t bytes, int is_high) {
    return is_high ? vshrq_n_u8(bytes, 4) : bytes_and(bytes, 15);
}

// Bit `to` of every byte is replaced by bit `from` of `bits`.
INLINE uint8x16_t with_bit(uint8x16_t bytes, uint8x16_t bits, int from, int to) {
    return vbslq_u8(vdupq_n_u8((uint8_t)(1 << to)), vshlq_u8(bits, vdupq_n_s8((int8_t)(to - from))), bytes);
}

INLINE struct thirty_two quants_q2_k(const uint8_t *block, int k) {
    const uint8_t *const at = block + 16 + 32 * (k / 4);
    return as_signed(two_bits(vld1q_u8(at), k % 4), two_bits(vld1q_u8(at + 16), k % 4));
}

INLINE struct thirty_two quants_q3_k(const uint8_t *block, int k) {
    const uint8_t *const at = block + 32 + 32 * (k / 4);
    return as_signed(
        with_bit(two_bits(vld1q_u8(at), k % 4), vld1q_u8(block), k, 2),
        with_bit(two_bits(vld1q_u8(at + 16), k % 4), vld1q_u8(block + 16), k, 2));
}

INLINE struct thirty_two quants_q4_k(const uint8_t *block, int k) {
    const uint8_t *const at = block + 16 + 32 * (k / 2);
    return as_signed(nibble(vld1q_u8(at), k % 2), nibble(vld1q_u8(at + 16), k % 2));
}

INLINE struct thirty_two quants_q5_k(const uint8_t *block, int k) {
    const uint8_t *const at = block + 48 + 32 * (k / 2);
    return as_signed(
        with_bit(nibble(vld1q_u8(at), k % 2), vld1q_u8(block + 16), k, 4),
        with_bit(nibble(vld1q_u8(at + 16), k % 2), vld1q_u8(block + 32), k, 4));
}

INLINE uint8x16_t six_bits(uint8x16_t lows, uint8x16_t highs, int quarter) {
    return vsliq_n_u8(nibble(lows, quarter / 2), two_bits(highs, quarter), 4);
}

INLINE struct thirty_two quants_q6_k(const uint8_t *block, int k) {
    const uint8_t *const lows = block + 64 * (k / 4) + 32 * (k % 2), *const highs = block + 128 + 32 * (k / 4);
    return as_signed(
        six_bits(vld1q_u8(lows), vld1q_u8(highs), k % 4), six_bits(vld1q_u8(lows + 16), vld1q_u8(highs + 16), k % 4));
}

INLINE struct thirty_two nibbles(const uint8_t *at) {
    return as_signed(nibble(vld1q_u8(at), 0), nibble(vld1q_u8(at), 1));
}

INLINE struct thirty_two levels(const uint8_t *at) {
    const int8x16_t table = vld1q_s8(isobath_levels_of_iq4);
    return (struct thirty_two){
        vqtbl1q_s8(table, nibble(vld1q_u8(at), 0)), vqtbl1q_s8(table, nibble(vld1q_u8(at), 1))};
}

// 16 where one of the 32 bits at `bits` is set.
INLINE struct thirty_two with_fifth_bits(struct thirty_two quants, const uint8_t *bits) {
    const uint8x16_t word = vreinterpretq_u8_u32(vdupq_n_u32(isobath_load32(bits)));
    const uint8x16_t place = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
    const uint8x16_t spread = vcombine_u8(vdup_n_u8(0), vdup_n_u8(1)), two = vdupq_n_u8(2);
    const uint8x16_t low = vtstq_u8(vqtbl1q_u8(word, spread), place);
    const uint8x16_t high = vtstq_u8(vqtbl1q_u8(word, vaddq_u8(spread, two)), place);
    const uint8x16_t fifth = vdupq_n_u8(16);
    return as_signed(
        vbslq_u8(fifth, low, vreinterpretq_u8_s8(quants.low)), vbslq_u8(fifth, high, vreinterpretq_u8_s8(quants.high)));
}

INLINE struct thirty_two quants_iq4_xs(const uint8_t *block, int k) { return levels(block + 8 + 16 * k); }

INLINE struct thirty_two quants_q4_0(const uint8_t *block) { return nibbles(block + 2); }

INLINE struct thirty_two quants_q4_1(const uint8_t *block) { return nibbles(block + 4); }

INLINE struct thirty_two quants_q5_0(const uint8_t *block) { return with_fifth_bits(nibbles(block + 6), block + 2); }

INLINE struct thirty_two quants_q5_1(const uint8_t *block) { return with_fifth_bits(nibbles(block + 8), block + 4); }

INLINE struct thirty_two quants_q8_0(const uint8_t *block) {
    return (struct thirty_two){vld1q_s8((const int8_t *)block + 2), vld1q_s8((const int8_t *)block + 18)};
}

INLINE struct thirty_two quants_iq4_nl(const uint8_t *block) { return levels(block + 2); }

// MARK: The scales of a block of 256

// Values that share a scale.
enum {
    GROUP_q2_k = 16, GROUP_q3_k = 16, GROUP_q4_k = 32, GROUP_q5_k = 32, GROUP_q6_k = 16, GROUP_iq4_xs = 32
};
// What is to be subtracted from quants.
enum { OFFSET_q2_k = 0, OFFSET_q3_k = 4, OFFSET_q4_k = 0, OFFSET_q5_k = 0, OFFSET_q6_k = 32, OFFSET_iq4_xs = 0 };

// Of groups 0 ... 7 and 8 ... 15; where 32 values make a group, the first eight are all. Minima where the format has
// some.
struct group_factors {
    int16x8_t scales[2], minima[2];
};

INLINE int16x8_t wide(uint8x8_t bytes) { return vreinterpretq_s16_u16(vmovl_u8(bytes)); }

INLINE struct group_factors factors_q2_k(const uint8_t *block) {
    const uint8x16_t bytes = vld1q_u8(block), scales = nibble(bytes, 0), minima = nibble(bytes, 1);
    return (struct group_factors){
        {wide(vget_low_u8(scales)), wide(vget_high_u8(scales))},
        {wide(vget_low_u8(minima)), wide(vget_high_u8(minima))}};
}

INLINE struct group_factors factors_q3_k(const uint8_t *block) {
    const struct isobath_scales_q3_k packed = isobath_unpack_scales_q3_k(block + 96);
    const int16x8_t excess = vdupq_n_s16(32);
    return (struct group_factors){
        {vsubq_s16(wide(vcreate_u8(packed.low)), excess), vsubq_s16(wide(vcreate_u8(packed.high)), excess)},
        {vdupq_n_s16(0), vdupq_n_s16(0)}};
}

INLINE struct group_factors factors_q4_k(const uint8_t *block) {
    const struct isobath_scales_q4_k packed = isobath_unpack_scales_q4_k(block + 4);
    return (struct group_factors){
        {wide(vcreate_u8(packed.scales)), vdupq_n_s16(0)}, {wide(vcreate_u8(packed.minima)), vdupq_n_s16(0)}};
}

INLINE struct group_factors factors_q5_k(const uint8_t *block) { return factors_q4_k(block); }

INLINE struct group_factors factors_q6_k(const uint8_t *block) {
    const int8x16_t scales = vld1q_s8((const int8_t *)block + 192);
    return (struct group_factors){
        {vmovl_s8(vget_low_s8(scales)), vmovl_high_s8(scales)}, {vdupq_n_s16(0), vdupq_n_s16(0)}};
}

// Eight scales of six bits, 32 too large: nibbles in four bytes, and two bits each in two.
INLINE struct group_factors factors_iq4_xs(const uint8_t *block) {
    const uint8x8_t lows = vreinterpret_u8_u32(vdup_n_u32(isobath_load32(block + 4)));
    const uint8x8_t highs = vreinterpret_u8_u16(vdup_n_u16(isobath_load16(block + 2)));
    const int8x8_t by_nibble = vreinterpret_s8_u64(vdup_n_u64(0xFC00FC00FC00FC00u));
    const int8x8_t by_two_bits = vreinterpret_s8_u64(vdup_n_u64(0xFAFCFE00FAFCFE00u));
    const uint8x8_t low = vand_u8(vshl_u8(vzip1_u8(lows, lows), by_nibble), vdup_n_u8(15));
    const uint8x8_t spread = vtbl1_u8(highs, vcreate_u8(0x0101010100000000u));
    const uint8x8_t high = vand_u8(vshl_u8(spread, by_two_bits), vdup_n_u8(3));
    const int16x8_t scales = vsubq_s16(wide(vsli_n_u8(low, high, 4)), vdupq_n_s16(32));
    return (struct group_factors){{scales, vdupq_n_s16(0)}, {vdupq_n_s16(0), vdupq_n_s16(0)}};
}
