#pragma once
// What vdpbf16ps does in one lane, in plain C, by Intel's description of the instruction: two fused multiply-adds, that
// of the upper halves first, rounded to nearest even; subnormal operands count as zeros, and subnormal results become zeros.
#include <math.h>

#include "half.h"

static inline float isobath_without_subnormal(float value) {
    const uint32_t bits = isobath_bits_of_float(value);
    return (bits & 0x7F800000u) ? value : isobath_float_from_bits(bits & 0x80000000u);
}

// a · b + c, where a and b have 8 bits each and c is not subnormal.
static inline float isobath_add_product_of_bfloats(float a, float b, float c) {
    const float sum = fmaf(a, b, c);
    // What counts as subnormal is a result that lies below any normal number once it is rounded to all its 24 bits, that is
    // below 2⁻¹²⁶ − 2⁻¹⁵¹; fmaf has fewer bits down there, and rounds to 2⁻¹²⁶ from 2⁻¹²⁶ − 2⁻¹⁵⁰ on. In double precision the
    // product is exact, and near that border so is its sum with c.
    const double size = fabs((double)a * (double)b + (double)c);
    return size < 0x1p-126 - 0x1p-151 ? copysignf(0, sum) : sum;
}

// sum + a[1] · b[1] + a[0] · b[0].
static inline float isobath_add_pair_of_bfloats(float sum, const uint16_t a[2], const uint16_t b[2]) {
    sum = isobath_without_subnormal(sum);
    for (int i = 1; i >= 0; i--) {
        const float x = isobath_without_subnormal(isobath_float_from_bfloat(a[i]));
        const float y = isobath_without_subnormal(isobath_float_from_bfloat(b[i]));
        sum = isobath_add_product_of_bfloats(x, y, sum);
    }
    return sum;
}
