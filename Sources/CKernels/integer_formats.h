#pragma once
// The formats with integer kernels, for files that define something for each.
//
// K and IQ4_XS: F(name, type, bytes of a block, place of d, place of dmin, minima, sign, chain)
// blocks of 32: F(name, type, bytes of a block, offset, whether there is m, sign, chain)
//
// Sign: whether quants have one. Chain: how many products of four quants and activations add up in 16 bits without
// overflow, a power of two: 2 · chain · (largest quant) · 127 < 2¹⁵; no more than share a scale.
#define ISOBATH_FORMATS_256(F)                          \
    F(q2_k, Q2_K, 84, 80, 82, MINIMA_SCALED, 0, 4)      \
    F(q3_k, Q3_K, 110, 108, 0, MINIMA_OFFSET, 0, 4)     \
    F(q4_k, Q4_K, 144, 0, 2, MINIMA_SCALED, 0, 8)       \
    F(q5_k, Q5_K, 176, 0, 2, MINIMA_SCALED, 0, 4)       \
    F(q6_k, Q6_K, 210, 208, 0, MINIMA_OFFSET, 0, 2)     \
    F(iq4_xs, IQ4_XS, 136, 0, 0, MINIMA_NONE, 1, 1)

#define ISOBATH_FORMATS_32(F)                           \
    F(q4_0, Q4_0, 18, 8, 0, 0, 8)                       \
    F(q4_1, Q4_1, 20, 0, 1, 0, 8)                       \
    F(q5_0, Q5_0, 22, 16, 0, 0, 4)                      \
    F(q5_1, Q5_1, 24, 0, 1, 0, 4)                       \
    F(q8_0, Q8_0, 34, 0, 0, 1, 1)                       \
    F(iq4_nl, IQ4_NL, 18, 0, 0, 1, 1)

// MINIMA_NONE: sums are final. MINIMA_OFFSET: the integer minima are subtracted from the integer sum.
// MINIMA_SCALED: they have a factor of their own.
enum { MINIMA_NONE, MINIMA_OFFSET, MINIMA_SCALED };
