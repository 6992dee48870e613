#pragma STDC FP_CONTRACT OFF
// Integer products on 512-bit vectors with VNNI: sixteen weight rows, unpacked once, with many rows of activations.
//
// A single row of activations is bound by memory and taken on 256-bit vectors; so is everything without VNNI.
#include "isobath_integer_kernels.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vnni,avx2,fma,f16c")))
#define ROWS 16
// VNNI multiplies unsigned quants with signed activations.
#define BIAS 128
#define COLUMNS 4
#define SCALE_WORD(scale) ((int32_t)(scale))
#define UNIT_SCALE _mm512_set1_epi32(1)
// Sums of 32 bits cannot overflow: a chain is as long as its scale.
#define CHAIN_256(chain) ((chain) == 8 || (chain) == 1 ? 8 : 4)
#define CHAIN_32(chain) 8
#define FORM(name) isobath_tiles_avx512_##name
#include "integer_tiles_x86.h"

#define INTS __m512i
#define FLOATS __m512
#define ints_at(p) _mm512_loadu_si512(p)
#define ints_of(value) _mm512_set1_epi32(value)
#define subtract(a, b) _mm512_sub_epi32(a, b)
#define floats_at(p) _mm512_loadu_ps(p)
#define floats_of(value) _mm512_set1_ps(value)
#define floats_from(ints) _mm512_cvtepi32_ps(ints)
#define multiply(a, b) _mm512_mul_ps(a, b)
#define fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)

INLINE __m512i pairs_dot(__m512i sum, __m512i a, const int16_t *x) {
    return _mm512_add_epi32(sum, _mm512_madd_epi16(a, _mm512_set1_epi32((int)isobath_load32(x))));
}

INLINE __m512i add_chain(
    __m512i sum, const int8_t (*quants)[64], const int8_t *x, __m512i scale, int is_signed, int chain) {
    (void)is_signed;
    __m512i total = _mm512_setzero_si512();
    _Pragma("clang loop unroll(full)") for (int k = 0; k < chain; k++) {
        const __m512i four = _mm512_set1_epi32((int)isobath_load32(x + 4 * k));
        total = _mm512_dpbusd_epi32(total, _mm512_loadu_si512(quants[k]), four);
    }
    return _mm512_add_epi32(sum, _mm512_mullo_epi32(total, scale));
}

INLINE __mmask16 lanes_below(size_t count) { return (__mmask16)((1u << count) - 1); }

INLINE __m512 load_some(const float *p, size_t rows) { return _mm512_maskz_loadu_ps(lanes_below(rows), p); }

INLINE void store_some(float *p, size_t rows, __m512 values) { _mm512_mask_storeu_ps(p, lanes_below(rows), values); }

#include "integer_tiles_body.h"

#define CASE_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                       \
    case ISOBATH_##TYPE: return &isobath_tiles_avx512_##name;
#define CASE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                          \
    case ISOBATH_##TYPE: return &isobath_tiles_avx512_##name;

const struct isobath_integer_tiles *isobath_integer_tiles_avx512(enum isobath_element_type type) {
    const int runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vnni") && isobath_integer_kernels_avx2(type) != 0;
    if (!runs) return 0;
    switch (type) {
        ISOBATH_FORMATS_256(CASE_256)
        ISOBATH_FORMATS_32(CASE_32)
    default: return 0;
    }
}
#else
const struct isobath_integer_tiles *isobath_integer_tiles_avx512(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
