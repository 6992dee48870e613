#pragma once
// What the 256-bit forms of the integer products share.
#include <immintrin.h>

#include "integer_formats.h"
#include "packed_scales.h"
#include "unpacked.h"

#ifndef TARGET
#define TARGET __attribute__((target("avx2,fma,f16c")))
#endif
#define INLINE TARGET static inline __attribute__((always_inline))

// MARK: Pieces

INLINE __m256i load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

INLINE __m256i bytes_and(__m256i a, int mask) { return _mm256_and_si256(a, _mm256_set1_epi8((char)mask)); }

// 16 bytes → the 16 low nibbles, then the 16 high ones.
INLINE __m256i nibbles(const uint8_t *p) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
    return bytes_and(_mm256_set_m128i(_mm_srli_epi16(bytes, 4), bytes), 15);
}

// 16 bytes → the levels of their 16 low nibbles, then those of the high ones.
INLINE __m256i levels(const uint8_t *p) {
    const __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)isobath_levels_of_iq4));
    return _mm256_shuffle_epi8(table, nibbles(p));
}

// 32 bits → 32 bytes, 16 where the bit is set.
INLINE __m256i fifth_bits(const uint8_t *p) {
    const __m256i word = _mm256_set1_epi32((int)isobath_load32(p));
    const __m256i spread = _mm256_setr_epi64x(
        0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201);
    const __m256i chosen = _mm256_and_si256(_mm256_shuffle_epi8(word, spread), bit);
    return bytes_and(_mm256_cmpeq_epi8(chosen, bit), 16);
}

// Sums of two neighbours' products; a: 0 ... 63, or 0 ... 128 where that cannot overflow.
INLINE __m256i pairs(__m256i a, __m256i x) { return _mm256_maddubs_epi16(a, x); }

// The same for signed a.
INLINE __m256i signed_pairs(__m256i a, __m256i x) { return pairs(_mm256_abs_epi8(a), _mm256_sign_epi8(x, a)); }

INLINE __m256i products(__m256i a, __m256i x, int is_signed) { return is_signed ? signed_pairs(a, x) : pairs(a, x); }

INLINE __m256i fours(__m256i pair_sums) { return _mm256_madd_epi16(pair_sums, _mm256_set1_epi16(1)); }

// MARK: The quants of a block, 32 at a time, as `unpacked.h` has them

// Two bits each, `k` of eight runs, in 64 bytes at `p`.
INLINE __m256i two_bits(const uint8_t *p, int k) {
    return bytes_and(_mm256_srli_epi16(load(p + 32 * (k / 4)), 2 * (k % 4)), 3);
}

// Bit `from` of every byte, moved to bit `to`.
INLINE __m256i moved_bit(__m256i bytes, int from, int to) {
    const __m256i moved = from < to ? _mm256_slli_epi16(bytes, to - from) : _mm256_srli_epi16(bytes, from - to);
    return bytes_and(moved, 1 << to);
}

INLINE __m256i quants_q2_k(const uint8_t *block, int k) { return two_bits(block + 16, k); }

INLINE __m256i quants_q3_k(const uint8_t *block, int k) {
    return _mm256_or_si256(two_bits(block + 32, k), moved_bit(load(block), k, 2));
}

INLINE __m256i quants_q4_k(const uint8_t *block, int k) {
    const __m256i bits = load(block + 16 + 32 * (k / 2));
    return bytes_and(k % 2 ? _mm256_srli_epi16(bits, 4) : bits, 15);
}

INLINE __m256i quants_q5_k(const uint8_t *block, int k) {
    const __m256i bits = load(block + 48 + 32 * (k / 2));
    const __m256i low = bytes_and(k % 2 ? _mm256_srli_epi16(bits, 4) : bits, 15);
    return _mm256_or_si256(low, moved_bit(load(block + 16), k, 4));
}

INLINE __m256i quants_q6_k(const uint8_t *block, int k) {
    const __m256i lows = load(block + 64 * (k / 4) + 32 * (k % 2)), highs = load(block + 128 + 32 * (k / 4));
    const int quarter = k % 4;
    const __m256i low = bytes_and(quarter < 2 ? lows : _mm256_srli_epi16(lows, 4), 15);
    const __m256i high =
        quarter < 2 ? _mm256_slli_epi16(highs, 4 - 2 * quarter) : _mm256_srli_epi16(highs, 2 * quarter - 4);
    return _mm256_or_si256(low, bytes_and(high, 0x30));
}

INLINE __m256i quants_iq4_xs(const uint8_t *block, int k) { return levels(block + 8 + 16 * k); }

INLINE __m256i quants_q4_0(const uint8_t *block) { return nibbles(block + 2); }

INLINE __m256i quants_q4_1(const uint8_t *block) { return nibbles(block + 4); }

INLINE __m256i quants_q5_0(const uint8_t *block) {
    return _mm256_or_si256(nibbles(block + 6), fifth_bits(block + 2));
}

INLINE __m256i quants_q5_1(const uint8_t *block) {
    return _mm256_or_si256(nibbles(block + 8), fifth_bits(block + 4));
}

INLINE __m256i quants_q8_0(const uint8_t *block) { return load(block + 2); }

INLINE __m256i quants_iq4_nl(const uint8_t *block) { return levels(block + 2); }
