// Decoding and packing with vectors of 16. Included with the loops of attention in their AVX-512 form.
#include "half.h"

TARGET static void decode_f16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        size_t i = 0;
        for (; i + 16 <= count; i += 16) {
            const __m256i halves = _mm256_loadu_si256((const __m256i *)(source + 2 * i));
            _mm512_storeu_ps(target + i, _mm512_cvtph_ps(halves));
        }
        for (; i < count; i++) target[i] = isobath_load_half(source + 2 * i);
    }
}

TARGET static void decode_bf16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        size_t i = 0;
        for (; i + 16 <= count; i += 16) {
            const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(source + 2 * i)));
            _mm512_storeu_ps(target + i, _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16)));
        }
        for (; i < count; i++) target[i] = isobath_float_from_bfloat(isobath_load16(source + 2 * i));
    }
}

TARGET static void decode_q8_0(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        const uint8_t *block = source;
        for (size_t i = 0; i < count; i += 32, block += 34) {
            const __m512 scale = _mm512_set1_ps(isobath_load_half(block));
            for (int j = 0; j < 32; j += 16) {
                const __m512i codes = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(block + 2 + j)));
                _mm512_storeu_ps(target + i + j, _mm512_mul_ps(_mm512_cvtepi32_ps(codes), scale));
            }
        }
    }
}

// Four values of each of four rows, a row in each quarter. Quarters come from memory past the port that shuffles.
TARGET INLINE __m512 four_rows(const float *const *rows, size_t i) {
    __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(rows[0] + i));
    v = _mm512_insertf32x4(v, _mm_loadu_ps(rows[4] + i), 1);
    v = _mm512_insertf32x4(v, _mm_loadu_ps(rows[8] + i), 2);
    return _mm512_insertf32x4(v, _mm_loadu_ps(rows[12] + i), 3);
}

// Values i ..< i + 4 of sixteen rows, turned: out + 16 · j gets value i + j of each.
TARGET INLINE void pack_four(const float *const rows[16], size_t i, float *out) {
    // Quarter q of v[r] holds row 4 · q + r, so that turning inside quarters puts rows in their order.
    __m512 v[4];
    for (int r = 0; r < 4; r++) v[r] = four_rows(rows + r, i);
    const __m512 a = _mm512_unpacklo_ps(v[0], v[1]), b = _mm512_unpackhi_ps(v[0], v[1]);
    const __m512 c = _mm512_unpacklo_ps(v[2], v[3]), d = _mm512_unpackhi_ps(v[2], v[3]);
    _mm512_storeu_ps(out, _mm512_shuffle_ps(a, c, 0x44));
    _mm512_storeu_ps(out + PANEL, _mm512_shuffle_ps(a, c, 0xEE));
    _mm512_storeu_ps(out + 2 * PANEL, _mm512_shuffle_ps(b, d, 0x44));
    _mm512_storeu_ps(out + 3 * PANEL, _mm512_shuffle_ps(b, d, 0xEE));
}

TARGET static void pack(const float *rows, size_t stride, size_t count, size_t width, float *packed) {
    for (size_t first = 0; first < count; first += PANEL, packed += PANEL * width) {
        const float *columns[PANEL];
        for (size_t j = 0; j < PANEL; j++) {
            columns[j] = rows + (first + j < count ? first + j : count - 1) * stride;
        }
        size_t i = 0;
        for (; i + 4 <= width; i += 4) pack_four(columns, i, packed + PANEL * i);
        for (; i < width; i++) {
            for (size_t j = 0; j < PANEL; j++) packed[PANEL * i + j] = columns[j][i];
        }
    }
}
