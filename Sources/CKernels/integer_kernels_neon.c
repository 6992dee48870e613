#pragma STDC FP_CONTRACT OFF
// Integer products on 128-bit vectors with the dot-product instructions of Armv8.2.
#include "isobath_integer_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "integer_tiles.h"
#include "unpacked.h"

#if defined(__clang__)
#define TARGET __attribute__((target("dotprod")))
#else
#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
#define INLINE TARGET static inline __attribute__((always_inline))

// MARK: One row of activations

INLINE int32x4_t dot_sixteen(int32x4_t sum, const int8_t *a, const int8_t *b) {
    return vdotq_s32(sum, vld1q_s8(a), vld1q_s8(b));
}

INLINE float add_block_of_row256(
    float acc, const struct isobath_unpacked256 *w, const int8_t *x, const int16_t *sums, float dx, int minima) {
    int32x4_t sum = vdupq_n_s32(0), minimum = vdupq_n_s32(0);
    for (int s = 0; s < 16; s++) {
        sum = vmlaq_n_s32(sum, dot_sixteen(vdupq_n_s32(0), w->quants + 16 * s, x + 16 * s), w->scales[s]);
    }
    for (int s = 0; minima != MINIMA_NONE && s < 16; s += 4) {
        minimum = vmlal_s16(minimum, vld1_s16(w->minima + s), vld1_s16(sums + s));
    }
    const int32_t least = vaddvq_s32(minimum), total = vaddvq_s32(sum);
    acc = fmaf(w->d * dx, (float)(minima == MINIMA_OFFSET ? total - least : total), acc);
    return minima == MINIMA_SCALED ? fmaf(-(w->dmin * dx), (float)least, acc) : acc;
}

INLINE float add_block_of_row32(
    float acc, const struct isobath_unpacked32 *w, const int8_t *x, const int16_t *sums, float dx, int offset,
    int has_minimum) {
    const int32_t all = sums[0] + sums[1];
    const int32x4_t half = dot_sixteen(vdupq_n_s32(0), w->quants, x);
    const int32_t sum = vaddvq_s32(dot_sixteen(half, w->quants + 16, x + 16)) - offset * all;
    acc = fmaf(w->d * dx, (float)sum, acc);
    return has_minimum ? fmaf(w->m * dx, (float)all, acc) : acc;
}

#define DEFINE_ROWS(name, bytes, values, unpacked, ADD)                                                            \
    TARGET static void rows_##name(                                                                                \
        const uint8_t *weights, size_t row_bytes, size_t rows, const struct isobath_quantized_row *x,              \
        size_t count, float *out) {                                                                                \
        for (size_t r = 0; r < rows; r++) {                                                                        \
            const uint8_t *w = weights + r * row_bytes;                                                            \
            float acc = 0;                                                                                         \
            for (size_t b = 0; b < count / (values); b++) {                                                        \
                struct unpacked block;                                                                             \
                isobath_unpack_##name(w + b * (bytes), &block);                                                    \
                ADD;                                                                                               \
            }                                                                                                      \
            out[r] = acc;                                                                                          \
        }                                                                                                          \
    }

#define ROWS_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                       \
    DEFINE_ROWS(                                                                                                   \
        name, bytes, 256, isobath_unpacked256,                                                                     \
        acc = add_block_of_row256(acc, &block, x->values + 256 * b, x->sums + 16 * b, x->scales[b], minima))

#define ROWS_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                          \
    DEFINE_ROWS(                                                                                                   \
        name, bytes, 32, isobath_unpacked32,                                                                       \
        acc = add_block_of_row32(                                                                                  \
            acc, &block, x->values + 32 * b, x->sums + 2 * b, x->scales[b], offset, has_minimum))

ISOBATH_FORMATS_256(ROWS_256)
ISOBATH_FORMATS_32(ROWS_32)

// MARK: Tiles

#define ROWS 8
#define BIAS 0
#define COLUMNS 4
#define CHAIN_256(chain) ((chain) == 8 || (chain) == 1 ? 8 : 4)
#define CHAIN_32(chain) 8
#define FORM(name) isobath_tiles_neon_##name

struct block256 {
    int8_t quants[64][4 * ROWS];
    int32_t scales[16][ROWS];
    int16_t minima[8][2 * ROWS];  // those of 16 values beside those of the next 16
    float d[ROWS], dmin[ROWS];
};

struct block32 {
    int8_t quants[8][4 * ROWS];
    float d[ROWS], m[ROWS];
};

INLINE void place_quants(int8_t (*to)[4 * ROWS], const int8_t *quants, int row, int groups) {
    for (int g = 0; g < groups; g++) memcpy(to[g] + 4 * row, quants + 4 * g, 4);
}

INLINE void place256(struct block256 *to, const struct isobath_unpacked256 *block, int row, int minima) {
    place_quants(to->quants, block->quants, row, 64);
    for (int s = 0; s < 16; s++) {
        to->scales[s][row] = block->scales[s];
        if (minima != MINIMA_NONE) to->minima[s / 2][2 * row + s % 2] = block->minima[s];
    }
    to->d[row] = block->d;
    if (minima == MINIMA_SCALED) to->dmin[row] = block->dmin;
}

INLINE void place32(struct block32 *to, const struct isobath_unpacked32 *block, int row, int has_minimum) {
    place_quants(to->quants, block->quants, row, 8);
    to->d[row] = block->d;
    if (has_minimum) to->m[row] = block->m;
}

#define DEFINE_UNPACK(name, bytes, values, BLOCK, unpacked, PLACE)                                                 \
    TARGET static void unpack_##name(                                                                              \
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile) {                      \
        struct BLOCK *to = (struct BLOCK *)tile;                                                                   \
        for (size_t b = 0; b < count / (values); b++, to++) {                                                      \
            for (size_t r = 0; r < ROWS; r++) {                                                                    \
                struct unpacked block;                                                                             \
                isobath_unpack_##name(weights + (r < rows ? r : rows - 1) * row_bytes + b * (bytes), &block);      \
                PLACE;                                                                                             \
            }                                                                                                      \
        }                                                                                                          \
    }

#define UNPACK_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                     \
    DEFINE_UNPACK(name, bytes, 256, block256, isobath_unpacked256, place256(to, &block, (int)r, minima))
#define UNPACK_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                        \
    DEFINE_UNPACK(name, bytes, 32, block32, isobath_unpacked32, place32(to, &block, (int)r, has_minimum))

ISOBATH_FORMATS_256(UNPACK_256)
ISOBATH_FORMATS_32(UNPACK_32)

typedef struct {
    int32x4_t half[2];
} INTS;

typedef struct {
    float32x4_t half[2];
} FLOATS;

#define UNIT_SCALE ints_of(1)

INLINE INTS ints_at(const void *p) { return (INTS){{vld1q_s32((const int32_t *)p), vld1q_s32((const int32_t *)p + 4)}}; }

INLINE INTS ints_of(int32_t value) { return (INTS){{vdupq_n_s32(value), vdupq_n_s32(value)}}; }

INLINE INTS subtract(INTS a, INTS b) {
    return (INTS){{vsubq_s32(a.half[0], b.half[0]), vsubq_s32(a.half[1], b.half[1])}};
}

INLINE FLOATS floats_at(const float *p) { return (FLOATS){{vld1q_f32(p), vld1q_f32(p + 4)}}; }

INLINE FLOATS floats_of(float value) { return (FLOATS){{vdupq_n_f32(value), vdupq_n_f32(value)}}; }

INLINE FLOATS floats_from(INTS a) { return (FLOATS){{vcvtq_f32_s32(a.half[0]), vcvtq_f32_s32(a.half[1])}}; }

INLINE FLOATS multiply(FLOATS a, FLOATS b) {
    return (FLOATS){{vmulq_f32(a.half[0], b.half[0]), vmulq_f32(a.half[1], b.half[1])}};
}

INLINE FLOATS fused(FLOATS a, FLOATS b, FLOATS c) {
    return (FLOATS){{vfmaq_f32(c.half[0], a.half[0], b.half[0]), vfmaq_f32(c.half[1], a.half[1], b.half[1])}};
}

INLINE FLOATS fused_negative(FLOATS a, FLOATS b, FLOATS c) {
    return (FLOATS){{vfmsq_f32(c.half[0], a.half[0], b.half[0]), vfmsq_f32(c.half[1], a.half[1], b.half[1])}};
}

#define fma(a, b, c) fused(a, b, c)
#define fnma(a, b, c) fused_negative(a, b, c)

INLINE INTS pairs_dot(INTS sum, INTS a, const int16_t *x) {
    const int16x4_t two = vreinterpret_s16_s32(vdup_n_s32((int32_t)isobath_load32(x)));
    for (int h = 0; h < 2; h++) {
        const int16x8_t pairs = vreinterpretq_s16_s32(a.half[h]);
        const int32x4_t low = vmull_s16(vget_low_s16(pairs), two), high = vmull_s16(vget_high_s16(pairs), two);
        sum.half[h] = vaddq_s32(sum.half[h], vpaddq_s32(low, high));
    }
    return sum;
}

INLINE INTS add_chain(
    INTS sum, const int8_t (*quants)[4 * ROWS], const int8_t *x, INTS scale, int is_signed, int chain) {
    (void)is_signed;
    INTS total = ints_of(0);
    for (int k = 0; k < chain; k++) {
        const int8x16_t four = vreinterpretq_s8_s32(vdupq_n_s32((int32_t)isobath_load32(x + 4 * k)));
        for (int h = 0; h < 2; h++) total.half[h] = vdotq_s32(total.half[h], vld1q_s8(quants[k] + 16 * h), four);
    }
    for (int h = 0; h < 2; h++) sum.half[h] = vmlaq_s32(sum.half[h], total.half[h], scale.half[h]);
    return sum;
}

INLINE FLOATS load_some(const float *p, size_t rows) {
    float lanes[ROWS] = {0};
    memcpy(lanes, p, rows * sizeof *p);
    return floats_at(lanes);
}

INLINE void store_some(float *p, size_t rows, FLOATS values) {
    float lanes[ROWS];
    vst1q_f32(lanes, values.half[0]);
    vst1q_f32(lanes + 4, values.half[1]);
    memcpy(p, lanes, rows * sizeof *p);
}

#include "integer_tiles_body.h"

// MARK: Table

#define KERNELS(name, values)                                                                                      \
    static const struct isobath_integer_kernels kernels_##name = {values, 0, 0, rows_##name, &isobath_tiles_neon_##name};
#define KERNELS_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain) KERNELS(name, 256)
#define KERNELS_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain) KERNELS(name, 32)
ISOBATH_FORMATS_256(KERNELS_256)
ISOBATH_FORMATS_32(KERNELS_32)

#define CASE_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;
#define CASE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;

static int has_dot_products(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
    // Every Apple processor that runs macOS on Arm has them.
    return 1;
#endif
}

const struct isobath_integer_kernels *isobath_integer_kernels_neon(enum isobath_element_type type) {
    if (!has_dot_products()) return 0;
    switch (type) {
        ISOBATH_FORMATS_256(CASE_256)
        ISOBATH_FORMATS_32(CASE_32)
    default: return 0;
    }
}
#else
const struct isobath_integer_kernels *isobath_integer_kernels_neon(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
