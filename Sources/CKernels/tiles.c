#pragma STDC FP_CONTRACT OFF
// Values to formats of fewer bits and back. One source for every processor: each operation is exact or rounded by itself, so that
// the vectors which the compiler makes of them give the same bits.
#include "isobath_tiles.h"

#include <math.h>

#include "half.h"

#define INLINE static inline __attribute__((always_inline))

// A format with `mantissa` bits after the point: normal from `least` on, `most` the largest; both magnitudes as bits of a float.
// Below `least`, adding `unit` · 2²³ leaves whole multiples of `unit`, the smallest step, rounded by the addition itself.
INLINE float rounded(float value, int mantissa, uint32_t least, float unit, uint32_t most) {
    const uint32_t bits = isobath_bits_of_float(value), magnitude = bits & 0x7FFFFFFFu;
    const int dropped = 23 - mantissa;
    const uint32_t odd = magnitude >> dropped & 1u, half = (1u << (dropped - 1)) - 1;
    const uint32_t normal = (magnitude + half + odd) & ~((1u << dropped) - 1);
    const float shift = unit * 0x1p23f;
    const uint32_t small = isobath_bits_of_float((isobath_float_from_bits(magnitude) + shift) - shift);
    const uint32_t near = magnitude < least ? small : normal;
    const uint32_t cut = near > most ? most : near;
    return isobath_float_from_bits((bits & 0x80000000u) | (magnitude > 0x7F800000u ? 0x7FC00000u : cut));
}

INLINE float as_f8e4m3(float value) { return rounded(value, 3, 0x3C800000u, 0x1p-9f, 0x43E00000u); }

INLINE float as_e5m6(float value) { return rounded(value, 6, 0x38800000u, 0x1p-20f, 0x477E0000u); }

INLINE float as_bf16(float value) { return isobath_float_from_bfloat(isobath_bfloat_from_float(value)); }

// Defines a function twice over, for processors with AVX2 and for all, and one that picks.
#if defined(__x86_64__)
#define KERNEL(result, name, parameters, arguments, body)                                                  \
    __attribute__((target("avx2,fma"))) static result name##_avx2 parameters body                          \
    static result name##_plain parameters body                                                             \
    result isobath_##name parameters {                                                                     \
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return name##_avx2 arguments; \
        return name##_plain arguments;                                                                     \
    }
#else
#define KERNEL(result, name, parameters, arguments, body) result isobath_##name parameters body
#endif

// Integers order the magnitudes of floats, with NaN above all.
KERNEL(float, largest_magnitude, (const float *x, size_t count), (x, count), {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t magnitude = isobath_bits_of_float(x[i]) & 0x7FFFFFFFu;
        largest = magnitude > largest ? magnitude : largest;
    }
    return isobath_float_from_bits(largest);
})

KERNEL(void, raise_to_magnitudes, (const float *x, float *largest, size_t count), (x, largest, count), {
    for (size_t i = 0; i < count; i++) {
        const uint32_t magnitude = isobath_bits_of_float(x[i]) & 0x7FFFFFFFu;
        const uint32_t known = isobath_bits_of_float(largest[i]);
        largest[i] = isobath_float_from_bits(magnitude > known ? magnitude : known);
    }
})

KERNEL(void, round_bf16, (const float *x, float *y, size_t count), (x, y, count), {
    for (size_t i = 0; i < count; i++) y[i] = as_bf16(x[i]);
})

KERNEL(void, round_f8e4m3, (const float *x, float scale, float *codes, size_t count), (x, scale, codes, count), {
    for (size_t i = 0; i < count; i++) codes[i] = as_f8e4m3(x[i] / scale);
})

KERNEL(
    void, round_columns_f8e4m3, (const float *x, const float *scales, float *codes, size_t count),
    (x, scales, codes, count), {
        for (size_t i = 0; i < count; i++) codes[i] = as_f8e4m3(x[i] / scales[i]);
    })

KERNEL(void, round_e5m6, (const float *x, float scale, float *codes, size_t count), (x, scale, codes, count), {
    for (size_t i = 0; i < count; i++) codes[i] = as_e5m6(x[i] / scale);
})

KERNEL(void, scale_row, (const float *x, float factor, float *y, size_t count), (x, factor, y, count), {
    for (size_t i = 0; i < count; i++) y[i] = x[i] * factor;
})

KERNEL(
    void, add_scaled_columns, (const float *x, float factor, const float *factors, float *y, size_t count),
    (x, factor, factors, y, count), {
        for (size_t i = 0; i < count; i++) y[i] = fmaf(x[i], factor * factors[i], y[i]);
    })

// The last 32 products are filled up with zeros. Products of E4M3 numbers are exact in f32; sums of 33 numbers of 14 bits in 32 bits.
INLINE float add_in_14_bits(const float *a, const float *b, size_t count, float sum) {
    float products[32] = {0};
    uint32_t largest = isobath_bits_of_float(sum) & 0x7FFFFFFFu;
    for (size_t i = 0; i < count; i++) {
        products[i] = a[i] * b[i];
        const uint32_t magnitude = isobath_bits_of_float(products[i]) & 0x7FFFFFFFu;
        largest = magnitude > largest ? magnitude : largest;
    }
    if (largest == 0 || largest >= 0x7F800000u) return isobath_float_from_bits(largest == 0 ? 0 : 0x7FC00000u);
    const int32_t exponent = (int32_t)(largest >> 23);
    const float inverse = isobath_float_from_bits((uint32_t)(254 - exponent + 13) << 23);
    const float unit = isobath_float_from_bits((uint32_t)(exponent - 13) << 23);
    int32_t total = (int32_t)(sum * inverse);
    for (size_t i = 0; i < 32; i++) total += (int32_t)(products[i] * inverse);
    return isobath_float_from_bits(isobath_bits_of_float((float)total * unit) & 0xFFFFFC00u);
}

KERNEL(float, dot_in_14_bits, (const float *a, const float *b, size_t count), (a, b, count), {
    float sum = 0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) sum = add_in_14_bits(a + i, b + i, 32, sum);
    return i < count ? add_in_14_bits(a + i, b + i, count - i, sum) : sum;
})
