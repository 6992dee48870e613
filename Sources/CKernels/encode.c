#pragma STDC FP_CONTRACT OFF
#include "isobath_encode.h"

#include "half.h"

void isobath_encode_row_f16(const float *source, void *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint16_t half = isobath_half_from_float(source[i]);
        memcpy((uint8_t *)target + 2 * i, &half, 2);
    }
}

void isobath_encode_row_bf16(const float *source, void *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint16_t bits = isobath_bfloat_from_float(source[i]);
        memcpy((uint8_t *)target + 2 * i, &bits, 2);
    }
}

void isobath_encode_row_f8e4m3(const float *source, void *target, size_t count) {
    for (size_t i = 0; i < count; i++) ((uint8_t *)target)[i] = isobath_f8e4m3_from_float(source[i]);
}

// x to the nearest whole number, halves away from zero, as `roundf` but in operations that become vectors: what `v` has
// beyond the whole part is exact.
static inline __attribute__((always_inline)) int32_t rounded_away(float v) {
    const int32_t whole = (int32_t)v;
    const float rest = v - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

// The largest of 32 magnitudes but those that are no number. Integers order them as floats do, and become vectors.
static inline __attribute__((always_inline)) float largest_magnitude(const float *x) {
    uint32_t largest = 0;
    for (size_t i = 0; i < 32; i++) {
        const uint32_t bits = isobath_bits_of_float(x[i]) & 0x7FFFFFFFu;
        const uint32_t magnitude = bits > 0x7F800000u ? 0 : bits;
        largest = magnitude > largest ? magnitude : largest;
    }
    return isobath_float_from_bits(largest);
}

static inline __attribute__((always_inline)) void encode_q8_0(const float *source, uint8_t *target, size_t count) {
    for (size_t start = 0; start < count; start += 32, target += 34) {
        const float scale = largest_magnitude(source + start) / 127.0f;
        const float inverse = scale != 0 ? 1.0f / scale : 0.0f;
        const uint16_t half = isobath_half_from_float(scale);
        memcpy(target, &half, sizeof half);
        int8_t codes[32];
        for (size_t i = 0; i < 32; i++) {
            const float value = source[start + i] * inverse;
            // What is no number (from infinities in the row) becomes 0, since converting it would be undefined.
            codes[i] = (int8_t)rounded_away(value > -127.5f && value < 127.5f ? value : 0);
        }
        memcpy(target + 2, codes, sizeof codes);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void encode_q8_0_avx2(const float *source, uint8_t *target, size_t count) {
    encode_q8_0(source, target, count);
}
#endif

void isobath_encode_row_q8_0(const float *source, void *target, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        encode_q8_0_avx2(source, target, count);
        return;
    }
#endif
    encode_q8_0(source, target, count);
}
