#pragma STDC FP_CONTRACT OFF
#include "isobath_attention_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "vectors_avx512.h"

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
