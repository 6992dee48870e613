#pragma once
// What the loops over floats are written in, for 64-bit Arm: vectors of 4 lanes.
#include <arm_neon.h>
#include <string.h>

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
#define SQRT(a) vsqrtq_f32(a)
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
