#pragma STDC FP_CONTRACT OFF
#include "isobath_float_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define VECTOR __m256
#define WIDTH 8
#define ROWS 2
#define COLUMNS 4
#define SUMS 12
#define ZERO _mm256_setzero_ps()
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define LOAD_SOME(p, n) _mm256_maskload_ps(p, first_lanes(n))
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define REDUCE(v) reduce(v)
#define LOAD_I8(p) _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define MULTIPLY(a, b) _mm256_mul_ps(a, b)
#define ALL(value) _mm256_set1_ps(value)
// Four halves are read and converted at once, as fewer would first have to be gathered in a register.
#define ALL_HALF(p) _mm256_broadcastss_ps(_mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)(p))))
#define LOAD_F16(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
#define LOAD_BF16(p) bfloats(p)

TARGET static inline __m256 bfloats(const uint8_t *p) {
    const __m256i bits = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(bits, 16));
}

TARGET static inline __m128 fours(const __m256 sums[4]) {
    const __m256 eight = _mm256_add_ps(_mm256_add_ps(sums[0], sums[2]), _mm256_add_ps(sums[1], sums[3]));
    return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

TARGET static inline float reduce(const __m256 sums[4]) {
    const __m128 four = fours(sums);
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// Two rows side by side.
TARGET static inline void reduce_two(const __m256 sums[][4], float *out) {
    const __m128 a = fours(sums[0]), b = fours(sums[1]);
    const __m128 twos = _mm_add_ps(_mm_movelh_ps(a, b), _mm_movehl_ps(b, a));
    const __m128 ones = _mm_add_ps(twos, _mm_movehdup_ps(twos));
    _mm_storel_pi((__m64 *)out, _mm_shuffle_ps(ones, ones, 0x88));
}

#define REDUCE_ROWS(sums, out) reduce_two((const __m256(*)[4])(sums), out)

TARGET static inline __m256i first_lanes(size_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#include "dot_rows.h"

#define LOAD_F8(p) f8e4m3(p)

// Exponent and mantissa stand in a float's place, 2¹²⁰ too small, subnormals too.
TARGET static inline __m256 f8e4m3(const uint8_t *p) {
    const __m256i code = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
    const __m256i magnitude = _mm256_and_si256(code, _mm256_set1_epi32(0x7F));
    const __m256i is_nan = _mm256_cmpeq_epi32(magnitude, _mm256_set1_epi32(0x7F));
    const __m256i small = _mm256_slli_epi32(magnitude, 20);
    const __m256 size = _mm256_mul_ps(_mm256_castsi256_ps(small), _mm256_set1_ps(0x1p120f));
    const __m256i sign = _mm256_slli_epi32(_mm256_srli_epi32(code, 7), 31);
    const __m256i rest = _mm256_or_si256(sign, _mm256_and_si256(is_nan, _mm256_set1_epi32(0x7FC00000)));
    return _mm256_or_ps(size, _mm256_castsi256_ps(rest));
}

#include "dot_stored.h"

TARGET static void add_scaled(float factor, const float *x, float *y, size_t count) {
    const __m256 factors = _mm256_set1_ps(factor);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(factors, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
    }
    for (; i < count; i++) y[i] = fmaf(factor, x[i], y[i]);
}

const struct isobath_float_kernels *isobath_float_kernels_avx2(void) {
    static const struct isobath_float_kernels kernels = {
        "avx2", dot, dot_f8e4m3, dot_rows, dot_rows_f16, dot_rows_bf16, dot_rows_q8_0, add_scaled};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
               ? &kernels
               : 0;
}
#else
const struct isobath_float_kernels *isobath_float_kernels_avx2(void) { return 0; }
#endif
