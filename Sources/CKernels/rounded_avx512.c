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
        "avx512", round_rows, turn_rows, round_columns, round_values, multiply};
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vnni")
        ? &kernels
        : 0;
}
#else
const struct isobath_rounded_kernels *isobath_rounded_kernels_avx512(void) { return 0; }
#endif
