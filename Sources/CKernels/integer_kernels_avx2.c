#pragma STDC FP_CONTRACT OFF
// Integer products on 256-bit vectors: one row of activations with eight weight rows at a time.
//
// A product of 32 bytes is eight 32-bit sums of four neighbours each. Those of eight rows are added up crosswise into
// one vector, a lane for each row, in which the floats are combined.
#include "integer_tiles.h"

#if defined(__x86_64__)
#include "integer_blocks_avx2.h"

// Lane r: the sum of the lanes of sums[r].
INLINE __m256i add_crosswise(const __m256i sums[8]) {
    const __m256i a = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    const __m256i b = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[4], sums[5]), _mm256_hadd_epi32(sums[6], sums[7]));
    return _mm256_add_epi32(_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31));
}

// The half floats at `at` in each of eight blocks.
INLINE __m256 halves(const uint8_t *const blocks[8], size_t at) {
    const __m128i bits = _mm_setr_epi16(
        (short)isobath_load16(blocks[0] + at), (short)isobath_load16(blocks[1] + at),
        (short)isobath_load16(blocks[2] + at), (short)isobath_load16(blocks[3] + at),
        (short)isobath_load16(blocks[4] + at), (short)isobath_load16(blocks[5] + at),
        (short)isobath_load16(blocks[6] + at), (short)isobath_load16(blocks[7] + at));
    return _mm256_cvtph_ps(bits);
}

// MARK: Blocks of 256: the sums of a row, and those of its minima

// Scales 2k and 2k + 1 of eight in both halves of `scales`, each in all lanes of its half.
INLINE __m256i scales_of_halves(__m256i scales, int k) {
    const __m256i first = _mm256_set_m128i(_mm_set1_epi16(0x0302), _mm_set1_epi16(0x0100));
    return _mm256_shuffle_epi8(scales, _mm256_add_epi8(first, _mm256_set1_epi8((char)(4 * k))));
}

// Scale j of eight in both halves of `scales`, in all lanes.
INLINE __m256i scale_of_all(__m256i scales, int j) {
    return _mm256_shuffle_epi8(scales, _mm256_set1_epi16((short)(0x0100 + 0x0202 * j)));
}

INLINE __m256i half_of(__m256i scales, int half) {
    return half ? _mm256_permute4x64_epi64(scales, 0xEE) : _mm256_permute4x64_epi64(scales, 0x44);
}

// The sum of products with a scale for every 16 values; `scales` has all sixteen.
#define SUM_OF_SIXTEENS(quants, from)                                                                              \
    __m256i sum = from;                                                                                            \
    for (int half = 0; half < 2; half++) {                                                                         \
        const __m256i scale = half_of(scales, half);                                                               \
        for (int k = 0; k < 4; k++) {                                                                              \
            const __m256i products = pairs(quants(block, 4 * half + k), load(x + 128 * half + 32 * k));            \
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(products, scales_of_halves(scale, k)));                  \
        }                                                                                                          \
    }                                                                                                              \
    return sum;

INLINE __m256i sum_q2_k(const uint8_t *block, const int8_t *x, const int16_t *sums, __m256i *minimum) {
    const __m256i packed = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)block));
    const __m256i scales = _mm256_and_si256(packed, _mm256_set1_epi16(15));
    *minimum = _mm256_madd_epi16(_mm256_srli_epi16(packed, 4), load(sums));
    SUM_OF_SIXTEENS(quants_q2_k, _mm256_setzero_si256())
}

INLINE __m256i sum_q3_k(const uint8_t *block, const int8_t *x, const int16_t *sums, __m256i *minimum) {
    (void)minimum;
    const struct isobath_scales_q3_k packed = isobath_unpack_scales_q3_k(block + 96);
    const __m128i bytes = _mm_set_epi64x((long long)packed.high, (long long)packed.low);
    const __m256i scales = _mm256_cvtepi8_epi16(_mm_sub_epi8(bytes, _mm_set1_epi8(32)));
    const __m256i offset = _mm256_slli_epi32(_mm256_madd_epi16(scales, load(sums)), 2);
    SUM_OF_SIXTEENS(quants_q3_k, _mm256_sub_epi32(_mm256_setzero_si256(), offset))
}

INLINE __m256i sum_q6_k(const uint8_t *block, const int8_t *x, const int16_t *sums, __m256i *minimum) {
    (void)minimum;
    const __m256i scales = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(block + 192)));
    const __m256i offset = _mm256_slli_epi32(_mm256_madd_epi16(scales, load(sums)), 5);
    SUM_OF_SIXTEENS(quants_q6_k, _mm256_sub_epi32(_mm256_setzero_si256(), offset))
}

// The scales of Q4_K and Q5_K, eight in both halves; their minima times the sums of activations.
INLINE __m256i scales_of_q4_k(const uint8_t *block, const int16_t *sums, __m256i *minimum) {
    const struct isobath_scales_q4_k packed = isobath_unpack_scales_q4_k(block + 4);
    const __m128i minima = _mm_cvtsi64_si128((long long)packed.minima);
    *minimum = _mm256_madd_epi16(_mm256_cvtepu8_epi16(_mm_unpacklo_epi8(minima, minima)), load(sums));
    return _mm256_broadcastsi128_si256(_mm_cvtepu8_epi16(_mm_cvtsi64_si128((long long)packed.scales)));
}

#define SUM_OF_THIRTY_TWOS(quants)                                                                                 \
    const __m256i scales = scales_of_q4_k(block, sums, minimum);                                                   \
    __m256i sum = _mm256_setzero_si256();                                                                          \
    for (int j = 0; j < 8; j++) {                                                                                  \
        const __m256i products = pairs(quants(block, j), load(x + 32 * j));                                        \
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(products, scale_of_all(scales, j)));                         \
    }                                                                                                              \
    return sum;

INLINE __m256i sum_q4_k(const uint8_t *block, const int8_t *x, const int16_t *sums, __m256i *minimum) {
    SUM_OF_THIRTY_TWOS(quants_q4_k)
}

INLINE __m256i sum_q5_k(const uint8_t *block, const int8_t *x, const int16_t *sums, __m256i *minimum) {
    SUM_OF_THIRTY_TWOS(quants_q5_k)
}

INLINE __m256i sum_iq4_xs(const uint8_t *block, const int8_t *x, const int16_t *sums, __m256i *minimum) {
    (void)sums, (void)minimum;
    __m256i sum = _mm256_setzero_si256();
    for (int j = 0; j < 8; j++) {
        const __m256i products = signed_pairs(quants_iq4_xs(block, j), load(x + 32 * j));
        const __m256i scale = _mm256_set1_epi16((short)isobath_scale_of_iq4_xs(block, j));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(products, scale));
    }
    return sum;
}

// MARK: Rows

// Row r of eight; where there are fewer, the last one stands for those that are missing.
INLINE void find_rows(const uint8_t *rows[8], const uint8_t *weights, size_t row_bytes, size_t count) {
    for (size_t r = 0; r < 8; r++) rows[r] = weights + (r < count ? r : count - 1) * row_bytes;
}

// Asks for the bytes of the next eight rows while these are multiplied: eight streams at once are more than processors
// foresee by themselves. An address beyond the weight does no harm.
INLINE void prefetch(const uint8_t *p) { _mm_prefetch((const char *)p, _MM_HINT_T0); }

// How far behind eight of `rows` rows at `p` those begin that come after them.
INLINE size_t step_ahead(const uint8_t *p, size_t row_bytes, size_t rows, const uint8_t *next) {
    return next && rows <= 8 ? (size_t)((uintptr_t)next - (uintptr_t)p) : 8 * row_bytes;
}

INLINE void store(float *out, __m256 values, size_t count) {
    if (count == 8) {
        _mm256_storeu_ps(out, values);
        return;
    }
    float lanes[8];
    _mm256_storeu_ps(lanes, values);
    for (size_t r = 0; r < count; r++) out[r] = lanes[r];
}

#define DEFINE_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                                     \
    TARGET static void eight_##name(                                                                               \
        const uint8_t *rows[8], const struct isobath_quantized_row *x, size_t blocks, float *out, size_t count,    \
        size_t ahead) {                                                                                            \
        __m256 acc = _mm256_setzero_ps();                                                                          \
        for (size_t b = 0; b < blocks; b++) {                                                                      \
            __m256i sums[8], minimum[8];                                                                           \
            _Pragma("clang loop unroll(disable)") for (int r = 0; r < 8; r++) {                                    \
                for (int line = 0; line < (bytes); line += 64) prefetch(rows[r] + ahead + line);                   \
                sums[r] = sum_##name(rows[r], x->values + 256 * b, x->sums + 16 * b, &minimum[r]);                 \
            }                                                                                                      \
            const __m256 dx = _mm256_set1_ps(x->scales[b]);                                                        \
            const __m256 sum = _mm256_cvtepi32_ps(add_crosswise(sums));                                            \
            acc = _mm256_fmadd_ps(_mm256_mul_ps(halves(rows, d_at), dx), sum, acc);                                \
            if (minima == MINIMA_SCALED) {                                                                         \
                const __m256 least = _mm256_cvtepi32_ps(add_crosswise(minimum));                                   \
                acc = _mm256_fnmadd_ps(_mm256_mul_ps(halves(rows, dmin_at), dx), least, acc);                      \
            }                                                                                                      \
            for (int r = 0; r < 8; r++) rows[r] += (bytes);                                                        \
        }                                                                                                          \
        store(out, acc, count);                                                                                    \
    }                                                                                                              \
    DEFINE_ROWS(name, 256)

#define DEFINE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                                        \
    TARGET static void eight_##name(                                                                               \
        const uint8_t *rows[8], const struct isobath_quantized_row *x, size_t blocks, float *out, size_t count,    \
        size_t ahead) {                                                                                            \
        __m256 acc = _mm256_setzero_ps();                                                                          \
        for (size_t b = 0; b < blocks; b++) {                                                                      \
            const size_t at = b * (bytes);                                                                         \
            const __m256i activations = load(x->values + 32 * b);                                                  \
            __m256i sums[8];                                                                                       \
            for (int r = 0; r < 8; r++) {                                                                          \
                sums[r] = fours(products(quants_##name(rows[r] + at), activations, is_signed));                    \
            }                                                                                                      \
            const int32_t all = x->sums[2 * b] + x->sums[2 * b + 1];                                               \
            const __m256i sum = _mm256_sub_epi32(add_crosswise(sums), _mm256_set1_epi32((offset) * all));          \
            const __m256 dx = _mm256_set1_ps(x->scales[b]);                                                        \
            acc = _mm256_fmadd_ps(_mm256_mul_ps(halves(rows, at), dx), _mm256_cvtepi32_ps(sum), acc);              \
            if (has_minimum) {                                                                                     \
                const __m256 factor = _mm256_mul_ps(halves(rows, at + 2), dx);                                     \
                acc = _mm256_fmadd_ps(factor, _mm256_set1_ps((float)all), acc);                                    \
            }                                                                                                      \
            for (int r = 0; b % 2 && r < 8; r++) prefetch(rows[r] + at + ahead);                                   \
        }                                                                                                          \
        store(out, acc, count);                                                                                    \
    }                                                                                                              \
    DEFINE_ROWS(name, 32)

#define DEFINE_ROWS(name, values)                                                                                  \
    TARGET static void rows_##name(                                                                                \
        const uint8_t *weights, size_t row_bytes, size_t rows, const struct isobath_quantized_row *x,              \
        size_t count, float *out, const uint8_t *next) {                                                           \
        for (size_t r = 0; r < rows; r += 8) {                                                                     \
            const size_t some = rows - r < 8 ? rows - r : 8;                                                       \
            const uint8_t *eight[8];                                                                               \
            find_rows(eight, weights + r * row_bytes, row_bytes, some);                                            \
            const size_t ahead = step_ahead(eight[0], row_bytes, rows - r, next);                                  \
            eight_##name(eight, x, count / (values), out + r, some, ahead);                                        \
        }                                                                                                          \
    }                                                                                                              \
    static const struct isobath_integer_kernels kernels_##name = {                                                 \
        values, 0, 0, rows_##name, &isobath_tiles_avx2_##name};

ISOBATH_FORMATS_256(DEFINE_256)
ISOBATH_FORMATS_32(DEFINE_32)

#define CASE_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;
#define CASE_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain) case ISOBATH_##TYPE: return &kernels_##name;

const struct isobath_integer_kernels *isobath_integer_kernels_avx2(enum isobath_element_type type) {
    const int runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    if (!runs) return 0;
    switch (type) {
        ISOBATH_FORMATS_256(CASE_256)
        ISOBATH_FORMATS_32(CASE_32)
    default: return 0;
    }
}
#else
const struct isobath_integer_kernels *isobath_integer_kernels_avx2(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
