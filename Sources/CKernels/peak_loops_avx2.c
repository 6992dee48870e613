#pragma STDC FP_CONTRACT OFF
#include "peak_loops.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define PEAK_SUMS 12
#define INTEGERS(p) _mm256_loadu_si256((const __m256i *)(p))
#define FLOATS(p) _mm256_loadu_ps((const float *)(p))

TARGET static inline uint32_t total(__m256i sum) {
    uint32_t parts[8], all = 0;
    _mm256_storeu_si256((__m256i *)parts, sum);
    for (int i = 0; i < 8; i++) all += parts[i];
    return all;
}

// Pairs of bytes, pairs of pairs, then the sum: without a dot-product instruction it takes three.
TARGET static inline __m256i bytes(__m256i sum, __m256i constant, const uint8_t *x) {
    const __m256i pairs = _mm256_maddubs_epi16(constant, INTEGERS(x));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#define BYTES(sum, x, k) bytes(sum, INTEGERS(operands), x + 32 * k)
#define WORDS(sum, x, k) _mm256_add_epi32(sum, _mm256_madd_epi16(INTEGERS(operands), INTEGERS(x + 32 * k)))
#define SINGLES(sum, x, k) _mm256_fmadd_ps(FLOATS(operands), FLOATS(operands + 32), sum)
// The upper bits: of equal sums in all lanes, the lower ones would carry everything out of the result.
#define BITS(sum) total(_mm256_srli_epi32(_mm256_castps_si256(sum), 13))
DEFINE_PEAK_LOOP(int8, __m256i, INTEGERS, BYTES, total)
DEFINE_PEAK_LOOP(int16, __m256i, INTEGERS, WORDS, total)
DEFINE_PEAK_LOOP(f32, __m256, FLOATS, SINGLES, BITS)

TARGET static uint64_t read_all(const uint8_t *bytes, size_t count) {
    __m256i sums[8];
    for (int k = 0; k < 8; k++) sums[k] = _mm256_setzero_si256();
    for (size_t i = 0; i < count; i += 256) {
        for (int k = 0; k < 8; k++) {
            // Beyond the end this asks for nothing: a prefetch does not fault.
            if (k % 2 == 0) __builtin_prefetch(bytes + i + 32 * k + READ_AHEAD, 0, 2);
            sums[k] = _mm256_xor_si256(sums[k], _mm256_load_si256((const __m256i *)(bytes + i + 32 * k)));
        }
    }
    for (int k = 1; k < 8; k++) sums[0] = _mm256_xor_si256(sums[0], sums[k]);
    return total(sums[0]);
}

const struct isobath_peak_loop *isobath_peak_loop_avx2(enum isobath_peak_kind kind) {
    static const struct isobath_peak_loop loops[] = {
        {"vpmaddubsw, vpmaddwd, vpaddd, 256 bits", PEAK_SUMS * 64, run_int8},
        {"vpmaddwd, vpaddd, 256 bits", PEAK_SUMS * 32, run_int16},
        {0},
        {"vfmadd231ps, 256 bits", PEAK_SUMS * 16, run_f32},
    };
    const int runs = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && kind != ISOBATH_PEAK_BF16;
    return runs ? &loops[kind] : 0;
}

isobath_read_loop isobath_read_loop_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? read_all : 0;
}
#else
const struct isobath_peak_loop *isobath_peak_loop_avx2(enum isobath_peak_kind kind) { return (void)kind, (void *)0; }
isobath_read_loop isobath_read_loop_avx2(void) { return 0; }
#endif
