#pragma STDC FP_CONTRACT OFF
#include "isobath_rounded_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define TILE_OFFSET 0
#include "rounded_loops.h"
#include "rounded_plain.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// Rows and vectors of 8 columns that are multiplied at a time.
#define ROWS 2
#define VECTORS 4

INLINE void multiply_rows(
    const int8_t *values, size_t row_bytes, const float *scales, const uint8_t *tile, const float *tile_scales,
    size_t width, int continues, float *out, size_t out_stride, int rows) {
    __m256i sums[ROWS][VECTORS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < VECTORS; v++) sums[r][v] = _mm256_setzero_si256();
    }
    for (size_t i = 0; i < width; i += 4) {
        UNROLL for (int r = 0; r < rows; r++) {
            const __m256i four = _mm256_set1_epi32((int)isobath_load32(values + (size_t)r * row_bytes + i));
            const __m256i magnitudes = _mm256_abs_epi8(four);
            UNROLL for (int v = 0; v < VECTORS; v++) {
                const __m256i columns = _mm256_loadu_si256((const __m256i *)(tile + TILE * i + 32 * v));
                // Two products of 127 · 127 fit 16 bits.
                const __m256i pairs = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(columns, four));
                sums[r][v] = _mm256_add_epi32(sums[r][v], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
            }
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < VECTORS; v++) {
            float *const to = out + (size_t)r * out_stride + 8 * v;
            const __m256 scale = _mm256_mul_ps(_mm256_set1_ps(scales[r]), _mm256_loadu_ps(tile_scales + 8 * v));
            const __m256 sum = _mm256_cvtepi32_ps(sums[r][v]);
            _mm256_storeu_ps(
                to, continues ? _mm256_fmadd_ps(scale, sum, _mm256_loadu_ps(to)) : _mm256_mul_ps(scale, sum));
        }
    }
}

TARGET static void multiply(
    const int8_t *values, size_t row_bytes, const float *scales, const int32_t *starts, size_t m, const uint8_t *tile,
    const float *tile_scales, size_t width, int continues, float *out, size_t out_stride) {
    (void)starts;
    for (size_t column = 0; column < TILE; column += 8 * VECTORS) {
        const uint8_t *const part = tile + 4 * column;
        size_t r = 0;
        for (; r + ROWS <= m; r += ROWS) {
            multiply_rows(
                values + r * row_bytes, row_bytes, scales + r, part, tile_scales + column, width, continues,
                out + r * out_stride + column, out_stride, ROWS);
        }
        if (r < m) {
            multiply_rows(
                values + r * row_bytes, row_bytes, scales + r, part, tile_scales + column, width, continues,
                out + r * out_stride + column, out_stride, 1);
        }
    }
}

const struct isobath_rounded_kernels *isobath_rounded_kernels_avx2(void) {
    static const struct isobath_rounded_kernels kernels = {
        "avx2", round_rows, regroup_rows, round_halves, interleave_rows, turn_rows, round_columns, round_values,
        multiply};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : 0;
}
#else
const struct isobath_rounded_kernels *isobath_rounded_kernels_avx2(void) { return 0; }
#endif
