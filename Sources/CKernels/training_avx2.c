#pragma STDC FP_CONTRACT OFF
#include "isobath_training_kernels.h"

#if defined(__x86_64__)
#include "vectors_avx2.h"

#include "training_loops.h"

const struct isobath_training_kernels *isobath_training_kernels_avx2(void) {
    static const struct isobath_training_kernels kernels = {
        "avx2", multiply, pack_left, pack_rows, gate_gradients, largest, exponentials_from, soft_gradients, norm_gradients, squares,
        adam};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c")
        ? &kernels
        : 0;
}
#else
const struct isobath_training_kernels *isobath_training_kernels_avx2(void) { return 0; }
#endif
