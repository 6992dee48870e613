// Weighted sums of cached Q8_0 rows on 128-bit vectors. The file that includes this has defined TARGET, and
//   ADD_FOURS(sum, values, weights, lane)   sum + values · weights: in lane i the products of values 4i ... 4i + 3 with
//                                           the four bytes in 32-bit lane `lane` of the weights.
//
// Weights have no sign, and the instructions want one: 128 is subtracted from them, and 128 times the sums of the values
// added.
#include <arm_neon.h>

#include "attention_neon.h"
#include "cached_values.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

// As `isobath_round_weights`, less 128.
TARGET static float round_weights(
    const float *weights, size_t count, const float *scales, int8_t rounded[ISOBATH_ATTENTION_TILE]) {
    float products[ISOBATH_ATTENTION_TILE];
    float32x4_t most = vdupq_n_f32(0);
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j += 4) {
        vst1q_f32(products + j, vmulq_f32(vld1q_f32(weights + j), vld1q_f32(scales + j)));
    }
    for (size_t j = count; j < ISOBATH_ATTENTION_TILE; j++) products[j] = 0;
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j += 4) most = vmaxq_f32(most, vld1q_f32(products + j));
    const float largest = vmaxvq_f32(most);
    const int is_usable = largest >= 1e-30f && largest < INFINITY;
    const float factor = is_usable ? 255.0f / largest : 0.0f;
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j += 16) {
        uint16x4_t codes[4];
        for (size_t i = 0; i < 4; i++) {
            codes[i] = vmovn_u32(vcvtnq_u32_f32(vmulq_n_f32(vld1q_f32(products + j + 4 * i), factor)));
        }
        const uint8x8_t low = vmovn_u16(vcombine_u16(codes[0], codes[1]));
        const uint8x16_t all = vcombine_u8(low, vmovn_u16(vcombine_u16(codes[2], codes[3])));
        vst1q_s8(rounded + j, vreinterpretq_s8_u8(veorq_u8(is_usable ? all : vdupq_n_u8(0), vdupq_n_u8(128))));
    }
    return is_usable || largest != largest || largest == INFINITY ? largest / 255.0f : 0.0f;
}

// A half of a block's columns, of which a vector of values has four.
#define COLUMNS 16
#define VECTORS (COLUMNS / 4)
// Lanes whose sums stay in registers.
#define LANES 4

// Four rows of values with weights that are in lane `lane` of `four[i]`.
#define ADD_ROWS(lane)                                                                                             \
    {                                                                                                              \
        int8x16_t values[VECTORS];                                                                                 \
        UNROLL for (int v = 0; v < VECTORS; v++) values[v] = vld1q_s8(packed + 128 * (j + (lane)) + 16 * v);       \
        UNROLL for (int i = 0; i < lanes; i++) {                                                                   \
            UNROLL for (int v = 0; v < VECTORS; v++) {                                                             \
                totals[i][v] = ADD_FOURS(totals[i][v], values[v], four[i], lane);                                  \
            }                                                                                                      \
        }                                                                                                          \
    }

// `start` and what the lanes' weights give for 16 columns.
INLINE void mix_columns(
    const int8_t rounded[][ISOBATH_ATTENTION_TILE], const int8_t *packed, const int32x4_t start[VECTORS],
    int32x4_t totals[LANES][VECTORS], int lanes) {
    UNROLL for (int i = 0; i < lanes; i++) {
        UNROLL for (int v = 0; v < VECTORS; v++) totals[i][v] = start[v];
    }
    _Pragma("clang loop unroll(disable)") for (int j = 0; j < ISOBATH_ATTENTION_TILE / 4; j += 4) {
        int8x16_t four[LANES];
        UNROLL for (int i = 0; i < lanes; i++) four[i] = vld1q_s8(rounded[i] + 4 * j);
        ADD_ROWS(0)
        ADD_ROWS(1)
        ADD_ROWS(2)
        ADD_ROWS(3)
    }
}

INLINE void mix_lanes(
    const int8_t rounded[][ISOBATH_ATTENTION_TILE], const float *units, const int8_t *packed,
    const int32x4_t start[VECTORS], const float *factors, float *sums, size_t stride, int lanes) {
    int32x4_t totals[LANES][VECTORS];
    mix_columns(rounded, packed, start, totals, lanes);
    UNROLL for (int i = 0; i < lanes; i++) {
        UNROLL for (int v = 0; v < VECTORS; v++) {
            float *const to = sums + (size_t)i * stride + 4 * v;
            const float32x4_t earlier = vmulq_n_f32(vld1q_f32(to), factors[i]);
            vst1q_f32(to, vfmaq_n_f32(earlier, vcvtq_f32_s32(totals[i][v]), units[i]));
        }
    }
}

// At most `MOST_MIXED` lanes.
#define MOST_MIXED 32
TARGET static void mix_some(
    const int8_t rounded[MOST_MIXED][ISOBATH_ATTENTION_TILE], const float units[MOST_MIXED], size_t lanes,
    const int8_t *packed, size_t width, const float *factors, float *sums, size_t stride) {
    // 128 of every row, in two parts, since a signed byte holds no more than 127.
    int8_t all[1][ISOBATH_ATTENTION_TILE];
    memset(all, 64, sizeof all);
    for (size_t column = 0; column < width; column += COLUMNS) {
        const int8_t *const values =
            packed + column / ISOBATH_VALUE_BLOCK * 64 * ISOBATH_VALUE_BLOCK + column % ISOBATH_VALUE_BLOCK * 4;
        int32x4_t start[VECTORS], once[LANES][VECTORS];
        UNROLL for (int v = 0; v < VECTORS; v++) start[v] = vdupq_n_s32(0);
        mix_columns(all, values, start, once, 1);
        UNROLL for (int v = 0; v < VECTORS; v++) start[v] = vshlq_n_s32(once[0][v], 1);
        size_t i = 0;
        for (; i + LANES <= lanes; i += LANES) {
            mix_lanes(rounded + i, units + i, values, start, factors + i, sums + i * stride + column, stride, LANES);
        }
        if (lanes - i >= 2) {
            mix_lanes(rounded + i, units + i, values, start, factors + i, sums + i * stride + column, stride, 2);
            i += 2;
        }
        if (lanes > i) mix_lanes(rounded + i, units + i, values, start, factors + i, sums + i * stride + column, stride, 1);
    }
}

TARGET static void mix_all(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed,
    size_t width, const float *factors, float *sums, size_t stride) {
    for (size_t lane = 0; lane < lanes; lane += MOST_MIXED) {
        int8_t rounded[MOST_MIXED][ISOBATH_ATTENTION_TILE];
        float units[MOST_MIXED];
        const size_t some = lanes - lane < MOST_MIXED ? lanes - lane : MOST_MIXED;
        for (size_t i = 0; i < some; i++) {
            units[i] = round_weights(
                weights + (lane + i) * ISOBATH_ATTENTION_TILE, counts[lane + i], scales, rounded[i]);
        }
        mix_some(rounded, units, some, packed, width, factors + lane, sums + lane * stride, stride);
    }
}
