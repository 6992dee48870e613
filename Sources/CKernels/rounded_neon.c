#pragma STDC FP_CONTRACT OFF
#include "isobath_rounded_kernels.h"

#if defined(__aarch64__)
#define TARGET
#define ADD_FOURS(sums, columns, fours, lane)                                                                      \
    add_fours(sums, columns, vdupq_laneq_s32(vreinterpretq_s32_s8(fours), lane))
#include "fours_neon.h"
#include "rounded_neon.h"
#include "rounded_neon_body.h"

const struct isobath_rounded_kernels *isobath_rounded_kernels_neon_plain(void) {
    static const struct isobath_rounded_kernels kernels = {
        "neon", round_rows, regroup_rows, round_halves, interleave_rows, turn_rows, round_columns, round_values,
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
