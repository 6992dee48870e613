#pragma once
// What the loops over floats are written in, for any processor: vectors of one lane.
#include <math.h>
#include <string.h>

#include "half.h"

#define TARGET
#define VECTOR float
#define INTEGERS int32_t
#define WIDTH 1
#define STRIP 1
#define STRIP_OF_TWO 1
#define STRIP_OF_ONE 1
#define LOAD(p) (*(p))
#define STORE(p, v) (*(p) = (v))
#define SPLAT(x) ((float)(x))
#define FMA(a, b, c) fmaf(a, b, c)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define SQRT(a) sqrtf(a)
#define LARGER(a, b) larger(a, b)
#define UNLESS_BELOW(x, least, v) ((x) < (least) ? 0 : (v))
#define AS_INTEGERS(v) integer_from_bits(isobath_bits_of_float(v))
#define AS_FLOATS(i) isobath_float_from_bits((uint32_t)(i))
#define SPLAT_INTEGER(x) ((int32_t)(x))
// In unsigned arithmetic, since the bits of NaN may wrap around.
#define ADD_INTEGERS(a, b) integer_from_bits((uint32_t)(a) + (uint32_t)(b))
#define SUB_INTEGERS(a, b) integer_from_bits((uint32_t)(a) - (uint32_t)(b))
#define HALVE_INTEGERS(i) ((i) >> 1)
#define TO_EXPONENT(i) integer_from_bits((uint32_t)(i) << 23)

static inline float larger(float a, float b) { return a > b ? a : b; }

static inline int32_t integer_from_bits(uint32_t bits) {
    int32_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
