#pragma STDC FP_CONTRACT OFF
#include "peak_loops.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PEAK_SUMS 16
#define INTEGERS(p) _mm512_loadu_si512(p)
#define FLOATS(p) _mm512_loadu_ps(p)
#define TOTAL(sum) (uint32_t)_mm512_reduce_add_epi32(sum)
// The upper bits: of equal sums in all lanes, the lower ones would carry everything out of the result.
#define BITS(sum) (uint32_t)_mm512_reduce_add_epi32(_mm512_srli_epi32(_mm512_castps_si512(sum), 13))

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define BYTES(sum, x, k) _mm512_dpbusd_epi32(sum, INTEGERS(operands), INTEGERS(operands + 64))
#define WORDS(sum, x, k) _mm512_dpwssd_epi32(sum, INTEGERS(operands), INTEGERS(operands + 64))
DEFINE_PEAK_LOOP(int8, __m512i, INTEGERS, BYTES, TOTAL)
DEFINE_PEAK_LOOP(int16, __m512i, INTEGERS, WORDS, TOTAL)

#undef TARGET
#define TARGET __attribute__((target("avx512f,avx512bf16")))
#define HALVES(sum, x, k) \
    _mm512_dpbf16_ps(sum, (__m512bh)INTEGERS(operands), (__m512bh)INTEGERS(operands + 64))
DEFINE_PEAK_LOOP(bf16, __m512, FLOATS, HALVES, BITS)

#undef TARGET
#define TARGET __attribute__((target("avx512f")))
#define SINGLES(sum, x, k) _mm512_fmadd_ps(FLOATS(operands), FLOATS(operands + 64), sum)
DEFINE_PEAK_LOOP(f32, __m512, FLOATS, SINGLES, BITS)

TARGET static uint64_t read_all(const uint8_t *bytes, size_t count) {
    __m512i sums[8];
    for (int k = 0; k < 8; k++) sums[k] = _mm512_setzero_si512();
    for (size_t i = 0; i < count; i += 512) {
        for (int k = 0; k < 8; k++) {
            // Beyond the end this asks for nothing: a prefetch does not fault.
            __builtin_prefetch(bytes + i + 64 * k + READ_AHEAD, 0, 2);
            sums[k] = _mm512_xor_si512(sums[k], _mm512_load_si512(bytes + i + 64 * k));
        }
    }
    for (int k = 1; k < 8; k++) sums[0] = _mm512_xor_si512(sums[0], sums[k]);
    return (uint64_t)_mm512_reduce_add_epi64(sums[0]);
}

const struct isobath_peak_loop *isobath_peak_loop_avx512(enum isobath_peak_kind kind) {
    static const struct isobath_peak_loop loops[] = {
        {"vpdpbusd, 512 bits", PEAK_SUMS * 128, run_int8},
        {"vpdpwssd, 512 bits", PEAK_SUMS * 64, run_int16},
        {"vdpbf16ps, 512 bits", PEAK_SUMS * 64, run_bf16},
        {"vfmadd231ps, 512 bits", PEAK_SUMS * 32, run_f32},
    };
    if (!__builtin_cpu_supports("avx512f")) return 0;
    switch (kind) {
    case ISOBATH_PEAK_INT8:
    case ISOBATH_PEAK_INT16:
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni") ? &loops[kind] : 0;
    case ISOBATH_PEAK_BF16: return __builtin_cpu_supports("avx512bf16") ? &loops[kind] : 0;
    case ISOBATH_PEAK_F32: return &loops[kind];
    }
    return 0;
}

isobath_read_loop isobath_read_loop_avx512(void) { return __builtin_cpu_supports("avx512f") ? read_all : 0; }
#else
const struct isobath_peak_loop *isobath_peak_loop_avx512(enum isobath_peak_kind kind) { return (void)kind, (void *)0; }
isobath_read_loop isobath_read_loop_avx512(void) { return 0; }
#endif
