#pragma STDC FP_CONTRACT OFF
#include "isobath_float_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>

#include "half.h"

#define TARGET
#define VECTOR float32x4_t
#define WIDTH 4
#define ROWS 4
#define COLUMNS 3
#define SUMS 24
#define ZERO vdupq_n_f32(0)
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define FMA(a, b, c) vfmaq_f32(c, a, b)
#define REDUCE(v) reduce(v)
#define LOAD_I8(p) signed_bytes(p)
#define MULTIPLY(a, b) vmulq_f32(a, b)
#define ALL(value) vdupq_n_f32(value)
#define ALL_HALF(p) ALL(isobath_load_half(p))
#define LOAD_F16(p) vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16((const uint16_t *)(p))))
#define LOAD_BF16(p) vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const uint16_t *)(p)), 16))

static inline float reduce(const float32x4_t sums[8]) {
    float32x4_t sixteen[4];
    for (int k = 0; k < 4; k++) sixteen[k] = vaddq_f32(sums[k], sums[k + 4]);
    const float32x4_t four = vaddq_f32(vaddq_f32(sixteen[0], sixteen[2]), vaddq_f32(sixteen[1], sixteen[3]));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

static inline float32x4_t signed_bytes(const uint8_t *p) {
    const int8x8_t bytes = vreinterpret_s8_u32(vdup_n_u32(isobath_load32(p)));
    return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(bytes))));
}

#include "dot_rows.h"

#define LOAD_F8(p) f8e4m3(p)

// Exponent and mantissa stand in a float's place, 2¹²⁰ too small, subnormals too.
static inline float32x4_t f8e4m3(const uint8_t *p) {
    const uint8x8_t bytes = vreinterpret_u8_u32(vdup_n_u32(isobath_load32(p)));
    const uint32x4_t code = vmovl_u16(vget_low_u16(vmovl_u8(bytes)));
    const uint32x4_t magnitude = vandq_u32(code, vdupq_n_u32(0x7F));
    const uint32x4_t is_nan = vceqq_u32(magnitude, vdupq_n_u32(0x7F));
    const float32x4_t size =
        vmulq_f32(vreinterpretq_f32_u32(vshlq_n_u32(magnitude, 20)), vdupq_n_f32(0x1p120f));
    const uint32x4_t sign = vshlq_n_u32(vshrq_n_u32(code, 7), 31);
    const uint32x4_t rest = vorrq_u32(sign, vandq_u32(is_nan, vdupq_n_u32(0x7FC00000)));
    return vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(size), rest));
}

#include "dot_stored.h"

static void add_scaled(float factor, const float *x, float *y, size_t count) {
    const float32x4_t factors = vdupq_n_f32(factor);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) vst1q_f32(y + i, vfmaq_f32(vld1q_f32(y + i), factors, vld1q_f32(x + i)));
    for (; i < count; i++) y[i] = fmaf(factor, x[i], y[i]);
}

// Every 64-bit Arm processor has NEON.
const struct isobath_float_kernels *isobath_float_kernels_neon(void) {
    static const struct isobath_float_kernels kernels = {
        "neon", dot, dot_f8e4m3, dot_rows, dot_rows_f16, dot_rows_bf16, dot_rows_q8_0, add_scaled};
    return &kernels;
}
#else
const struct isobath_float_kernels *isobath_float_kernels_neon(void) { return 0; }
#endif
