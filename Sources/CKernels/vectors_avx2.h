#pragma once
// What the loops over floats are written in, for AVX2: vectors of 8 lanes.
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define VECTOR __m256
#define INTEGERS __m256i
#define WIDTH 8
#define STRIP 16
#define STRIP_OF_TWO 32
#define STRIP_OF_ONE 64
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define SPLAT(x) _mm256_set1_ps(x)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define ADD(a, b) _mm256_add_ps(a, b)
#define SUB(a, b) _mm256_sub_ps(a, b)
#define MUL(a, b) _mm256_mul_ps(a, b)
#define DIV(a, b) _mm256_div_ps(a, b)
#define SQRT(a) _mm256_sqrt_ps(a)
#define LARGER(a, b) _mm256_max_ps(a, b)
#define UNLESS_BELOW(x, least, v) _mm256_and_ps(_mm256_cmp_ps(x, least, _CMP_NLT_UQ), v)
#define AS_INTEGERS(v) _mm256_castps_si256(v)
#define AS_FLOATS(i) _mm256_castsi256_ps(i)
#define SPLAT_INTEGER(x) _mm256_set1_epi32(x)
#define ADD_INTEGERS(a, b) _mm256_add_epi32(a, b)
#define SUB_INTEGERS(a, b) _mm256_sub_epi32(a, b)
#define HALVE_INTEGERS(i) _mm256_srai_epi32(i, 1)
#define TO_EXPONENT(i) _mm256_slli_epi32(i, 23)
