#pragma STDC FP_CONTRACT OFF
#include "isobath_attention_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#include "vectors_neon.h"
#include "attention_loops.h"
#include "attention_neon.h"
#include "half.h"
#include "integer_neon.h"
#include "isobath_decode.h"

// MARK: Decoding

static void decode_f16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        size_t i = 0;
        for (; i + 32 <= count; i += 32) {
            for (size_t j = i; j < i + 32; j += 8) {
                const float16x8_t halves = vreinterpretq_f16_u8(vld1q_u8(source + 2 * j));
                vst1q_f32(target + j, vcvt_f32_f16(vget_low_f16(halves)));
                vst1q_f32(target + j + 4, vcvt_high_f32_f16(halves));
            }
        }
        for (; i < count; i++) target[i] = isobath_load_half(source + 2 * i);
    }
}

// Of this, compilers make the vectors themselves.
static void decode_bf16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++) {
        isobath_decode_row(ISOBATH_BF16, source + r * row_bytes, target + r * stride, count);
    }
}

static inline float scale_at(const uint8_t *block) {
    return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(isobath_load16(block)))), 0);
}

static inline void decode_four(int16x4_t codes, float scale, float *target) {
    vst1q_f32(target, vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(codes)), scale));
}

static void decode_q8_0(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        const uint8_t *block = source;
        for (size_t i = 0; i < count; i += 32, block += 34) {
            const float scale = scale_at(block);
            for (size_t j = 0; j < 32; j += 8) {
                const int16x8_t codes = vmovl_s8(vld1_s8((const int8_t *)block + 2 + j));
                decode_four(vget_low_s16(codes), scale, target + i + j);
                decode_four(vget_high_s16(codes), scale, target + i + j + 4);
            }
        }
    }
}

// MARK: Packing

static inline float32x4_t low_pairs(float32x4_t a, float32x4_t b) {
    return vreinterpretq_f32_f64(vtrn1q_f64(vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b)));
}

static inline float32x4_t high_pairs(float32x4_t a, float32x4_t b) {
    return vreinterpretq_f32_f64(vtrn2q_f64(vreinterpretq_f64_f32(a), vreinterpretq_f64_f32(b)));
}

// Values i ..< i + 4 of four rows, turned: out + 16 · j gets value i + j of each.
static inline void pack_four(const float *const rows[4], size_t i, float *out) {
    const float32x4_t a = vld1q_f32(rows[0] + i), b = vld1q_f32(rows[1] + i);
    const float32x4_t c = vld1q_f32(rows[2] + i), d = vld1q_f32(rows[3] + i);
    const float32x4_t even = vtrn1q_f32(a, b), odd = vtrn2q_f32(a, b);
    const float32x4_t next_even = vtrn1q_f32(c, d), next_odd = vtrn2q_f32(c, d);
    vst1q_f32(out, low_pairs(even, next_even));
    vst1q_f32(out + PANEL, low_pairs(odd, next_odd));
    vst1q_f32(out + 2 * PANEL, high_pairs(even, next_even));
    vst1q_f32(out + 3 * PANEL, high_pairs(odd, next_odd));
}

static void pack(const float *rows, size_t stride, size_t count, size_t width, float *packed) {
    for (size_t first = 0; first < count; first += PANEL, packed += PANEL * width) {
        const float *columns[PANEL];
        for (size_t j = 0; j < PANEL; j++) {
            columns[j] = rows + (first + j < count ? first + j : count - 1) * stride;
        }
        size_t i = 0;
        for (; i + 4 <= width; i += 4) {
            for (size_t j = 0; j < PANEL; j += 4) pack_four(columns + j, i, packed + PANEL * i + j);
        }
        for (; i < width; i++) {
            for (size_t j = 0; j < PANEL; j++) packed[PANEL * i + j] = columns[j][i];
        }
    }
}

#define KERNELS(mix_values)                                                                                        \
    {"neon", decode_f16, decode_bf16, decode_q8_0, pack, multiply, soften, merge, isobath_pack_values_neon,        \
     mix_values, exponentials, gate}

const struct isobath_attention_kernels *isobath_attention_kernels_neon_plain(void) {
    static const struct isobath_attention_kernels kernels = KERNELS(isobath_mix_values_neon_plain);
    return &kernels;
}

const struct isobath_attention_kernels *isobath_attention_kernels_neon_dot(void) {
    static const struct isobath_attention_kernels kernels = KERNELS(isobath_mix_values_neon_dot);
    return isobath_arm_has_dot_products() ? &kernels : 0;
}

// Every 64-bit Arm processor has NEON.
const struct isobath_attention_kernels *isobath_attention_kernels_neon(void) {
    const struct isobath_attention_kernels *const kernels = isobath_attention_kernels_neon_dot();
    return kernels ? kernels : isobath_attention_kernels_neon_plain();
}
#else
const struct isobath_attention_kernels *isobath_attention_kernels_neon(void) { return 0; }
#endif
