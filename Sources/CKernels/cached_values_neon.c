#pragma STDC FP_CONTRACT OFF
// Cached Q8_0 rows made ready for sums in whole numbers, and the sums without dot products.
#if defined(__aarch64__)
#define TARGET
#define ADD_FOURS(sum, values, weights, lane)                                                                      \
    add_fours(sum, values, vdupq_laneq_s32(vreinterpretq_s32_s8(weights), lane))
#include "fours_neon.h"
#include "mix_values_neon.h"

void isobath_mix_values_neon_plain(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed, size_t width,
    const float *factors, float *sums, size_t stride) {
    mix_all(weights, counts, lanes, scales, packed, width, factors, sums, stride);
}

// MARK: Packing

INLINE float32x4_t scales_of_four_blocks(const uint8_t *row, size_t first, size_t blocks) {
    uint16_t bits[4] = {0};
    for (size_t i = 0; i < 4 && first + i < blocks; i++) bits[i] = isobath_load16(row + 34 * (first + i));
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(bits)));
}

// As `isobath_row_scale`: the largest of numbers with one that is none among them is none.
static float row_scale(const uint8_t *row, size_t width, int16_t *ratios) {
    const size_t blocks = width / ISOBATH_VALUE_BLOCK;
    float32x4_t most = vdupq_n_f32(0);
    for (size_t b = 0; b < blocks; b += 4) most = vmaxq_f32(most, scales_of_four_blocks(row, b, blocks));
    const float largest = vmaxvq_f32(most);
    const float factor = largest > 0 && largest < INFINITY ? 32767.0f / largest : 0.0f;
    for (size_t b = 0; b < blocks; b += 4) {
        const float32x4_t ratio = vmulq_n_f32(scales_of_four_blocks(row, b, blocks), factor);
        // What is no number, from infinity times 0, becomes 0.
        const float32x4_t bounded = vminq_f32(vmaxnmq_f32(ratio, vdupq_n_f32(0)), vdupq_n_f32(32767));
        vst1_s16(ratios + b, vmovn_s32(vcvtnq_s32_f32(bounded)));
    }
    return largest;
}

// 16 values at their part of the row's scale: value · ratio / 2¹⁵, rounded once.
INLINE int8x16_t scaled(const uint8_t *values, int16_t ratio) {
    const int8x16_t bytes = vld1q_s8((const int8_t *)values);
    const int16x8_t low = vqrdmulhq_n_s16(vmovl_s8(vget_low_s8(bytes)), ratio);
    return vcombine_s8(vmovn_s16(low), vmovn_s16(vqrdmulhq_n_s16(vmovl_high_s8(bytes), ratio)));
}

void isobath_pack_values_neon(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales) {
    static const uint8_t nothing[34];
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j += 4) {
        int16_t ratios[4][ISOBATH_MOST_VALUES / ISOBATH_VALUE_BLOCK];
        for (size_t i = 0; i < 4; i++) {
            scales[j + i] = j + i < count ? row_scale(rows + (j + i) * row_bytes, width, ratios[i]) : 0;
        }
        for (size_t b = 0; b < width / ISOBATH_VALUE_BLOCK; b++) {
            int8x16x4_t low, high;
            UNROLL for (size_t i = 0; i < 4; i++) {
                const int is_there = j + i < count;
                const uint8_t *const values = (is_there ? rows + (j + i) * row_bytes + 34 * b : nothing) + 2;
                const int16_t ratio = is_there ? ratios[i][b] : 0;
                low.val[i] = scaled(values, ratio);
                high.val[i] = scaled(values + 16, ratio);
            }
            int8_t *const to = packed + (b * 16 + j / 4) * 4 * ISOBATH_VALUE_BLOCK;
            vst4q_s8(to, low);
            vst4q_s8(to + 64, high);
        }
    }
}
#endif
