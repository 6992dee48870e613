#pragma STDC FP_CONTRACT OFF
// Sums of cached Q8_0 rows with SDOT.
#if defined(__aarch64__)
#if defined(__clang__)
#define TARGET __attribute__((target("dotprod")))
#else
#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
#define ADD_FOURS(sum, values, weights, lane) vdotq_laneq_s32(sum, values, weights, lane)
#include "mix_values_neon.h"

TARGET void isobath_mix_values_neon_dot(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed, size_t width,
    const float *factors, float *sums, size_t stride) {
    mix_all(weights, counts, lanes, scales, packed, width, factors, sums, stride);
}
#endif
