#pragma STDC FP_CONTRACT OFF
#include "isobath_float_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>

#include "tail.h"

#define TARGET
#define VECTOR float32x4_t
#define WIDTH 4
#define COLUMNS 3
#define ZERO vdupq_n_f32(0)
#define LOAD(p) vld1q_f32(p)
#define FMA(a, b, c) vfmaq_f32(c, a, b)
#define REDUCE(v) reduce(v)

static inline float reduce(const float32x4_t sums[8]) {
    float32x4_t sixteen[4];
    for (int k = 0; k < 4; k++) sixteen[k] = vaddq_f32(sums[k], sums[k + 4]);
    const float32x4_t four = vaddq_f32(vaddq_f32(sixteen[0], sixteen[2]), vaddq_f32(sixteen[1], sixteen[3]));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

#include "dot_rows.h"

static void add_scaled(float factor, const float *x, float *y, size_t count) {
    const float32x4_t factors = vdupq_n_f32(factor);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) vst1q_f32(y + i, vfmaq_f32(vld1q_f32(y + i), factors, vld1q_f32(x + i)));
    for (; i < count; i++) y[i] = fmaf(factor, x[i], y[i]);
}

// Every 64-bit Arm processor has NEON.
const struct isobath_float_kernels *isobath_float_kernels_neon(void) {
    static const struct isobath_float_kernels kernels = {"neon", COLUMNS, dot, dot_row, add_scaled};
    return &kernels;
}
#else
const struct isobath_float_kernels *isobath_float_kernels_neon(void) { return 0; }
#endif
