#pragma once
// Weighted sums of cached Q8_0 rows on 512-bit vectors with VNNI.
#include "cached_values.h"

#define VALUES_TARGET __attribute__((target("avx512f,avx512bw,avx512vnni,avx2,fma,f16c")))
#define VALUES_INLINE VALUES_TARGET static inline __attribute__((always_inline))
#define VALUES_UNROLL _Pragma("clang loop unroll(full)")

// 32 values of a row as 16-bit numbers, at their part of the row's scale.
VALUES_INLINE __m512i values_of_row(const uint8_t *block, int16_t ratio) {
    const __m512i values = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(block + 2)));
    return _mm512_mulhrs_epi16(values, _mm512_set1_epi16(ratio));
}

// The low bytes of two rows, side by side in 16 bits.
VALUES_INLINE __m512i side_by_side(__m512i low, __m512i high) {
    return _mm512_mask_blend_epi8(0xAAAAAAAAAAAAAAAAull, low, _mm512_slli_epi16(high, 8));
}

// As `isobath_row_scale`, for sixteen blocks at a time.
VALUES_TARGET static float row_scale_vnni(const uint8_t *row, size_t width, int16_t *ratios) {
    const __m512i steps = _mm512_mullo_epi32(
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32(34));
    const size_t blocks = width / ISOBATH_VALUE_BLOCK;
    __m512 scales[ISOBATH_MOST_VALUES / ISOBATH_VALUE_BLOCK / 16], largest = _mm512_setzero_ps();
    __mmask16 strange = 0;
    for (size_t b = 0; b < blocks; b += 16) {
        const __mmask16 lanes = blocks - b >= 16 ? 0xFFFF : (__mmask16)((1u << (blocks - b)) - 1);
        const __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), lanes, steps, row + 34 * b, 1);
        scales[b / 16] = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
        largest = _mm512_max_ps(largest, scales[b / 16]);
        strange |= _mm512_cmp_ps_mask(scales[b / 16], _mm512_set1_ps(INFINITY), _CMP_NLT_UQ) |
                   _mm512_cmp_ps_mask(scales[b / 16], _mm512_setzero_ps(), _CMP_LT_OQ);
    }
    const float most = _mm512_reduce_max_ps(largest);
    if (strange || most == 0) return isobath_row_scale(row, width, ratios);
    const __m512 factor = _mm512_set1_ps(32767.0f / most);
    for (size_t b = 0; b < blocks; b += 16) {
        const __m512i parts = _mm512_cvtps_epi32(_mm512_mul_ps(scales[b / 16], factor));
        _mm256_storeu_si256((__m256i *)(ratios + b), _mm512_cvtepi32_epi16(parts));
    }
    return most;
}

VALUES_TARGET static void pack_values_vnni(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales) {
    static const uint8_t nothing[34];
    const size_t blocks = width / ISOBATH_VALUE_BLOCK;
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j += 4) {
        int16_t ratios[4][ISOBATH_MOST_VALUES / ISOBATH_VALUE_BLOCK + 16];
        for (size_t i = 0; i < 4; i++) {
            scales[j + i] = j + i < count ? row_scale_vnni(rows + (j + i) * row_bytes, width, ratios[i]) : 0;
        }
        for (size_t b = 0; b < blocks; b++) {
            __m512i row[4];
            VALUES_UNROLL for (size_t i = 0; i < 4; i++) {
                const int is_there = j + i < count;
                row[i] = values_of_row(
                    is_there ? rows + (j + i) * row_bytes + 34 * b : nothing, is_there ? ratios[i][b] : 0);
            }
            const __m512i first = side_by_side(row[0], row[1]), second = side_by_side(row[2], row[3]);
            // Columns 0–3, 8–11, 16–19, 24–27, and those between.
            const __m512i even = _mm512_unpacklo_epi16(first, second), odd = _mm512_unpackhi_epi16(first, second);
            const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
            const __m512i high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
            int8_t *const to = packed + (b * 16 + j / 4) * 4 * ISOBATH_VALUE_BLOCK;
            _mm512_storeu_si512(to, _mm512_permutex2var_epi64(even, low, odd));
            _mm512_storeu_si512(to + 64, _mm512_permutex2var_epi64(even, high, odd));
        }
    }
}

// As `isobath_round_weights`. Integers order products of numbers that are at least 0, with everything that is no finite
// number above.
VALUES_INLINE float round_weights_vnni(
    const float *weights, size_t count, const float *scales, uint8_t rounded[ISOBATH_ATTENTION_TILE]) {
    const uint64_t seen = count < ISOBATH_ATTENTION_TILE ? (UINT64_C(1) << count) - 1 : ~UINT64_C(0);
    __m512 products[4];
    __m512i largest = _mm512_setzero_si512(), codes[4];
    VALUES_UNROLL for (int i = 0; i < 4; i++) {
        const __mmask16 lanes = (__mmask16)(seen >> 16 * i);
        products[i] = _mm512_maskz_mul_ps(lanes, _mm512_loadu_ps(weights + 16 * i), _mm512_loadu_ps(scales + 16 * i));
        largest = _mm512_max_epu32(largest, _mm512_castps_si512(products[i]));
    }
    const uint32_t bits = _mm512_reduce_max_epu32(largest);
    if (bits >= 0x7F800000u) return isobath_round_weights(weights, count, scales, rounded);
    const float most = isobath_float_from_bits(bits);
    const int is_usable = most >= 1e-30f;
    const __m512 factor = _mm512_set1_ps(is_usable ? 255.0f / most : 0.0f);
    VALUES_UNROLL for (int i = 0; i < 4; i++) codes[i] = _mm512_cvtps_epi32(_mm512_mul_ps(products[i], factor));
    // Packing goes by quarters of a vector.
    const __m512i bytes =
        _mm512_packus_epi16(_mm512_packus_epi32(codes[0], codes[1]), _mm512_packus_epi32(codes[2], codes[3]));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_si512(rounded, _mm512_permutexvar_epi32(order, bytes));
    return is_usable ? most / 255.0f : 0.0f;
}

// `blocks` blocks of 32 columns, at most two, for `lanes` lanes, at most six; `units` are what their whole numbers count.
VALUES_INLINE void mix_block(
    const uint8_t rounded[6][ISOBATH_ATTENTION_TILE], const float units[6], const int8_t *packed,
    const float *factors, float *sums, size_t stride, int lanes, int blocks) {
    __m512i totals[6][4];
    VALUES_UNROLL for (int lane = 0; lane < lanes; lane++) {
        VALUES_UNROLL for (int v = 0; v < 2 * blocks; v++) totals[lane][v] = _mm512_setzero_si512();
    }
    _Pragma("clang loop unroll(disable)") for (int j = 0; j < 16; j++) {
        __m512i columns[4];
        VALUES_UNROLL for (int v = 0; v < 2 * blocks; v++) {
            columns[v] = _mm512_loadu_si512(packed + 64 * ISOBATH_VALUE_BLOCK * (v / 2) + 128 * j + 64 * (v % 2));
        }
        VALUES_UNROLL for (int lane = 0; lane < lanes; lane++) {
            const __m512i four = _mm512_set1_epi32((int)isobath_load32(rounded[lane] + 4 * j));
            VALUES_UNROLL for (int v = 0; v < 2 * blocks; v++) {
                totals[lane][v] = _mm512_dpbusd_epi32(totals[lane][v], four, columns[v]);
            }
        }
    }
    VALUES_UNROLL for (int lane = 0; lane < lanes; lane++) {
        float *const to = sums + (size_t)lane * stride;
        const __m512 unit = _mm512_set1_ps(units[lane]), factor = _mm512_set1_ps(factors[lane]);
        VALUES_UNROLL for (int v = 0; v < 2 * blocks; v++) {
            const __m512 total = _mm512_cvtepi32_ps(totals[lane][v]);
            const __m512 earlier = _mm512_mul_ps(_mm512_loadu_ps(to + 16 * v), factor);
            _mm512_storeu_ps(to + 16 * v, _mm512_fmadd_ps(unit, total, earlier));
        }
    }
}

// All columns.
VALUES_INLINE void mix_lanes(
    const uint8_t rounded[6][ISOBATH_ATTENTION_TILE], const float units[6], const int8_t *packed, size_t width,
    const float *factors, float *sums, size_t stride, int lanes) {
    size_t column = 0;
    for (; column + 2 * ISOBATH_VALUE_BLOCK <= width; column += 2 * ISOBATH_VALUE_BLOCK) {
        mix_block(rounded, units, packed + 64 * column, factors, sums + column, stride, lanes, 2);
    }
    if (column < width) mix_block(rounded, units, packed + 64 * column, factors, sums + column, stride, lanes, 1);
}

VALUES_TARGET static void mix_values_vnni(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed,
    size_t width, const float *factors, float *sums, size_t stride) {
    for (size_t lane = 0; lane < lanes; lane += 6) {
        const size_t some = lanes - lane < 6 ? lanes - lane : 6;
        uint8_t rounded[6][ISOBATH_ATTENTION_TILE];
        float units[6];
        for (size_t i = 0; i < some; i++) {
            units[i] = round_weights_vnni(
                weights + (lane + i) * ISOBATH_ATTENTION_TILE, counts[lane + i], scales, rounded[i]);
        }
        size_t i = 0;
#define MIX_LANES(count)                                                                                           \
    mix_lanes(                                                                                                     \
        rounded + i, units + i, packed, width, factors + lane + i, sums + (lane + i) * stride, stride, count)
        if (some == 6) MIX_LANES(6), i += 6;
        if (some - i >= 4) MIX_LANES(4), i += 4;
        if (some - i >= 2) MIX_LANES(2), i += 2;
        if (some - i >= 1) MIX_LANES(1);
#undef MIX_LANES
    }
}
