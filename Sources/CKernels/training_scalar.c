#pragma STDC FP_CONTRACT OFF
// The form that the others must equal, bit for bit: vectors of one lane.
#include "isobath_training_kernels.h"

#include "vectors_scalar.h"

#include "training_loops.h"

const struct isobath_training_kernels *isobath_training_kernels_scalar(void) {
    static const struct isobath_training_kernels kernels = {
        "scalar", multiply, pack_left, pack_rows, gate_gradients, largest, exponentials_from, soft_gradients, norm_gradients, squares,
        adam};
    return &kernels;
}
