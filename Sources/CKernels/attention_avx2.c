#pragma STDC FP_CONTRACT OFF
#include "isobath_attention_kernels.h"

#if defined(__x86_64__)
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
#define LARGER(a, b) _mm256_max_ps(a, b)
#define UNLESS_BELOW(x, least, v) _mm256_and_ps(_mm256_cmp_ps(x, least, _CMP_NLT_UQ), v)
#define AS_INTEGERS(v) _mm256_castps_si256(v)
#define AS_FLOATS(i) _mm256_castsi256_ps(i)
#define SPLAT_INTEGER(x) _mm256_set1_epi32(x)
#define ADD_INTEGERS(a, b) _mm256_add_epi32(a, b)
#define SUB_INTEGERS(a, b) _mm256_sub_epi32(a, b)
#define HALVE_INTEGERS(i) _mm256_srai_epi32(i, 1)
#define TO_EXPONENT(i) _mm256_slli_epi32(i, 23)

#include "attention_loops.h"
#include "cached_values_plain.h"
#include "attention_rows_avx2.h"

const struct isobath_attention_kernels *isobath_attention_kernels_avx2(void) {
    static const struct isobath_attention_kernels kernels = {
        "avx2", decode_f16, decode_bf16, decode_q8_0, pack, multiply, soften, merge, pack_values, mix_values, exponentials, gate};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
        ? &kernels
        : 0;
}
#else
const struct isobath_attention_kernels *isobath_attention_kernels_avx2(void) { return 0; }
#endif
