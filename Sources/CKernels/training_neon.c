#pragma STDC FP_CONTRACT OFF
#include "isobath_training_kernels.h"

#if defined(__aarch64__)
#include "vectors_neon.h"

#include "training_loops.h"

const struct isobath_training_kernels *isobath_training_kernels_neon(void) {
    static const struct isobath_training_kernels kernels = {
        "neon", multiply, pack_left, pack_rows, gate_gradients, largest, exponentials_from, soft_gradients, norm_gradients, squares,
        adam};
    return &kernels;
}
#else
const struct isobath_training_kernels *isobath_training_kernels_neon(void) { return 0; }
#endif
