#pragma once
// Four products of bytes in each 32-bit lane, for Arm processors without SDOT.
#include <arm_neon.h>

// `sums` + the products of the bytes in each lane; those lie in two neighbouring pairs of 16-bit lanes.
static inline int32x4_t add_fours(int32x4_t sums, int8x16_t values, int32x4_t weights) {
    const int8x16_t fours = vreinterpretq_s8_s32(weights);
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(values), vget_low_s8(fours)));
    return vaddq_s32(sums, vpaddq_s32(low, vpaddlq_s16(vmull_high_s8(values, fours))));
}
