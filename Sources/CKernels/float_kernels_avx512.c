#pragma STDC FP_CONTRACT OFF
#include "isobath_float_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx2,fma,f16c")))
#define VECTOR __m512
#define WIDTH 16
#define ROWS 4
#define COLUMNS 3
#define SUMS 24
#define ZERO _mm512_setzero_ps()
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define LOAD_SOME(p, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define REDUCE(v) reduce(v)
#define LOAD_I8(p) _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define MULTIPLY(a, b) _mm512_mul_ps(a, b)
#define ALL(value) _mm512_set1_ps(value)
// Four halves are read and converted at once, as fewer would first have to be gathered in a register.
#define ALL_HALF(p) _mm512_broadcastss_ps(_mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)(p))))
#define LOAD_F16(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
#define LOAD_BF16(p) bfloats(p)

TARGET static inline __m512 bfloats(const uint8_t *p) {
    const __m512i bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16));
}

TARGET static inline float reduce(const __m512 sums[2]) {
    const __m512 sixteen = _mm512_add_ps(sums[0], sums[1]);
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(sixteen), 1));
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(sixteen), high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// Halves of two rows side by side: lanes 8 apart of both are added at once.
TARGET static inline __m512 eights(const __m512 a[2], const __m512 b[2]) {
    const __m512 x = _mm512_add_ps(a[0], a[1]), y = _mm512_add_ps(b[0], b[1]);
    return _mm512_add_ps(_mm512_shuffle_f32x4(x, y, 0x44), _mm512_shuffle_f32x4(x, y, 0xEE));
}

// Four lanes of each of four rows.
TARGET static inline __m512 fours(const __m512 sums[][2]) {
    const __m512 x = eights(sums[0], sums[1]), y = eights(sums[2], sums[3]);
    return _mm512_add_ps(_mm512_shuffle_f32x4(x, y, 0x88), _mm512_shuffle_f32x4(x, y, 0xDD));
}

// The first lane of every pair and the second.
TARGET static inline __m512 ones(__m512 twos) { return _mm512_add_ps(twos, _mm512_movehdup_ps(twos)); }

TARGET static inline void reduce_four(const __m512 sums[][2], float *out) {
    const __m512 four = fours(sums);
    const __m512 all = ones(_mm512_add_ps(four, _mm512_shuffle_ps(four, four, 0xEE)));
    const __m512i places = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    _mm_storeu_ps(out, _mm512_castps512_ps128(_mm512_permutexvar_ps(places, all)));
}

#define REDUCE_ROWS(sums, out) reduce_four((const __m512(*)[2])(sums), out)

#include "dot_rows.h"

#define LOAD_F8(p) f8e4m3(p)

// Exponent and mantissa stand in a float's place, 2¹²⁰ too small, subnormals too.
TARGET static inline __m512 f8e4m3(const uint8_t *p) {
    const __m512i code = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
    const __m512i magnitude = _mm512_and_si512(code, _mm512_set1_epi32(0x7F));
    const __mmask16 is_nan = _mm512_cmpeq_epi32_mask(magnitude, _mm512_set1_epi32(0x7F));
    const __m512i small = _mm512_slli_epi32(magnitude, 20);
    const __m512 size = _mm512_mul_ps(_mm512_castsi512_ps(small), _mm512_set1_ps(0x1p120f));
    const __m512i sign = _mm512_slli_epi32(_mm512_srli_epi32(code, 7), 31);
    const __m512i rest = _mm512_or_si512(sign, _mm512_maskz_mov_epi32(is_nan, _mm512_set1_epi32(0x7FC00000)));
    return _mm512_castsi512_ps(_mm512_or_si512(_mm512_castps_si512(size), rest));
}

#include "dot_stored.h"

TARGET static void add_scaled(float factor, const float *x, float *y, size_t count) {
    const __m512 factors = _mm512_set1_ps(factor);
    for (size_t i = 0; i < count; i += 16) {
        const __mmask16 mask = count - i < 16 ? (__mmask16)((1u << (count - i)) - 1) : (__mmask16)0xFFFF;
        const __m512 old = _mm512_maskz_loadu_ps(mask, y + i);
        _mm512_mask_storeu_ps(y + i, mask, _mm512_fmadd_ps(factors, _mm512_maskz_loadu_ps(mask, x + i), old));
    }
}

const struct isobath_float_kernels *isobath_float_kernels_avx512(void) {
    static const struct isobath_float_kernels kernels = {
        "avx512", dot, dot_f8e4m3, dot_rows, dot_rows_f16, dot_rows_bf16, dot_rows_q8_0, add_scaled};
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
            && __builtin_cpu_supports("f16c")
        ? &kernels
        : 0;
}
#else
const struct isobath_float_kernels *isobath_float_kernels_avx512(void) { return 0; }
#endif
