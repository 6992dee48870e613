#pragma once
// Weighted sums of cached Q8_0 rows in whole numbers: the form that the others must equal.
//
// A row's values get one scale, that of its largest block: value · block scale / row scale, rounded once. What a row
// becomes depends on itself alone, so that later rows never change what earlier queries get.
#include <math.h>
#include <string.h>

#include "half.h"
#include "isobath_attention_kernels.h"

#define ISOBATH_VALUE_BLOCK 32

// The scale of a row of `width` values, and how much of it each block has, in units of 2⁻¹⁵.
static inline float isobath_row_scale(const uint8_t *row, size_t width, int16_t *ratios) {
    float largest = 0;
    const size_t blocks = width / ISOBATH_VALUE_BLOCK;
    for (size_t b = 0; b < blocks; b++) {
        const float d = isobath_load_half(row + 34 * b);
        largest = d > largest || d != d ? d : largest;
    }
    const float factor = largest > 0 && largest < INFINITY ? 32767.0f / largest : 0.0f;
    for (size_t b = 0; b < blocks; b++) {
        const float ratio = isobath_load_half(row + 34 * b) * factor;
        // Adding 1.5 · 2²³ rounds to a whole number, ties to even, which stands in the low bits.
        const float bounded = ratio > 32767.0f ? 32767.0f : ratio > 0 ? ratio : 0.0f;
        ratios[b] = (int16_t)(isobath_bits_of_float(bounded + 0x1.8p23f) - 0x4B400000u);
    }
    return largest;
}

// The weights of one lane times the rows' scales, in 8 bits; the sum of the products times the result is what it adds.
static inline float isobath_round_weights(
    const float *weights, size_t count, const float *scales, uint8_t rounded[ISOBATH_ATTENTION_TILE]) {
    float products[ISOBATH_ATTENTION_TILE], largest = 0;
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j++) products[j] = j < count ? weights[j] * scales[j] : 0;
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j++) {
        largest = products[j] > largest || products[j] != products[j] ? products[j] : largest;
    }
    const int is_usable = largest >= 1e-30f && largest < INFINITY;
    const float factor = is_usable ? 255.0f / largest : 0.0f;
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j++) {
        rounded[j] = is_usable ? (uint8_t)(isobath_bits_of_float(products[j] * factor + 0x1.8p23f) - 0x4B400000u) : 0;
    }
    return is_usable || largest != largest || largest == INFINITY ? largest / 255.0f : 0.0f;
}

static inline void isobath_pack_values_plainly(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales) {
    memset(packed, 0, width * ISOBATH_ATTENTION_TILE);
    for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j++) scales[j] = 0;
    for (size_t j = 0; j < count; j++) {
        int16_t ratios[ISOBATH_MOST_VALUES / ISOBATH_VALUE_BLOCK];
        const uint8_t *const row = rows + j * row_bytes;
        scales[j] = isobath_row_scale(row, width, ratios);
        for (size_t c = 0; c < width; c++) {
            const size_t block = c / ISOBATH_VALUE_BLOCK;
            const int value = (int8_t)row[34 * block + 2 + c % ISOBATH_VALUE_BLOCK];
            packed[((block * 16 + j / 4) * ISOBATH_VALUE_BLOCK + c % ISOBATH_VALUE_BLOCK) * 4 + j % 4] =
                (int8_t)((value * ratios[block] + 16384) >> 15);
        }
    }
}

static inline void isobath_mix_values_plainly(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed,
    size_t width, const float *factors, float *sums, size_t stride) {
    for (size_t lane = 0; lane < lanes; lane++) {
        uint8_t rounded[ISOBATH_ATTENTION_TILE];
        const float factor =
            isobath_round_weights(weights + lane * ISOBATH_ATTENTION_TILE, counts[lane], scales, rounded);
        for (size_t c = 0; c < width; c++) {
            const int8_t *column =
                packed + (c / ISOBATH_VALUE_BLOCK * 16 * ISOBATH_VALUE_BLOCK + c % ISOBATH_VALUE_BLOCK) * 4;
            int32_t total = 0;
            for (size_t j = 0; j < ISOBATH_ATTENTION_TILE; j++) {
                total += rounded[j] * column[j / 4 * 4 * ISOBATH_VALUE_BLOCK + j % 4];
            }
            float *const sum = sums + lane * stride + c;
            *sum = fmaf(factor, (float)total, *sum * factors[lane]);
        }
    }
}
