#pragma STDC FP_CONTRACT OFF
#include "isobath_rounded_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma")))
// VPDPBUSD wants one side unsigned.
#define TILE_OFFSET 128
#include "rounded_loops.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// Rows that are multiplied at a time: their sums with 64 columns take 24 registers.
#define ROWS 6
#define VECTORS 4

// 16 bytes of sixteen rows, four apart in a vector's quarters; rows that are missing are zeros.
INLINE __m512i quarters(const int8_t *values, size_t row_bytes, size_t first, size_t count) {
    __m512i rows = _mm512_setzero_si512();
    const int8_t *const p = values + first * row_bytes;
    if (first < count) rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)p), 0);
    if (first + 4 < count) rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(p + 4 * row_bytes)), 1);
    if (first + 8 < count) rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(p + 8 * row_bytes)), 2);
    if (first + 12 < count) rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(p + 12 * row_bytes)), 3);
    return rows;
}

TARGET static void turn_rows(const int8_t *values, size_t row_bytes, size_t count, size_t width, uint8_t *tile) {
    const __m512i offset = _mm512_set1_epi8((char)TILE_OFFSET);
    for (size_t i = 0; i < width; i += 16) {
        for (size_t j = 0; j < TILE; j += 16) {
            __m512i rows[4], turned[4];
            UNROLL for (size_t r = 0; r < 4; r++) rows[r] = quarters(values + i, row_bytes, j + r, count);
            const __m512i a = _mm512_unpacklo_epi32(rows[0], rows[1]), b = _mm512_unpackhi_epi32(rows[0], rows[1]);
            const __m512i c = _mm512_unpacklo_epi32(rows[2], rows[3]), d = _mm512_unpackhi_epi32(rows[2], rows[3]);
            turned[0] = _mm512_unpacklo_epi64(a, c);
            turned[1] = _mm512_unpackhi_epi64(a, c);
            turned[2] = _mm512_unpacklo_epi64(b, d);
            turned[3] = _mm512_unpackhi_epi64(b, d);
            UNROLL for (size_t q = 0; q < 4; q++) {
                _mm512_storeu_si512(tile + 4 * (TILE * (i / 4 + q) + j), _mm512_xor_si512(turned[q], offset));
            }
        }
    }
}

// The scales of 16 blocks of a row that starts at `blocks`, of which `lanes` are there.
INLINE __m512 block_scales(const uint8_t *blocks, __mmask16 lanes) {
    const __m512i steps = _mm512_mullo_epi32(
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), _mm512_set1_epi32(34));
    const __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), lanes, steps, blocks, 1);
    return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
}

// 32 values at their part of the group's scale, which stands in both halves of `ratio`.
INLINE __m512i values_at(const uint8_t *block, const int32_t *ratio) {
    const __m512i values = _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(block + 2)));
    return _mm512_mulhrs_epi16(values, _mm512_set1_epi32(*ratio));
}

// Sixteen blocks of a row, or what is left of it: whether their scales are ordinary, so that this is done.
INLINE int regroup_blocks(const uint8_t *blocks, size_t count, int8_t *values, float *scales) {
    const __mmask16 lanes = count >= 16 ? 0xFFFF : (__mmask16)((1u << count) - 1);
    const __m512 found = block_scales(blocks, lanes);
    const __mmask16 strange = _mm512_cmp_ps_mask(found, _mm512_set1_ps(INFINITY), _CMP_NLT_UQ)
        | _mm512_cmp_ps_mask(found, _mm512_setzero_ps(), _CMP_LT_OQ);
    if (strange) return 0;
    __m512 most = _mm512_max_ps(found, _mm512_permute_ps(found, 0xB1));
    most = _mm512_max_ps(most, _mm512_permute_ps(most, 0x4E));
    const __mmask16 is_more = _mm512_cmp_ps_mask(most, _mm512_setzero_ps(), _CMP_GT_OQ);
    const __m512 factor = _mm512_maskz_div_ps(is_more, _mm512_set1_ps(32767), most);
    const __m512i parts = _mm512_cvtps_epi32(_mm512_mul_ps(found, factor));
    int32_t ratios[16];
    float largest[16];
    _mm512_storeu_si512(ratios, _mm512_or_si512(parts, _mm512_slli_epi32(parts, 16)));
    _mm512_storeu_ps(largest, most);
    const __m512i order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    for (size_t b = 0; b + 2 <= count && b < 16; b += 2) {
        const __m512i both = _mm512_packs_epi16(
            values_at(blocks + 34 * b, ratios + b), values_at(blocks + 34 * (b + 1), ratios + b + 1));
        _mm512_storeu_si512(values + 32 * b, _mm512_permutexvar_epi64(order, both));
    }
    if (count < 16 && count % 2) {
        const __m512i last = values_at(blocks + 34 * (count - 1), ratios + count - 1);
        _mm256_storeu_si256((__m256i *)(values + 32 * (count - 1)), _mm512_cvtepi16_epi8(last));
    }
    for (size_t b = 0; b < count && b < 16; b += 4) scales[b / 4 * TILE] = largest[b];
    return 1;
}

TARGET static void regroup_rows(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales) {
    const size_t blocks = width / VALUE_BLOCK;
    for (size_t j = 0; j < TILE; j++) {
        const uint8_t *const row = j < count ? rows + j * row_bytes : 0;
        for (size_t at = 0; j + ISOBATH_ROWS_AHEAD < count && at < 34 * blocks; at += 64) {
            _mm_prefetch((const char *)row + ISOBATH_ROWS_AHEAD * row_bytes + at, _MM_HINT_T0);
        }
        int is_done = row != 0;
        for (size_t b = 0; is_done && b < blocks; b += 16) {
            is_done = regroup_blocks(
                row + 34 * b, blocks - b, values + j * width + VALUE_BLOCK * b, scales + j + b / 4 * TILE);
        }
        if (!is_done) regroup_row(row, width, values + j * width, scales + j);
    }
}

INLINE __m512 sixteen_values(const uint8_t *row, int is_bf16) {
    const __m256i halves = _mm256_loadu_si256((const __m256i *)row);
    if (!is_bf16) return _mm512_cvtph_ps(halves);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

// A group of 16 · `vectors` values, which stay in registers: the scale of the numbers that go to `to`.
INLINE float round_group(const uint8_t *row, int is_bf16, int vectors, int8_t *to) {
    __m512 x[ISOBATH_ROUNDED_GROUP / 16];
    __m512i largest = _mm512_setzero_si512();
    UNROLL for (int v = 0; v < vectors; v++) {
        x[v] = sixteen_values(row + 32 * v, is_bf16);
        const __m512i magnitudes = _mm512_and_si512(_mm512_castps_si512(x[v]), _mm512_set1_epi32(0x7FFFFFFF));
        largest = _mm512_max_epu32(largest, magnitudes);
    }
    const struct rounding by = rounding_of(_mm512_reduce_max_epu32(largest));
    const __mmask16 kept = by.kept ? 0xFFFF : 0;
    UNROLL for (int v = 0; v < vectors; v++) {
        const __m512i numbers = _mm512_cvtps_epi32(_mm512_mul_ps(x[v], _mm512_set1_ps(by.factor)));
        _mm_storeu_si128((__m128i *)(to + 16 * v), _mm512_maskz_cvtepi32_epi8(kept, numbers));
    }
    return by.scale;
}

INLINE void round_halves_of_rows(
    const uint8_t *rows, int is_bf16, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales) {
    const size_t whole = width / ISOBATH_ROUNDED_GROUP * ISOBATH_ROUNDED_GROUP;
    for (size_t j = 0; j < count; j++) {
        const uint8_t *const row = rows + j * row_bytes;
        for (size_t at = 0; j + ISOBATH_ROWS_AHEAD < count && at < 2 * width; at += 64) {
            _mm_prefetch((const char *)row + ISOBATH_ROWS_AHEAD * row_bytes + at, _MM_HINT_T0);
        }
        int8_t *const to = values + j * width;
        for (size_t i = 0; i < whole; i += ISOBATH_ROUNDED_GROUP) {
            scales[i / ISOBATH_ROUNDED_GROUP * TILE + j] = round_group(
                row + 2 * i, is_bf16, ISOBATH_ROUNDED_GROUP / 16, to + i);
        }
        // What is left is a multiple of 32.
        const size_t place = whole / ISOBATH_ROUNDED_GROUP * TILE + j;
        if (width - whole == 96) scales[place] = round_group(row + 2 * whole, is_bf16, 6, to + whole);
        if (width - whole == 64) scales[place] = round_group(row + 2 * whole, is_bf16, 4, to + whole);
        if (width - whole == 32) scales[place] = round_group(row + 2 * whole, is_bf16, 2, to + whole);
    }
    clear_scales(count, width, scales);
}

TARGET static void round_halves(
    const uint8_t *rows, int is_bf16, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales) {
    if (is_bf16) {
        round_halves_of_rows(rows, 1, row_bytes, count, width, values, scales);
    } else {
        round_halves_of_rows(rows, 0, row_bytes, count, width, values, scales);
    }
}

// Quarters of four vectors, turned: to[q] gets quarter q of each.
INLINE void turn_quarters(const __m512i from[4], __m512i to[4]) {
    const __m512i a = _mm512_shuffle_i32x4(from[0], from[1], 0x44), b = _mm512_shuffle_i32x4(from[2], from[3], 0x44);
    const __m512i c = _mm512_shuffle_i32x4(from[0], from[1], 0xEE), d = _mm512_shuffle_i32x4(from[2], from[3], 0xEE);
    to[0] = _mm512_shuffle_i32x4(a, b, 0x88);
    to[1] = _mm512_shuffle_i32x4(a, b, 0xDD);
    to[2] = _mm512_shuffle_i32x4(c, d, 0x88);
    to[3] = _mm512_shuffle_i32x4(c, d, 0xDD);
}

// 64 values of four rows: to[q] gets those of columns 16q and on, four rows side by side.
INLINE void interleave(const __m512i row[4], __m512i to[4]) {
    const __m512i low = _mm512_unpacklo_epi8(row[0], row[1]), high = _mm512_unpackhi_epi8(row[0], row[1]);
    const __m512i next_low = _mm512_unpacklo_epi8(row[2], row[3]), next_high = _mm512_unpackhi_epi8(row[2], row[3]);
    const __m512i fours[4] = {
        _mm512_unpacklo_epi16(low, next_low), _mm512_unpackhi_epi16(low, next_low),
        _mm512_unpacklo_epi16(high, next_high), _mm512_unpackhi_epi16(high, next_high)};
    turn_quarters(fours, to);
}

TARGET static void interleave_rows(const int8_t *values, size_t row_bytes, size_t count, size_t width, int8_t *packed) {
    for (size_t j = 0; j < TILE; j += 4) {
        for (size_t column = 0; column < width; column += 2 * VALUE_BLOCK) {
            // The last block may be alone.
            const int is_alone = width - column < 2 * VALUE_BLOCK;
            __m512i row[4], fours[4];
            UNROLL for (size_t i = 0; i < 4; i++) {
                const __mmask64 some = j + i >= count ? 0 : is_alone ? UINT64_C(0xFFFFFFFF) : ~UINT64_C(0);
                row[i] = _mm512_maskz_loadu_epi8(some, values + (some ? (j + i) * row_bytes + column : 0));
            }
            interleave(row, fours);
            int8_t *const to = packed + (column / VALUE_BLOCK * 16 + j / 4) * 4 * VALUE_BLOCK;
            _mm512_storeu_si512(to, fours[0]);
            _mm512_storeu_si512(to + 64, fours[1]);
            if (is_alone) continue;
            _mm512_storeu_si512(to + 64 * VALUE_BLOCK, fours[2]);
            _mm512_storeu_si512(to + 64 * VALUE_BLOCK + 64, fours[3]);
        }
    }
}

INLINE void multiply_rows(
    const int8_t *values, size_t row_bytes, const float *scales, const int32_t *starts, const uint8_t *tile,
    const float *tile_scales, size_t width, int continues, float *out, size_t out_stride, int rows) {
    __m512i sums[ROWS][VECTORS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm512_set1_epi32(starts[r]);
    }
    _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < width; i += 4) {
        __m512i columns[VECTORS];
        UNROLL for (int v = 0; v < VECTORS; v++) columns[v] = _mm512_loadu_si512(tile + TILE * i + 64 * v);
        UNROLL for (int r = 0; r < rows; r++) {
            const __m512i four = _mm512_set1_epi32((int)isobath_load32(values + (size_t)r * row_bytes + i));
            UNROLL for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm512_dpbusd_epi32(sums[r][v], columns[v], four);
        }
    }
    UNROLL for (int v = 0; v < VECTORS; v++) {
        const __m512 of_columns = _mm512_loadu_ps(tile_scales + 16 * v);
        UNROLL for (int r = 0; r < rows; r++) {
            float *const to = out + (size_t)r * out_stride + 16 * v;
            const __m512 scale = _mm512_mul_ps(_mm512_set1_ps(scales[r]), of_columns);
            const __m512 sum = _mm512_cvtepi32_ps(sums[r][v]);
            _mm512_storeu_ps(
                to, continues ? _mm512_fmadd_ps(scale, sum, _mm512_loadu_ps(to)) : _mm512_mul_ps(scale, sum));
        }
    }
}

TARGET static void multiply(
    const int8_t *values, size_t row_bytes, const float *scales, const int32_t *starts, size_t m, const uint8_t *tile,
    const float *tile_scales, size_t width, int continues, float *out, size_t out_stride) {
    size_t r = 0;
#define MULTIPLY_ROWS(rows)                                                                                        \
    multiply_rows(                                                                                                 \
        values + r * row_bytes, row_bytes, scales + r, starts + r, tile, tile_scales, width, continues,            \
        out + r * out_stride, out_stride, rows)
    for (; r + ROWS <= m; r += ROWS) MULTIPLY_ROWS(ROWS);
    if (m - r >= 4) MULTIPLY_ROWS(4), r += 4;
    if (m - r >= 2) MULTIPLY_ROWS(2), r += 2;
    if (m - r >= 1) MULTIPLY_ROWS(1);
#undef MULTIPLY_ROWS
}

const struct isobath_rounded_kernels *isobath_rounded_kernels_avx512(void) {
    static const struct isobath_rounded_kernels kernels = {
        "avx512", round_rows, regroup_rows, round_halves, interleave_rows, turn_rows, round_columns, round_values,
        multiply};
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vnni")
        ? &kernels
        : 0;
}
#else
const struct isobath_rounded_kernels *isobath_rounded_kernels_avx512(void) { return 0; }
#endif
