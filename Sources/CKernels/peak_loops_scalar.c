#pragma STDC FP_CONTRACT OFF
// Plain loops, with whatever vectors the compiler makes of them.
#include "peak_loops.h"

#define COUNT 1024

static uint32_t run_int8(const uint8_t *operands, size_t iterations) {
    int32_t sum = 0;
    for (size_t i = 0; i < iterations; i++) {
        const int8_t *a = (const int8_t *)operands + i % 2 * COUNT, *b = a + 2 * COUNT;
        for (size_t j = 0; j < COUNT; j++) sum += a[j] * b[j];
        sum &= 0xFFFF;
    }
    return (uint32_t)sum;
}

static uint32_t run_int16(const uint8_t *operands, size_t iterations) {
    uint32_t sum = 0;
    for (size_t i = 0; i < iterations; i++) {
        const int16_t *a = (const int16_t *)(const void *)(operands + i % 2 * 64), *b = a + COUNT - 64;
        for (size_t j = 0; j < COUNT - 64; j++) sum += (uint32_t)(a[j] * b[j]);
    }
    return sum;
}

// Sixteen sums, as one would have to wait for each addition.
static uint32_t run_f32(const uint8_t *operands, size_t iterations) {
    float sums[16] = {0};
    for (size_t i = 0; i < iterations; i++) {
        const float *a = (const float *)(const void *)(operands + i % 2 * 64), *b = a + COUNT / 2;
        for (size_t j = 0; j < COUNT / 2 - 16; j += 16) {
            for (size_t k = 0; k < 16; k++) sums[k] += a[j + k] * b[j + k];
        }
    }
    for (size_t k = 1; k < 16; k++) sums[0] += sums[k];
    return sums[0] > 0;
}

static uint64_t read_all(const uint8_t *bytes, size_t count) {
    const uint64_t *words = (const uint64_t *)(const void *)bytes;
    uint64_t sums[8] = {0};
    for (size_t i = 0; i < count / 8; i += 8) {
        for (size_t k = 0; k < 8; k++) sums[k] ^= words[i + k];
    }
    for (size_t k = 1; k < 8; k++) sums[0] ^= sums[k];
    return sums[0];
}

const struct isobath_peak_loop *isobath_peak_loop_scalar(enum isobath_peak_kind kind) {
    static const struct isobath_peak_loop loops[] = {
        {"plain C", 2 * COUNT, run_int8},
        {"plain C", 2 * (COUNT - 64), run_int16},
        {0},
        {"plain C", 2 * (COUNT / 2 - 16), run_f32},
    };
    return kind == ISOBATH_PEAK_BF16 ? 0 : &loops[kind];
}

isobath_read_loop isobath_read_loop_scalar(void) { return read_all; }
