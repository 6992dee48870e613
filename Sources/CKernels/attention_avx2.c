#pragma STDC FP_CONTRACT OFF
#include "isobath_attention_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "vectors_avx2.h"

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
