// Decoding and packing without vectors of any one processor; compilers make them of what they have.
#include "isobath_decode.h"

static void decode_rows(
    enum isobath_element_type type, const uint8_t *source, size_t row_bytes, size_t rows, float *target,
    size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++) isobath_decode_row(type, source + r * row_bytes, target + r * stride, count);
}

static void decode_bf16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    decode_rows(ISOBATH_BF16, source, row_bytes, rows, target, stride, count);
}

static void decode_q8_0(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    decode_rows(ISOBATH_Q8_0, source, row_bytes, rows, target, stride, count);
}

static void pack(const float *rows, size_t stride, size_t count, size_t width, float *packed) {
    for (size_t j = 0; j < (count + PANEL - 1) / PANEL * PANEL; j++) {
        const float *const row = rows + (j < count ? j : count - 1) * stride;
        float *const column = packed + j / PANEL * PANEL * width + j % PANEL;
        for (size_t i = 0; i < width; i++) column[i * PANEL] = row[i];
    }
}
