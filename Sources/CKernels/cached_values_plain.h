// Weighted sums of cached Q8_0 rows for forms without instructions of their own for them: the plain loops, compiled for
// the form's TARGET, from which compilers make vectors.
#include "cached_values.h"

TARGET static void pack_values(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *packed, float *scales) {
    isobath_pack_values_plainly(rows, row_bytes, count, width, packed, scales);
}

TARGET static void mix_values(
    const float *weights, const size_t *counts, size_t lanes, const float *scales, const int8_t *packed,
    size_t width, const float *factors, float *sums, size_t stride) {
    isobath_mix_values_plainly(weights, counts, lanes, scales, packed, width, factors, sums, stride);
}
