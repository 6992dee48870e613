#pragma once
// What the loops over floats are written in, for AVX-512: vectors of 16 lanes.
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx2,fma,f16c")))
#define VECTOR __m512
#define INTEGERS __m512i
#define WIDTH 16
#define STRIP 64
#define STRIP_OF_TWO 64
#define STRIP_OF_ONE 64
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define SPLAT(x) _mm512_set1_ps(x)
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define ADD(a, b) _mm512_add_ps(a, b)
#define SUB(a, b) _mm512_sub_ps(a, b)
#define MUL(a, b) _mm512_mul_ps(a, b)
#define DIV(a, b) _mm512_div_ps(a, b)
#define SQRT(a) _mm512_sqrt_ps(a)
#define LARGER(a, b) _mm512_max_ps(a, b)
#define UNLESS_BELOW(x, least, v) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, least, _CMP_NLT_UQ), v)
#define AS_INTEGERS(v) _mm512_castps_si512(v)
#define AS_FLOATS(i) _mm512_castsi512_ps(i)
#define SPLAT_INTEGER(x) _mm512_set1_epi32(x)
#define ADD_INTEGERS(a, b) _mm512_add_epi32(a, b)
#define SUB_INTEGERS(a, b) _mm512_sub_epi32(a, b)
#define HALVE_INTEGERS(i) _mm512_srai_epi32(i, 1)
#define TO_EXPONENT(i) _mm512_slli_epi32(i, 23)
