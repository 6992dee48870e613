#pragma STDC FP_CONTRACT OFF
// Rounded rows and tiles with SDOT.
#if defined(__aarch64__)
#if defined(__clang__)
#define TARGET __attribute__((target("dotprod")))
#else
#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
#define ADD_FOURS(sums, columns, fours, lane) vdotq_laneq_s32(sums, columns, fours, lane)
#include "integer_neon.h"
#include "rounded_neon.h"
#include "rounded_neon_body.h"

const struct isobath_rounded_kernels *isobath_rounded_kernels_neon_dot(void) {
    static const struct isobath_rounded_kernels kernels = {
        "neon", round_rows, regroup_rows, round_halves, interleave_rows, turn_rows, round_columns, round_values,
        multiply};
    return isobath_arm_has_dot_products() ? &kernels : 0;
}
#endif
