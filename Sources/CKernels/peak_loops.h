#pragma once
// What the forms of the peak loops share.
#include "isobath_peak_loops.h"

// How far ahead of a read the second-level cache is asked for: what read fastest of 1 … 32 KiB on a server.
#define READ_AHEAD 16384

// A loop of PEAK_SUMS sums, which hide the latency of the multipliers. STEP(sum, x, k) adds products to one of them: of
// constants in registers where the compiler takes the instruction as it is, of something in memory, at another place the
// next time around, where it would find the product to be always the same and move it out of the loop. Sums begin with
// different numbers, or they would be found to be all the same.
#define DEFINE_PEAK_LOOP(name, vector, START, STEP, TOTAL)                                                             \
    TARGET static uint32_t run_##name(const uint8_t *operands, size_t iterations) {                                    \
        vector sums[PEAK_SUMS];                                                                                        \
        for (int k = 0; k < PEAK_SUMS; k++) sums[k] = START(operands + sizeof(vector) * (size_t)k);                    \
        for (size_t i = 0; i < iterations; i++) {                                                                      \
            const uint8_t *x = operands + i % 2 * (ISOBATH_PEAK_OPERANDS / 2);                                         \
            (void)x;                                                                                                   \
            for (int k = 0; k < PEAK_SUMS; k++) sums[k] = STEP(sums[k], x, k);                                         \
        }                                                                                                              \
        uint32_t result = 0;                                                                                           \
        for (int k = 0; k < PEAK_SUMS; k++) result += TOTAL(sums[k]);                                                  \
        return result;                                                                                                 \
    }
