#pragma once
#include <stddef.h>
#include <stdint.h>

// A decoder of one row for every family; `isobath_decode_row` picks among them.

// Defines the row's loop over a block's decoder, which the compiler puts into the loop.
#define ISOBATH_DEFINE_ROW(name, bytes, values)                                                            \
    void isobath_decode_row_##name(const uint8_t *source, float *target, size_t count) {                   \
        for (size_t block = 0; block < count / (values); block++) {                                        \
            decode_##name(source + block * (bytes), target + block * (values));                            \
        }                                                                                                  \
    }

#define ISOBATH_DECLARE_ROW(name) void isobath_decode_row_##name(const uint8_t *source, float *target, size_t count);

ISOBATH_DECLARE_ROW(f64)
ISOBATH_DECLARE_ROW(f32)
ISOBATH_DECLARE_ROW(f16)
ISOBATH_DECLARE_ROW(bf16)
ISOBATH_DECLARE_ROW(f8e4m3)
ISOBATH_DECLARE_ROW(q4_0)
ISOBATH_DECLARE_ROW(q4_1)
ISOBATH_DECLARE_ROW(q5_0)
ISOBATH_DECLARE_ROW(q5_1)
ISOBATH_DECLARE_ROW(q8_0)
ISOBATH_DECLARE_ROW(q2_k)
ISOBATH_DECLARE_ROW(q3_k)
ISOBATH_DECLARE_ROW(q4_k)
ISOBATH_DECLARE_ROW(q5_k)
ISOBATH_DECLARE_ROW(q6_k)
ISOBATH_DECLARE_ROW(iq1_s)
ISOBATH_DECLARE_ROW(iq1_m)
ISOBATH_DECLARE_ROW(iq2_xxs)
ISOBATH_DECLARE_ROW(iq2_xs)
ISOBATH_DECLARE_ROW(iq2_s)
ISOBATH_DECLARE_ROW(iq3_xxs)
ISOBATH_DECLARE_ROW(iq3_s)
ISOBATH_DECLARE_ROW(iq4_nl)
ISOBATH_DECLARE_ROW(iq4_xs)
