#pragma STDC FP_CONTRACT OFF
#include "isobath_attention_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define TARGET
#define VECTOR float32x4_t
#define INTEGERS int32x4_t
#define WIDTH 4
#define STRIP 16
#define STRIP_OF_TWO 32
#define STRIP_OF_ONE 64
#define LOAD(p) vld1q_f32(p)
#define STORE(p, v) vst1q_f32(p, v)
#define SPLAT(x) vdupq_n_f32(x)
#define FMA(a, b, c) vfmaq_f32(c, a, b)
#define ADD(a, b) vaddq_f32(a, b)
#define SUB(a, b) vsubq_f32(a, b)
#define MUL(a, b) vmulq_f32(a, b)
#define DIV(a, b) vdivq_f32(a, b)
#define LARGER(a, b) larger(a, b)
#define UNLESS_BELOW(x, least, v) vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(v), vcltq_f32(x, least)))
#define AS_INTEGERS(v) vreinterpretq_s32_f32(v)
#define AS_FLOATS(i) vreinterpretq_f32_s32(i)
#define SPLAT_INTEGER(x) vdupq_n_s32(x)
#define ADD_INTEGERS(a, b) vaddq_s32(a, b)
#define SUB_INTEGERS(a, b) vsubq_s32(a, b)
#define HALVE_INTEGERS(i) vshrq_n_s32(i, 1)
#define TO_EXPONENT(i) vshlq_n_s32(i, 23)

// Evaluates each argument once, and takes the second if either is NaN.
static inline float32x4_t larger(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }

#include "attention_loops.h"
#include "cached_values.h"
#include "attention_plain.h"
#include "half.h"

static void decode_f16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        size_t i = 0;
        for (; i + 4 <= count; i += 4) {
            vst1q_f32(target + i, vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(source + 2 * i))));
        }
        for (; i < count; i++) target[i] = isobath_load_half(source + 2 * i);
    }
}

// Every 64-bit Arm processor has NEON.
TARGET static void pack_values(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales) {
    isobath_pack_values_plainly(rows, row_bytes, count, width, packed, scales);
}

TARGET static void mix_values(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed,
    size_t width, float *sums) {
    isobath_mix_values_plainly(weights, counts, lanes, scales, packed, width, sums);
}

const struct isobath_attention_kernels *isobath_attention_kernels_neon(void) {
    static const struct isobath_attention_kernels kernels = {
        "neon", decode_f16, decode_bf16, decode_q8_0, pack, multiply, soften, merge, pack_values, mix_values, exponentials, gate};
    return &kernels;
}
#else
const struct isobath_attention_kernels *isobath_attention_kernels_neon(void) { return 0; }
#endif
