// One row of activations with four weight rows at a time. The file that includes this has defined TARGET, and
//   DOT(sum, a, b)   sum + the products of 16 signed bytes, in any lanes; |b| ≤ 127.
//
// A row's products are four 32-bit sums in any lanes. Those of four rows are added up crosswise into one vector, a lane
// for each row, in which the floats are combined.
#include "integer_blocks_neon.h"

// MARK: Blocks of 256: the sums of a row, and those of its minima

INLINE int32x4_t dot_sixteen(int8x16_t quants, const int8_t *x) { return DOT(vdupq_n_s32(0), quants, vld1q_s8(x)); }

INLINE int32x4_t dot_thirty_two(struct thirty_two quants, const int8_t *x) {
    return DOT(dot_sixteen(quants.low, x), quants.high, vld1q_s8(x + 16));
}

// Widened before a lane of them is used; clang would rather copy each lane and widen the copies.
INLINE int32x4_t widened(int16x4_t scales) {
    int32x4_t wide = vmovl_s16(scales);
    __asm__("" : "+w"(wide));
    return wide;
}

INLINE int32x4_t low_scales(int16x8_t scales) { return widened(vget_low_s16(scales)); }

INLINE int32x4_t high_scales(int16x8_t scales) { return widened(vget_high_s16(scales)); }

// 64 values with a scale for every 16.
INLINE int32x4_t add_sixteens(
    int32x4_t sum, struct thirty_two first, struct thirty_two second, const int8_t *x, int32x4_t scales) {
    sum = vmlaq_laneq_s32(sum, dot_sixteen(first.low, x), scales, 0);
    sum = vmlaq_laneq_s32(sum, dot_sixteen(first.high, x + 16), scales, 1);
    sum = vmlaq_laneq_s32(sum, dot_sixteen(second.low, x + 32), scales, 2);
    return vmlaq_laneq_s32(sum, dot_sixteen(second.high, x + 48), scales, 3);
}

#define SUM_OF_SIXTEENS(name, from, factors)                                                                       \
    int32x4_t sum = from;                                                                                          \
    const int32x4_t a = low_scales((factors).scales[0]), b = high_scales((factors).scales[0]);                     \
    const int32x4_t c = low_scales((factors).scales[1]), d = high_scales((factors).scales[1]);                     \
    sum = add_sixteens(sum, quants_##name(block, 0), quants_##name(block, 1), x, a);                               \
    sum = add_sixteens(sum, quants_##name(block, 2), quants_##name(block, 3), x + 64, b);                          \
    sum = add_sixteens(sum, quants_##name(block, 4), quants_##name(block, 5), x + 128, c);                         \
    return add_sixteens(sum, quants_##name(block, 6), quants_##name(block, 7), x + 192, d);

#define SUM_OF_THIRTY_TWOS(name, factors)                                                                          \
    const int32x4_t a = low_scales((factors).scales[0]), b = high_scales((factors).scales[0]);                     \
    int32x4_t sum = vmulq_laneq_s32(dot_thirty_two(quants_##name(block, 0), x), a, 0);                             \
    sum = vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 1), x + 32), a, 1);                             \
    sum = vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 2), x + 64), a, 2);                             \
    sum = vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 3), x + 96), a, 3);                             \
    sum = vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 4), x + 128), b, 0);                            \
    sum = vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 5), x + 160), b, 1);                            \
    sum = vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 6), x + 192), b, 2);                            \
    return vmlaq_laneq_s32(sum, dot_thirty_two(quants_##name(block, 7), x + 224), b, 3);

INLINE int32x4_t eight_products(int32x4_t sum, int16x8_t a, int16x8_t b) {
    return vmlal_high_s16(vmlal_s16(sum, vget_low_s16(a), vget_low_s16(b)), a, b);
}

// A factor for every 16 values times the sums of the activations.
INLINE int32x4_t sixteen_products(const int16x8_t factors[2], const int16_t *sums) {
    return eight_products(eight_products(vdupq_n_s32(0), factors[0], vld1q_s16(sums)), factors[1], vld1q_s16(sums + 8));
}

INLINE int32x4_t sum_q2_k(const uint8_t *block, const int8_t *x, const int16_t *sums, int32x4_t *minimum) {
    const struct group_factors factors = factors_q2_k(block);
    *minimum = sixteen_products(factors.minima, sums);
    SUM_OF_SIXTEENS(q2_k, vdupq_n_s32(0), factors)
}

// Quants are stored too large by an offset, whose products are known beforehand.
INLINE int32x4_t sum_q3_k(const uint8_t *block, const int8_t *x, const int16_t *sums, int32x4_t *minimum) {
    (void)minimum;
    const struct group_factors factors = factors_q3_k(block);
    SUM_OF_SIXTEENS(q3_k, vmulq_n_s32(sixteen_products(factors.scales, sums), -OFFSET_q3_k), factors)
}

INLINE int32x4_t sum_q6_k(const uint8_t *block, const int8_t *x, const int16_t *sums, int32x4_t *minimum) {
    (void)minimum;
    const struct group_factors factors = factors_q6_k(block);
    SUM_OF_SIXTEENS(q6_k, vmulq_n_s32(sixteen_products(factors.scales, sums), -OFFSET_q6_k), factors)
}

// Minima for every 32 values.
INLINE int32x4_t eight_minima(const struct group_factors *factors, const int16_t *sums) {
    return eight_products(vdupq_n_s32(0), factors->minima[0], vpaddq_s16(vld1q_s16(sums), vld1q_s16(sums + 8)));
}

INLINE int32x4_t sum_q4_k(const uint8_t *block, const int8_t *x, const int16_t *sums, int32x4_t *minimum) {
    const struct group_factors factors = factors_q4_k(block);
    *minimum = eight_minima(&factors, sums);
    SUM_OF_THIRTY_TWOS(q4_k, factors)
}

INLINE int32x4_t sum_q5_k(const uint8_t *block, const int8_t *x, const int16_t *sums, int32x4_t *minimum) {
    const struct group_factors factors = factors_q5_k(block);
    *minimum = eight_minima(&factors, sums);
    SUM_OF_THIRTY_TWOS(q5_k, factors)
}

INLINE int32x4_t sum_iq4_xs(const uint8_t *block, const int8_t *x, const int16_t *sums, int32x4_t *minimum) {
    (void)sums, (void)minimum;
    const struct group_factors factors = factors_iq4_xs(block);
    SUM_OF_THIRTY_TWOS(iq4_xs, factors)
}

// MARK: Rows

// Lane r: the sum of the lanes of sums[r].
INLINE int32x4_t add_crosswise(const int32x4_t sums[4]) {
    return vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
}

// The half floats at `at` in each of four blocks.
INLINE float32x4_t halves(const uint8_t *const blocks[4], size_t at) {
    uint16x4_t bits = vdup_n_u16(isobath_load16(blocks[0] + at));
    bits = vset_lane_u16(isobath_load16(blocks[1] + at), bits, 1);
    bits = vset_lane_u16(isobath_load16(blocks[2] + at), bits, 2);
    bits = vset_lane_u16(isobath_load16(blocks[3] + at), bits, 3);
    return vcvt_f32_f16(vreinterpret_f16_u16(bits));
}

// Row r of four; where there are fewer, the last one stands for those that are missing.
INLINE void find_rows(const uint8_t *rows[4], const uint8_t *weights, size_t row_bytes, size_t count) {
    for (size_t r = 0; r < 4; r++) rows[r] = weights + (r < count ? r : count - 1) * row_bytes;
}

INLINE void store_four(float *out, float32x4_t values, size_t count) {
    float lanes[4];
    vst1q_f32(lanes, values);
    memcpy(out, lanes, count * sizeof *out);
}

#define ROWS_256(name, TYPE, bytes, d_at, dmin_at, minima, ...)                                                    \
    INLINE void four_##name(                                                                                       \
        const uint8_t *rows[4], const struct isobath_quantized_row *x, size_t blocks, float *out, size_t count) {  \
        float32x4_t acc = vdupq_n_f32(0);                                                                          \
        for (size_t b = 0; b < blocks; b++) {                                                                      \
            int32x4_t sums[4], minimum[4];                                                                         \
            _Pragma("clang loop unroll(disable)") for (int r = 0; r < 4; r++) {                                    \
                sums[r] = sum_##name(rows[r], x->values + 256 * b, x->sums + 16 * b, &minimum[r]);                 \
            }                                                                                                      \
            const float dx = x->scales[b];                                                                         \
            acc = vfmaq_f32(acc, vmulq_n_f32(halves(rows, d_at), dx), vcvtq_f32_s32(add_crosswise(sums)));         \
            if (minima == MINIMA_SCALED) {                                                                         \
                const float32x4_t least = vcvtq_f32_s32(add_crosswise(minimum));                                   \
                acc = vfmsq_f32(acc, vmulq_n_f32(halves(rows, dmin_at), dx), least);                               \
            }                                                                                                      \
            for (int r = 0; r < 4; r++) rows[r] += (bytes);                                                        \
        }                                                                                                          \
        store_four(out, acc, count);                                                                               \
    }                                                                                                              \
    DEFINE_ROWS(name, 256)

#define ROWS_32(name, TYPE, bytes, offset, has_minimum, ...)                                                       \
    INLINE void four_##name(                                                                                       \
        const uint8_t *rows[4], const struct isobath_quantized_row *x, size_t blocks, float *out, size_t count) {  \
        float32x4_t acc = vdupq_n_f32(0);                                                                          \
        for (size_t b = 0; b < blocks; b++) {                                                                      \
            int32x4_t sums[4];                                                                                     \
            for (int r = 0; r < 4; r++) sums[r] = dot_thirty_two(quants_##name(rows[r]), x->values + 32 * b);      \
            const int32_t all = x->sums[2 * b] + x->sums[2 * b + 1];                                               \
            const int32x4_t sum = vsubq_s32(add_crosswise(sums), vdupq_n_s32((offset) * all));                     \
            const float dx = x->scales[b];                                                                         \
            acc = vfmaq_f32(acc, vmulq_n_f32(halves(rows, 0), dx), vcvtq_f32_s32(sum));                            \
            if (has_minimum) acc = vfmaq_n_f32(acc, vmulq_n_f32(halves(rows, 2), dx), (float)all);                 \
            for (int r = 0; r < 4; r++) rows[r] += (bytes);                                                        \
        }                                                                                                          \
        store_four(out, acc, count);                                                                               \
    }                                                                                                              \
    DEFINE_ROWS(name, 32)

#define DEFINE_ROWS(name, values)                                                                                  \
    TARGET static void rows_##name(                                                                                \
        const uint8_t *weights, size_t row_bytes, size_t rows, const struct isobath_quantized_row *x,              \
        size_t count, float *out, const uint8_t *next) {                                                           \
        (void)next;                                                                                                \
        for (size_t r = 0; r < rows; r += 4) {                                                                     \
            const size_t some = rows - r < 4 ? rows - r : 4;                                                       \
            const uint8_t *four[4];                                                                                \
            find_rows(four, weights + r * row_bytes, row_bytes, some);                                             \
            four_##name(four, x, count / (values), out + r, some);                                                 \
        }                                                                                                          \
    }

ISOBATH_FORMATS_256(ROWS_256)
ISOBATH_FORMATS_32(ROWS_32)
