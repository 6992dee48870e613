#pragma STDC FP_CONTRACT OFF
// The form that the others must equal, bit for bit: vectors of one lane.
#include "half.h"
#include "isobath_attention_kernels.h"

#include "vectors_scalar.h"
#include "attention_loops.h"
#include "cached_values_plain.h"
#include "attention_plain.h"

static void decode_f16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    decode_rows(ISOBATH_F16, source, row_bytes, rows, target, stride, count);
}

const struct isobath_attention_kernels *isobath_attention_kernels_scalar(void) {
    static const struct isobath_attention_kernels kernels = {
        "scalar", decode_f16, decode_bf16, decode_q8_0, pack, multiply, soften, merge, pack_values, mix_values, exponentials, gate};
    return &kernels;
}
