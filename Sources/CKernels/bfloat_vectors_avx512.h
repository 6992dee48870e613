#pragma once
// What products of bf16 rows are written in, for AVX-512: all but the instruction that multiplies (see bfloat_products.h).
#include <immintrin.h>
#include <stddef.h>

#define SUMS __m512
#define PAIRS __m512i
#define NO_SUMS _mm512_setzero_ps()
#define LOAD_PAIRS(p) _mm512_loadu_si512(p)
#define LOAD_FIRST(p, n) first_values(p, n)
#define TOTAL(v) total((v)[0])
#define STORE_TOTALS(p, v) _mm_storeu_ps(p, totals(v))

TARGET static inline __m512i first_values(const void *p, size_t count) {
    return _mm512_maskz_loadu_epi16((__mmask32)((1u << count) - 1), p);
}

// Lanes 8 apart of both vectors; the first one's come first.
TARGET static inline __m512 halves(__m512 a, __m512 b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));
}

// Of each vector, lanes 8 apart are added, then 4, 2 and 1 apart; from the second step on each has a quarter of the lanes.
TARGET static inline __m128 totals(const __m512 v[4]) {
    const __m512 a = halves(v[0], v[1]), b = halves(v[2], v[3]);
    const __m512 four = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
    const __m512 two = _mm512_add_ps(four, _mm512_permute_ps(four, 0x4E));
    const __m512 one = _mm512_add_ps(two, _mm512_permute_ps(two, 0xB1));
    const __m512i firsts = _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
    return _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, one));
}

TARGET static inline float total(__m512 sums) {
    const __m512 one[4] = {sums, _mm512_setzero_ps(), _mm512_setzero_ps(), _mm512_setzero_ps()};
    return _mm_cvtss_f32(totals(one));
}
