#pragma STDC FP_CONTRACT OFF
#include "isobath_bfloat_kernels.h"

#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#include "bfloat_vectors_avx512.h"

#define ADD_PAIRS(sums, a, b) _mm512_dpbf16_ps(sums, (__m512bh)(a), (__m512bh)(b))
#include "bfloat_products.h"

const struct isobath_bfloat_kernels *isobath_bfloat_kernels_avx512(void) {
    static const struct isobath_bfloat_kernels kernels = {"avx512", multiply};
    const int runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bf16");
    return runs ? &kernels : 0;
}
#else
const struct isobath_bfloat_kernels *isobath_bfloat_kernels_avx512(void) { return 0; }
#endif
