// Decoding and packing with vectors of 8: memory, not arithmetic, sets their speed.
#include "half.h"

TARGET static void decode_f16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        size_t i = 0;
        for (; i + 8 <= count; i += 8) {
            _mm256_storeu_ps(target + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(source + 2 * i))));
        }
        for (; i < count; i++) target[i] = isobath_load_half(source + 2 * i);
    }
}

TARGET static void decode_bf16(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        size_t i = 0;
        for (; i + 8 <= count; i += 8) {
            const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(source + 2 * i)));
            _mm256_storeu_ps(target + i, _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16)));
        }
        for (; i < count; i++) target[i] = isobath_float_from_bfloat(isobath_load16(source + 2 * i));
    }
}

TARGET static void decode_q8_0(
    const uint8_t *source, size_t row_bytes, size_t rows, float *target, size_t stride, size_t count) {
    for (size_t r = 0; r < rows; r++, source += row_bytes, target += stride) {
        const uint8_t *block = source;
        for (size_t i = 0; i < count; i += 32, block += 34) {
            const __m256 scale = _mm256_set1_ps(isobath_load_half(block));
            for (int j = 0; j < 32; j += 8) {
                const __m256i codes = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(block + 2 + j)));
                _mm256_storeu_ps(target + i + j, _mm256_mul_ps(_mm256_cvtepi32_ps(codes), scale));
            }
        }
    }
}

// Values i ..< i + 8 of eight rows, turned: out + 16 · j gets value i + j of each.
TARGET INLINE void pack_eight(const float *const rows[8], size_t i, float *out) {
    __m256 v[8], w[8];
    for (int j = 0; j < 8; j++) v[j] = _mm256_loadu_ps(rows[j] + i);
    for (int j = 0; j < 4; j++) {
        w[2 * j] = _mm256_unpacklo_ps(v[2 * j], v[2 * j + 1]);
        w[2 * j + 1] = _mm256_unpackhi_ps(v[2 * j], v[2 * j + 1]);
    }
    for (int j = 0; j < 8; j += 4) {
        v[j] = _mm256_shuffle_ps(w[j], w[j + 2], 0x44);
        v[j + 1] = _mm256_shuffle_ps(w[j], w[j + 2], 0xEE);
        v[j + 2] = _mm256_shuffle_ps(w[j + 1], w[j + 3], 0x44);
        v[j + 3] = _mm256_shuffle_ps(w[j + 1], w[j + 3], 0xEE);
    }
    for (int j = 0; j < 4; j++) {
        _mm256_storeu_ps(out + PANEL * j, _mm256_permute2f128_ps(v[j], v[j + 4], 0x20));
        _mm256_storeu_ps(out + PANEL * (j + 4), _mm256_permute2f128_ps(v[j], v[j + 4], 0x31));
    }
}

TARGET static void pack(const float *rows, size_t stride, size_t count, size_t width, float *packed) {
    for (size_t first = 0; first < count; first += PANEL, packed += PANEL * width) {
        const float *columns[PANEL];
        for (size_t j = 0; j < PANEL; j++) {
            columns[j] = rows + (first + j < count ? first + j : count - 1) * stride;
        }
        size_t i = 0;
        for (; i + 8 <= width; i += 8) {
            pack_eight(columns, i, packed + PANEL * i);
            pack_eight(columns + 8, i, packed + PANEL * i + 8);
        }
        for (; i < width; i++) {
            for (size_t j = 0; j < PANEL; j++) packed[PANEL * i + j] = columns[j][i];
        }
    }
}
