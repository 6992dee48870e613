#pragma once
#include <stddef.h>
#include <stdint.h>

/// The element types whose rows can be decoded to f32. The block formats are ggml's; `valuesPerBlock` and
/// `bytesPerBlock` of Swift's `ElementType` state their sizes.
enum isobath_element_type {
    ISOBATH_F64,
    ISOBATH_F32,
    ISOBATH_F16,
    ISOBATH_BF16,
    ISOBATH_F8E4M3,
    ISOBATH_Q4_0,
    ISOBATH_Q4_1,
    ISOBATH_Q5_0,
    ISOBATH_Q5_1,
    ISOBATH_Q8_0,
    ISOBATH_Q2_K,
    ISOBATH_Q3_K,
    ISOBATH_Q4_K,
    ISOBATH_Q5_K,
    ISOBATH_Q6_K,
    ISOBATH_IQ1_S,
    ISOBATH_IQ1_M,
    ISOBATH_IQ2_XXS,
    ISOBATH_IQ2_XS,
    ISOBATH_IQ2_S,
    ISOBATH_IQ3_XXS,
    ISOBATH_IQ3_S,
    ISOBATH_IQ4_NL,
    ISOBATH_IQ4_XS,
};

/// Decodes `count` values of a row to f32, bit for bit as ggml does.
///
/// `source` needs no alignment. `count` is a whole number of the type's blocks. FP8 codes become their own values;
/// the scales of their 128×128 blocks are the caller's. Products and sums are rounded one by one, never fused.
void isobath_decode_row(enum isobath_element_type type, const void *source, float *target, size_t count);
