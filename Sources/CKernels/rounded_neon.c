#pragma STDC FP_CONTRACT OFF
#include "isobath_rounded_kernels.h"

#if defined(__aarch64__)
#define TARGET
// Products of four bytes lie in two neighbouring pairs of 16-bit lanes.
#define ADD_FOURS(sums, columns, fours, lane)                                                                      \
    add_fours(sums, columns, vreinterpretq_s8_s32(vdupq_laneq_s32(vreinterpretq_s32_s8(fours), lane)))
#include <arm_neon.h>

static inline int32x4_t add_fours(int32x4_t sums, int8x16_t columns, int8x16_t fours) {
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(columns), vget_low_s8(fours)));
    return vaddq_s32(sums, vpaddq_s32(low, vpaddlq_s16(vmull_high_s8(columns, fours))));
}

#include "rounded_neon.h"
#include "rounded_neon_body.h"

const struct isobath_rounded_kernels *isobath_rounded_kernels_neon_plain(void) {
    static const struct isobath_rounded_kernels kernels = {
        "neon", round_rows, regroup_rows, interleave_rows, turn_rows, round_columns, round_values,
        multiply};
    return &kernels;
}

const struct isobath_rounded_kernels *isobath_rounded_kernels_neon(void) {
    const struct isobath_rounded_kernels *const kernels = isobath_rounded_kernels_neon_dot();
    return kernels ? kernels : isobath_rounded_kernels_neon_plain();
}
#else
const struct isobath_rounded_kernels *isobath_rounded_kernels_neon(void) { return 0; }
#endif
