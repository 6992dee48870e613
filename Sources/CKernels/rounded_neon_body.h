// Rounded rows and tiles on 64-bit Arm. The file that includes this has defined TARGET and
//   ADD_FOURS(sums, columns, fours, lane)   sums + products of four bytes in each lane of `columns` with those in lane
//                                           `lane` of `fours`.
#include <arm_neon.h>

#define TILE_OFFSET 0
#include "rounded_loops.h"
#include "rounded_plain.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
// Rows and vectors of 4 columns that are multiplied at a time.
#define ROWS 4
#define VECTORS 4

#define ADD_GROUP(lane)                                                                                            \
    {                                                                                                              \
        int8x16_t columns[VECTORS];                                                                                \
        UNROLL for (int v = 0; v < VECTORS; v++) {                                                                 \
            columns[v] = vld1q_s8((const int8_t *)tile + TILE * (i + 4 * (lane)) + 16 * v);                        \
        }                                                                                                          \
        UNROLL for (int r = 0; r < rows; r++) {                                                                    \
            UNROLL for (int v = 0; v < VECTORS; v++) sums[r][v] = ADD_FOURS(sums[r][v], columns[v], fours[r], lane); \
        }                                                                                                          \
    }

INLINE void multiply_rows(
    const int8_t *values, size_t row_bytes, const float *scales, const uint8_t *tile, const float *tile_scales,
    size_t width, int continues, float *out, size_t out_stride, int rows) {
    int32x4_t sums[ROWS][VECTORS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < VECTORS; v++) sums[r][v] = vdupq_n_s32(0);
    }
    for (size_t i = 0; i < width; i += 16) {
        int8x16_t fours[ROWS];
        UNROLL for (int r = 0; r < rows; r++) fours[r] = vld1q_s8(values + (size_t)r * row_bytes + i);
        ADD_GROUP(0)
        ADD_GROUP(1)
        ADD_GROUP(2)
        ADD_GROUP(3)
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < VECTORS; v++) {
            float *const to = out + (size_t)r * out_stride + 4 * v;
            const float32x4_t scale = vmulq_n_f32(vld1q_f32(tile_scales + 4 * v), scales[r]);
            const float32x4_t sum = vcvtq_f32_s32(sums[r][v]);
            vst1q_f32(to, continues ? vfmaq_f32(vld1q_f32(to), scale, sum) : vmulq_f32(scale, sum));
        }
    }
}

TARGET static void multiply(
    const int8_t *values, size_t row_bytes, const float *scales, const int32_t *starts, size_t m, const uint8_t *tile,
    const float *tile_scales, size_t width, int continues, float *out, size_t out_stride) {
    (void)starts;
    for (size_t column = 0; column < TILE; column += 4 * VECTORS) {
        const uint8_t *const part = tile + 4 * column;
        size_t r = 0;
        for (; r + ROWS <= m; r += ROWS) {
            multiply_rows(
                values + r * row_bytes, row_bytes, scales + r, part, tile_scales + column, width, continues,
                out + r * out_stride + column, out_stride, ROWS);
        }
        for (; r < m; r++) {
            multiply_rows(
                values + r * row_bytes, row_bytes, scales + r, part, tile_scales + column, width, continues,
                out + r * out_stride + column, out_stride, 1);
        }
    }
}
