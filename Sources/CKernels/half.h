#pragma once
#include <stdint.h>
#include <string.h>

// Number formats of 16 and 8 bits, converted by integer arithmetic alone: exact on every processor.

static inline float isobath_float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t isobath_bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline uint16_t isobath_load16(const void *source) {
    uint16_t value;
    memcpy(&value, source, sizeof value);
    return value;
}

static inline uint32_t isobath_load32(const void *source) {
    uint32_t value;
    memcpy(&value, source, sizeof value);
    return value;
}

static inline float isobath_float_from_half(uint16_t half) {
    uint32_t magnitude = half & 0x7FFFu;
    // Exponents differ by 112 (bias 127 against 15); infinities and NaN go up by as much again, to 255.
    uint32_t rebias = magnitude >= 0x7C00u ? 224u << 23 : 112u << 23;
    uint32_t normal = (magnitude << 13) + rebias;
    // A subnormal is a whole number of 2⁻²⁴, which f32 holds exactly.
    uint32_t subnormal = isobath_bits_of_float((float)(int32_t)magnitude * 0x1p-24f);
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    return isobath_float_from_bits(sign | (magnitude < 0x0400u ? subnormal : normal));
}

static inline float isobath_load_half(const void *source) { return isobath_float_from_half(isobath_load16(source)); }

static inline float isobath_float_from_bfloat(uint16_t bits) { return isobath_float_from_bits((uint32_t)bits << 16); }

static inline float isobath_float_from_f8e4m3(uint8_t code) {
    uint32_t magnitude = code & 0x7Fu;
    uint32_t normal = magnitude == 0x7Fu ? 0x7FC00000u : (magnitude << 20) + (120u << 23);
    // A subnormal is a whole number of 2⁻⁹.
    uint32_t subnormal = isobath_bits_of_float((float)(int32_t)magnitude * 0x1p-9f);
    uint32_t sign = (uint32_t)(code & 0x80u) << 24;
    return isobath_float_from_bits(sign | (magnitude < 8u ? subnormal : normal));
}

static inline uint16_t isobath_half_from_float(float value) {
    uint32_t bits = isobath_bits_of_float(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    uint32_t magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u) return (uint16_t)(sign | 0x7E00u);
    // From 65520 on, halfway between the largest half and the next power of two, the nearest is infinity.
    if (magnitude >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u);
    if (magnitude < 0x38800000u) {
        // Below 2⁻¹⁴: adding 0.5 leaves whole multiples of 2⁻²⁴ in the low bits, rounded by the addition itself.
        uint32_t rounded = isobath_bits_of_float(isobath_float_from_bits(magnitude) + 0.5f);
        return (uint16_t)(sign | (rounded - 0x3F000000u));
    }
    uint32_t odd = magnitude >> 13 & 1u;
    return (uint16_t)(sign | ((magnitude - (112u << 23) + 0x0FFFu + odd) >> 13));
}

static inline uint16_t isobath_bfloat_from_float(float value) {
    uint32_t bits = isobath_bits_of_float(value);
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)(bits >> 16 | 0x0040u);
    return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

static inline uint8_t isobath_f8e4m3_from_float(float value) {
    uint32_t bits = isobath_bits_of_float(value);
    uint8_t sign = (uint8_t)(bits >> 24 & 0x80u);
    uint32_t magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u) return (uint8_t)(sign | 0x7Fu);
    // 448 is the largest value; what would round beyond it is cut to it, infinity too.
    if (magnitude >= 0x43E00000u) return (uint8_t)(sign | 0x7Eu);
    if (magnitude < 0x3C800000u) {
        // Below 2⁻⁶: adding 2¹⁴ leaves whole multiples of 2⁻⁹ in the low bits, rounded by the addition itself.
        uint32_t rounded = isobath_bits_of_float(isobath_float_from_bits(magnitude) + 0x1p14f);
        return (uint8_t)(sign | (rounded - 0x46800000u));
    }
    uint32_t odd = magnitude >> 20 & 1u;
    return (uint8_t)(sign | ((magnitude - (120u << 23) + 0x7FFFFu + odd) >> 20));
}
