#pragma once
// e^x of vectors. See attention_loops.h for what the file that includes this has defined.
#include "exponential.h"

#define INLINE static inline __attribute__((always_inline))

TARGET INLINE VECTOR exponential(VECTOR x) {
    // NaN passes both bounds, since LARGER returns its second argument then.
    x = LARGER(SPLAT(ISOBATH_EXP_LEAST), x);
    x = SUB(SPLAT(0), LARGER(SPLAT(-ISOBATH_EXP_MOST), SUB(SPLAT(0), x)));
    const VECTOR rounded = FMA(x, SPLAT(ISOBATH_EXP_LOG2E), SPLAT(ISOBATH_EXP_ROUNDER));
    const VECTOR n = SUB(rounded, SPLAT(ISOBATH_EXP_ROUNDER));
    VECTOR r = FMA(n, SPLAT(-ISOBATH_EXP_LN2_HIGH), x);
    r = FMA(n, SPLAT(-ISOBATH_EXP_LN2_LOW), r);
    VECTOR q = FMA(SPLAT(ISOBATH_EXP_Q4), r, SPLAT(ISOBATH_EXP_Q3));
    q = FMA(q, r, SPLAT(ISOBATH_EXP_Q2));
    q = FMA(q, r, SPLAT(ISOBATH_EXP_Q1));
    q = FMA(q, r, SPLAT(ISOBATH_EXP_Q0));
    const VECTOR power = ADD(FMA(MUL(r, r), q, r), SPLAT(1));
    // 2^n in two factors, each a normal number, so that only the last product rounds a subnormal result.
    const INTEGERS whole = SUB_INTEGERS(AS_INTEGERS(rounded), SPLAT_INTEGER(ISOBATH_EXP_ROUNDER_BITS));
    const INTEGERS half = HALVE_INTEGERS(whole), rest = SUB_INTEGERS(whole, half);
    const VECTOR first = AS_FLOATS(TO_EXPONENT(ADD_INTEGERS(half, SPLAT_INTEGER(127))));
    const VECTOR second = AS_FLOATS(TO_EXPONENT(ADD_INTEGERS(rest, SPLAT_INTEGER(127))));
    return MUL(MUL(power, first), second);
}

// e^x for x at most 0; 0 where that is below any normal number, since subnormal ones cost a hundred times as much as
// others and weigh nothing beside the largest weight, 1. NaN stays NaN.
TARGET INLINE VECTOR weight_of(VECTOR x) {
    const VECTOR least = SPLAT(-87.0f);
    return UNLESS_BELOW(x, least, exponential(LARGER(least, x)));
}
