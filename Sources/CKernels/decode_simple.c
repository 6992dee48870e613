#pragma STDC FP_CONTRACT OFF
// Rows of plain numbers.
#include <string.h>

#include "half.h"
#include "rows.h"

void isobath_decode_row_f64(const uint8_t *source, float *target, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, source + i * sizeof value, sizeof value);
        target[i] = (float)value;
    }
}

void isobath_decode_row_f32(const uint8_t *source, float *target, size_t count) {
    memcpy(target, source, count * sizeof *target);
}

void isobath_decode_row_f16(const uint8_t *source, float *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[i] = isobath_load_half(source + 2 * i);
}

void isobath_decode_row_bf16(const uint8_t *source, float *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[i] = isobath_float_from_bfloat(isobath_load16(source + 2 * i));
}

void isobath_decode_row_f8e4m3(const uint8_t *source, float *target, size_t count) {
    for (size_t i = 0; i < count; i++) target[i] = isobath_float_from_f8e4m3(source[i]);
}
