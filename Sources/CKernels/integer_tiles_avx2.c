#pragma STDC FP_CONTRACT OFF
// Integer products on 256-bit vectors: eight weight rows, unpacked once, with many rows of activations.
//
// A tile holds eight rows interleaved, four values at a time, so that a lane is a row and no sum runs across lanes.
#if defined(__x86_64__)
#define ROWS 8
#define COLUMNS 4
// Both 16-bit halves: a lane is scaled as the two sums of two products that it then holds.
#define SCALE_WORD(scale) ((int32_t)((uint32_t)(uint16_t)(scale) * 0x10001u))
#define UNIT_SCALE _mm256_set1_epi16(1)
#define CHAIN_256(chain) (chain)
#define CHAIN_32(chain) (chain)
#define FORM(name) isobath_tiles_avx2_##name
#include "integer_tiles_x86.h"

#define INTS __m256i
#define FLOATS __m256
#define ints_at(p) load(p)
#define ints_of(value) _mm256_set1_epi32(value)
#define subtract(a, b) _mm256_sub_epi32(a, b)
#define floats_at(p) _mm256_load_ps(p)
#define floats_of(value) _mm256_set1_ps(value)
#define floats_from(ints) _mm256_cvtepi32_ps(ints)
#define multiply(a, b) _mm256_mul_ps(a, b)
#define fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)

INLINE __m256i four_values(const int8_t *x) { return _mm256_set1_epi32((int)isobath_load32(x)); }

INLINE __m256i pairs_dot(__m256i sum, __m256i a, const int16_t *x) {
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, _mm256_set1_epi32((int)isobath_load32(x))));
}

INLINE __m256i add_chain(
    __m256i sum, const int8_t (*quants)[32], const int8_t *x, __m256i scale, int is_signed, int chain) {
    __m256i total = products(load(quants[0]), four_values(x), is_signed);
    _Pragma("clang loop unroll(full)") for (int k = 1; k < chain; k++) {
        total = _mm256_add_epi16(total, products(load(quants[k]), four_values(x + 4 * k), is_signed));
    }
    return _mm256_add_epi32(sum, _mm256_madd_epi16(total, scale));
}

INLINE __m256i lanes_below(size_t count) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE __m256 load_some(const float *p, size_t rows) { return _mm256_maskload_ps(p, lanes_below(rows)); }

INLINE void store_some(float *p, size_t rows, __m256 values) { _mm256_maskstore_ps(p, lanes_below(rows), values); }

#include "integer_tiles_body.h"
#endif
