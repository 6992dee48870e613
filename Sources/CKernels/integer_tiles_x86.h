#pragma once
// How tiles look, and how they are unpacked on 256-bit vectors.
#include "integer_blocks_avx2.h"

struct block256 {
    int8_t quants[64][4 * ROWS];
    int32_t scales[16][ROWS];     // as SCALE_WORD puts them
    int16_t minima[8][2 * ROWS];  // those of 16 values beside those of the next 16
    float d[ROWS], dmin[ROWS];
};

struct block32 {
    int8_t quants[8][4 * ROWS];
    float d[ROWS], m[ROWS];
};

// rows[r] = 32 values of row r → values 4g ... 4g + 3 of all eight rows at `to` + g · stride.
INLINE void interleave(const __m256i rows[8], int8_t *to, size_t stride) {
    __m256i a[8], b[8];
    for (int i = 0; i < 4; i++) {
        a[2 * i] = _mm256_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
        a[2 * i + 1] = _mm256_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        b[4 * i] = _mm256_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
        b[4 * i + 1] = _mm256_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
        b[4 * i + 2] = _mm256_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
        b[4 * i + 3] = _mm256_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
    }
    for (int g = 0; g < 4; g++) {
        const __m256i first = _mm256_permute2x128_si256(b[g], b[g + 4], 0x20);
        const __m256i second = _mm256_permute2x128_si256(b[g], b[g + 4], 0x31);
        _mm256_storeu_si256((__m256i *)(to + (size_t)g * stride), first);
        _mm256_storeu_si256((__m256i *)(to + (size_t)(g + 4) * stride), second);
    }
}

INLINE void place_scales(struct block256 *to, int row, __m128i low, __m128i high) {
    int16_t scales[16];
    _mm_storeu_si128((__m128i *)scales, low);
    _mm_storeu_si128((__m128i *)(scales + 8), high);
    for (int s = 0; s < 16; s++) to->scales[s][row] = SCALE_WORD(scales[s]);
}

INLINE void place_minima(struct block256 *to, int row, __m128i low, __m128i high) {
    int32_t pairs[8];
    _mm_storeu_si128((__m128i *)pairs, low);
    _mm_storeu_si128((__m128i *)(pairs + 4), high);
    for (int j = 0; j < 8; j++) memcpy(&to->minima[j][2 * row], &pairs[j], sizeof pairs[j]);
}

INLINE void place_bytes(struct block256 *to, int row, __m128i scales, __m128i minima) {
    place_scales(to, row, _mm_cvtepi8_epi16(scales), _mm_cvtepi8_epi16(_mm_srli_si128(scales, 8)));
    place_minima(to, row, _mm_cvtepi8_epi16(minima), _mm_cvtepi8_epi16(_mm_srli_si128(minima, 8)));
}

// Minima of quants that are stored 2^shift too large.
INLINE void place_offset(struct block256 *to, int row, __m128i scales, int shift) {
    const __m128i low = _mm_cvtepi8_epi16(scales), high = _mm_cvtepi8_epi16(_mm_srli_si128(scales, 8));
    place_scales(to, row, low, high);
    place_minima(to, row, _mm_slli_epi16(low, shift), _mm_slli_epi16(high, shift));
}

INLINE void scales_q2_k(const uint8_t *block, struct block256 *to, int row) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)block), mask = _mm_set1_epi8(15);
    place_bytes(to, row, _mm_and_si128(bytes, mask), _mm_and_si128(_mm_srli_epi16(bytes, 4), mask));
}

INLINE void scales_q3_k(const uint8_t *block, struct block256 *to, int row) {
    const struct isobath_scales_q3_k packed = isobath_unpack_scales_q3_k(block + 96);
    const __m128i bytes = _mm_set_epi64x((long long)packed.high, (long long)packed.low);
    place_offset(to, row, _mm_sub_epi8(bytes, _mm_set1_epi8(32)), 2);
}

INLINE void scales_q4_k(const uint8_t *block, struct block256 *to, int row) {
    const struct isobath_scales_q4_k packed = isobath_unpack_scales_q4_k(block + 4);
    const __m128i scales = _mm_cvtsi64_si128((long long)packed.scales);
    const __m128i minima = _mm_cvtsi64_si128((long long)packed.minima);
    place_bytes(to, row, _mm_unpacklo_epi8(scales, scales), _mm_unpacklo_epi8(minima, minima));
}

INLINE void scales_q5_k(const uint8_t *block, struct block256 *to, int row) { scales_q4_k(block, to, row); }

INLINE void scales_q6_k(const uint8_t *block, struct block256 *to, int row) {
    place_offset(to, row, _mm_loadu_si128((const __m128i *)(block + 192)), 5);
}

INLINE void scales_iq4_xs(const uint8_t *block, struct block256 *to, int row) {
    int8_t scales[16];
    for (int s = 0; s < 16; s++) scales[s] = (int8_t)isobath_scale_of_iq4_xs(block, s / 2);
    place_offset(to, row, _mm_loadu_si128((const __m128i *)scales), 0);
}

// Quants of eight rows.
#define UNPACK_QUANTS(quants_of, to)                                                                               \
    {                                                                                                              \
        __m256i quants[8];                                                                                         \
        for (int r = 0; r < 8; r++) {                                                                              \
            const uint8_t *block = blocks[r];                                                                      \
            quants[r] = quants_of;                                                                                 \
        }                                                                                                          \
        interleave(quants, (to)[0], 4 * ROWS);                                                                     \
    }

// Where a block of each row starts; where there are fewer rows, the last one stands for those that are missing.
INLINE void find_blocks(
    const uint8_t *blocks[ROWS], const uint8_t *weights, size_t row_bytes, size_t rows, size_t offset) {
    for (size_t r = 0; r < ROWS; r++) blocks[r] = weights + (r < rows ? r : rows - 1) * row_bytes + offset;
}

#define UNPACK_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                     \
    TARGET static void unpack_##name(                                                                              \
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile, const uint8_t *next) { \
        (void)next;                                                                                                \
        struct block256 *to = (struct block256 *)tile;                                                             \
        for (size_t b = 0; b < count / 256; b++, to++) {                                                           \
            const uint8_t *blocks[ROWS];                                                                           \
            find_blocks(blocks, weights, row_bytes, rows, b * (bytes));                                            \
            for (int r = 0; r < ROWS; r++) {                                                                       \
                scales_##name(blocks[r], to, r);                                                                   \
                to->d[r] = _cvtsh_ss(isobath_load16(blocks[r] + (d_at)));                                          \
                to->dmin[r] = minima == MINIMA_SCALED ? _cvtsh_ss(isobath_load16(blocks[r] + (dmin_at))) : 0;      \
            }                                                                                                      \
            for (int k = 0; k < 8; k++) UNPACK_QUANTS(quants_##name(block, k), to->quants + 8 * k)                  \
        }                                                                                                          \
    }

#define UNPACK_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                        \
    TARGET static void unpack_##name(                                                                              \
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile, const uint8_t *next) { \
        (void)next;                                                                                                \
        struct block32 *to = (struct block32 *)tile;                                                               \
        for (size_t b = 0; b < count / 32; b++, to++) {                                                            \
            const uint8_t *blocks[ROWS];                                                                           \
            find_blocks(blocks, weights, row_bytes, rows, b * (bytes));                                            \
            for (int r = 0; r < ROWS; r++) {                                                                       \
                to->d[r] = _cvtsh_ss(isobath_load16(blocks[r]));                                                   \
                to->m[r] = has_minimum ? _cvtsh_ss(isobath_load16(blocks[r] + 2)) : 0;                             \
            }                                                                                                      \
            UNPACK_QUANTS(quants_##name(block), to->quants)                                                        \
        }                                                                                                          \
    }

ISOBATH_FORMATS_256(UNPACK_256)
ISOBATH_FORMATS_32(UNPACK_32)
