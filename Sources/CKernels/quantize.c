#pragma STDC FP_CONTRACT OFF
// Activations to 8 bits. One source for every processor: the operations are exact or rounded one by one, so that the
// vectors which the compiler makes of them give the same bits.
#include "half.h"
#include "isobath_integer_kernels.h"

#define INLINE static inline __attribute__((always_inline))

// Integers order the magnitudes of floats, with everything that is no finite number above.
INLINE uint32_t largest_magnitude(const float *x, size_t count) {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t magnitude = isobath_bits_of_float(x[i]) & 0x7FFFFFFFu;
        largest = magnitude > largest ? magnitude : largest;
    }
    return largest;
}

// Adding 1.5 · 2²³ leaves the whole number in the low bits, rounded to nearest even by the addition itself.
INLINE uint32_t rounded(float value) { return isobath_bits_of_float(value + 0x1.8p23f) - 0x4B400000u; }

INLINE void quantize_block(const float *x, size_t block, int8_t *values, float *scale, int16_t *sums) {
    const uint32_t bits = largest_magnitude(x, block);
    const float largest = isobath_float_from_bits(bits);
    const int is_finite = bits < 0x7F800000u, is_zero = !is_finite || largest < 1e-30f;
    *scale = is_finite ? (is_zero ? 0.0f : largest / 127.0f) : isobath_float_from_bits(0x7FC00000u);
    const float factor = is_zero ? 0.0f : 127.0f / largest;
    // A mask, not a choice, so that compilers make vectors of it.
    const uint32_t kept = is_zero ? 0 : 255;
    for (size_t i = 0; i < block; i++) values[i] = (int8_t)(rounded(x[i] * factor) & kept);
    for (size_t group = 0; group < block / 16; group++) {
        int sum = 0;
        for (size_t i = 0; i < 16; i++) sum += values[16 * group + i];
        sums[group] = (int16_t)sum;
    }
}

INLINE void quantize_row(
    const float *x, size_t count, size_t block, int8_t *values, float *scales, int16_t *sums) {
    for (size_t b = 0; b < count / block; b++) {
        quantize_block(x + b * block, block, values + b * block, scales + b, sums + b * block / 16);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void quantize_row_avx2(
    const float *x, size_t count, size_t block, int8_t *values, float *scales, int16_t *sums) {
    if (block == 256) {
        quantize_row(x, count, 256, values, scales, sums);
    } else {
        quantize_row(x, count, 32, values, scales, sums);
    }
}
#endif

void isobath_quantize_row(
    const float *x, size_t count, size_t block, int8_t *values, float *scales, int16_t *sums) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        quantize_row_avx2(x, count, block, values, scales, sums);
        return;
    }
#endif
    quantize_row(x, count, block, values, scales, sums);
}
