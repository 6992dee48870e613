#pragma STDC FP_CONTRACT OFF
#include "isobath_encode.h"

#include <math.h>

#include "half.h"

void isobath_encode_row_f16(const float *source, void *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint16_t half = isobath_half_from_float(source[i]);
        memcpy((uint8_t *)target + 2 * i, &half, 2);
    }
}

void isobath_encode_row_bf16(const float *source, void *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint16_t bits = isobath_bfloat_from_float(source[i]);
        memcpy((uint8_t *)target + 2 * i, &bits, 2);
    }
}

void isobath_encode_row_f8e4m3(const float *source, void *target, size_t count) {
    for (size_t i = 0; i < count; i++) ((uint8_t *)target)[i] = isobath_f8e4m3_from_float(source[i]);
}

// -127 … 127; what is no number (from infinities in the row) becomes 0, since converting it would be undefined.
static inline int8_t quant_of(float scaled) {
    const float rounded = roundf(scaled);
    return rounded >= -127.0f && rounded <= 127.0f ? (int8_t)rounded : 0;
}

static void encode_q8_0(const float *x, uint8_t *block) {
    float largest = 0;
    for (int j = 0; j < 32; j++) largest = fabsf(x[j]) > largest ? fabsf(x[j]) : largest;
    const float d = largest / 127.0f, inverse = d != 0 ? 1.0f / d : 0.0f;
    const uint16_t half = isobath_half_from_float(d);
    memcpy(block, &half, 2);
    for (int j = 0; j < 32; j++) block[2 + j] = (uint8_t)quant_of(x[j] * inverse);
}

void isobath_encode_row_q8_0(const float *source, void *target, size_t count) {
    for (size_t block = 0; block < count / 32; block++) {
        encode_q8_0(source + 32 * block, (uint8_t *)target + 34 * block);
    }
}
