#pragma STDC FP_CONTRACT OFF
// The form that the others must equal, bit for bit.
#define TARGET
#define TILE_OFFSET 0
#include "rounded_loops.h"
#include "rounded_plain.h"

static void multiply(
    const int8_t *values, size_t row_bytes, const float *scales, const int32_t *starts, size_t m, const uint8_t *tile,
    const float *tile_scales, size_t width, int continues, float *out, size_t out_stride) {
    (void)starts;
    for (size_t r = 0; r < m; r++) {
        for (size_t j = 0; j < TILE; j++) {
            int32_t sum = 0;
            for (size_t i = 0; i < width; i++) {
                sum += values[r * row_bytes + i] * (int8_t)tile[4 * (i / 4 * TILE + j) + i % 4];
            }
            const float scale = scales[r] * tile_scales[j];
            float *const to = out + r * out_stride + j;
            *to = continues ? fmaf(scale, (float)sum, *to) : scale * (float)sum;
        }
    }
}

const struct isobath_rounded_kernels *isobath_rounded_kernels_scalar(void) {
    static const struct isobath_rounded_kernels kernels = {
        "scalar", round_rows, regroup_rows, round_halves, interleave_rows, turn_rows, round_columns, round_values,
        multiply};
    return &kernels;
}
