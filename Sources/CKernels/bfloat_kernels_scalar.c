#pragma STDC FP_CONTRACT OFF
// The form that the other must equal, bit for bit.
#include "bfloat_pairs.h"
#include "isobath_bfloat_kernels.h"

static float dot(const uint8_t *weights, const uint16_t *activations, size_t count) {
    float lanes[16] = {0};
    for (size_t i = 0; i < (count + 31) / 32 * 32; i += 2) {
        uint16_t pair[2] = {0};
        for (size_t k = 0; k < 2 && i + k < count; k++) pair[k] = isobath_load16(weights + 2 * (i + k));
        lanes[i / 2 % 16] = isobath_add_pair_of_bfloats(lanes[i / 2 % 16], pair, activations + i);
    }
    for (int half = 8; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    }
    return lanes[0];
}

static void multiply(
    const uint8_t *weights, size_t row_bytes, size_t outputs, const uint16_t *activations, size_t stride, size_t rows,
    size_t count, float *out, size_t out_stride) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t o = 0; o < outputs; o++) {
            out[r * out_stride + o] = dot(weights + o * row_bytes, activations + r * stride, count);
        }
    }
}

const struct isobath_bfloat_kernels *isobath_bfloat_kernels_scalar(void) {
    static const struct isobath_bfloat_kernels kernels = {"scalar", multiply};
    return &kernels;
}
