// Vectors of sixteen floats in which searches for scales run side by side, one run of values in each lane. Every lane does
// what a loop over its run alone would do, in the same order and without fused operations, so that all processors give
// the bits of ggml's reference quantizers.
//
// The file that includes this has defined TARGET, the attribute that permits a form's instructions.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "half.h"
#include "isobath_encoders.h"

// Vectors wider than a form's registers are never passed to a function that is called: all of these become part of their
// caller.
#pragma GCC diagnostic ignored "-Wpsabi"

#define INLINE TARGET static inline __attribute__((always_inline))
#define LANES 16
#define BLOCK 256

typedef float floats __attribute__((vector_size(4 * LANES)));
typedef int32_t ints __attribute__((vector_size(4 * LANES)));

#define ALL(v) {v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v}

INLINE floats all(float v) { return (floats)ALL(v); }
INLINE floats select(ints mask, floats a, floats b) { return (floats)((mask & (ints)a) | (~mask & (ints)b)); }
INLINE floats magnitude(floats x) { return (floats)((ints)x & (ints)ALL(0x7FFFFFFF)); }
// What is no number becomes `least`.
INLINE floats clamp(floats x, float least, float most) {
    x = select(x >= all(least), x, all(least));
    return select(x > all(most), all(most), x);
}

INLINE floats root(floats x) {
    for (int lane = 0; lane < LANES; lane++) x[lane] = sqrtf(x[lane]);
    return x;
}

INLINE int any(ints mask) {
    int found = 0;
    for (int lane = 0; lane < LANES; lane++) found |= mask[lane];
    return found;
}

// To the nearest whole number, ties to even, by adding what leaves no bits for fractions: for magnitudes below 2²².
#define WHOLE 12582912.0f
INLINE floats nearest(floats x) { return (x + all(WHOLE)) - all(WHOLE); }

// The same for any number: larger ones lose their upper bits, as they do in ggml.
INLINE floats nearest_of_any(floats x) {
    const ints bits = (ints)(x + all(WHOLE)) & (ints)ALL(0x007FFFFF);
    return __builtin_convertvector(bits - (ints)ALL(0x00400000), floats);
}
INLINE int nearest_int(float x) {
    return (int)(isobath_bits_of_float(x + WHOLE) & 0x007FFFFF) - 0x00400000;
}

// `count` runs of `n` values that lie one after another: value i of run r at to[i] in lane `first` + r.
INLINE void load_runs(const float *x, int n, int first, int count, floats *to) {
    for (int r = 0; r < count; r++) {
        for (int i = 0; i < n; i++) to[i][first + r] = x[r * n + i];
    }
}

// Whole numbers 0 … 255 back into the order of the values.
INLINE void store_codes(const floats *codes, int n, int first, int count, uint8_t *to) {
    for (int i = 0; i < n; i++) {
        const ints whole = __builtin_convertvector(codes[i], ints);
        for (int r = 0; r < count; r++) to[r * n + i] = (uint8_t)whole[first + r];
    }
}

INLINE void store_half(uint8_t *to, float value) {
    const uint16_t half = isobath_half_from_float(value);
    memcpy(to, &half, sizeof half);
}
