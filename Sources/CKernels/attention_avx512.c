#pragma STDC FP_CONTRACT OFF
#include "isobath_attention_kernels.h"

#if defined(__x86_64__)
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
#define LARGER(a, b) _mm512_max_ps(a, b)
#define UNLESS_BELOW(x, least, v) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, least, _CMP_NLT_UQ), v)
#define AS_INTEGERS(v) _mm512_castps_si512(v)
#define AS_FLOATS(i) _mm512_castsi512_ps(i)
#define SPLAT_INTEGER(x) _mm512_set1_epi32(x)
#define ADD_INTEGERS(a, b) _mm512_add_epi32(a, b)
#define SUB_INTEGERS(a, b) _mm512_sub_epi32(a, b)
#define HALVE_INTEGERS(i) _mm512_srai_epi32(i, 1)
#define TO_EXPONENT(i) _mm512_slli_epi32(i, 23)

#define OWN_SOFTEN
#include "attention_loops.h"
#include "attention_rows_avx512.h"
#include "cached_values_avx512.h"
#include "soften_avx512.h"

const struct isobath_attention_kernels *isobath_attention_kernels_avx512(void) {
    static const struct isobath_attention_kernels kernels = {
        "avx512", decode_f16, decode_bf16, decode_q8_0, pack, multiply, soften_avx512, merge,
        pack_values_vnni, mix_values_vnni, exponentials, gate};
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx2")
            && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
        ? &kernels
        : 0;
}
#else
const struct isobath_attention_kernels *isobath_attention_kernels_avx512(void) { return 0; }
#endif
