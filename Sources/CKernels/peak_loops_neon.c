#pragma STDC FP_CONTRACT OFF
#include "peak_loops.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#define PEAK_SUMS 16
#define INTEGERS(p) vreinterpretq_s32_s8(vld1q_s8((const int8_t *)(p)))
#define FLOATS(p) vreinterpretq_f32_s8(vld1q_s8((const int8_t *)(p)))
#define TOTAL(sum) (uint32_t)vaddvq_s32(sum)
// The upper bits: of equal sums in all lanes, the lower ones would carry everything out of the result.
#define BITS(sum) vaddvq_u32(vshrq_n_u32(vreinterpretq_u32_f32(sum), 13))

#if defined(__clang__)
#define DOTPROD __attribute__((target("dotprod")))
#define BFLOATS __attribute__((target("bf16")))
#else
#define DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#define BFLOATS __attribute__((target("arch=armv8.2-a+bf16")))
#endif

#define TARGET DOTPROD
#define BYTES(sum, x, k) vdotq_s32(sum, vld1q_s8((const int8_t *)operands), vld1q_s8((const int8_t *)operands + 16))
DEFINE_PEAK_LOOP(int8, int32x4_t, INTEGERS, BYTES, TOTAL)

#undef TARGET
#define TARGET BFLOATS
#define HALVES(sum, x, k) \
    vbfdotq_f32(sum, vld1q_bf16((const bfloat16_t *)operands), vld1q_bf16((const bfloat16_t *)operands + 8))
DEFINE_PEAK_LOOP(bf16, float32x4_t, FLOATS, HALVES, BITS)

#undef TARGET
#define TARGET
#define WORDS(sum, x, k) vmlal_s16(sum, vld1_s16((const int16_t *)operands), vld1_s16((const int16_t *)(x + 8 * k)))
#define SINGLES(sum, x, k) vfmaq_f32(sum, FLOATS(operands), FLOATS(operands + 16))
DEFINE_PEAK_LOOP(int16, int32x4_t, INTEGERS, WORDS, TOTAL)
DEFINE_PEAK_LOOP(f32, float32x4_t, FLOATS, SINGLES, BITS)

static uint64_t read_all(const uint8_t *bytes, size_t count) {
    uint64x2_t sums[8];
    for (int k = 0; k < 8; k++) sums[k] = vdupq_n_u64(0);
    for (size_t i = 0; i < count; i += 128) {
        // Beyond the end this asks for nothing: a prefetch does not fault.
        __builtin_prefetch(bytes + i + READ_AHEAD, 0, 2);
        __builtin_prefetch(bytes + i + 64 + READ_AHEAD, 0, 2);
        for (int k = 0; k < 8; k++) sums[k] = veorq_u64(sums[k], vreinterpretq_u64_u8(vld1q_u8(bytes + i + 16 * k)));
    }
    for (int k = 1; k < 8; k++) sums[0] = veorq_u64(sums[0], sums[k]);
    return vaddvq_u64(sums[0]);
}

static int has_dot_product(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
    return 1;  // every processor that macOS runs on has it
#endif
}

static int has_bfloat(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP2) & HWCAP2_BF16) != 0;
#elif defined(__APPLE__)
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname("hw.optional.arm.FEAT_BF16", &value, &size, 0, 0) == 0 && value != 0;
#else
    return 0;
#endif
}

const struct isobath_peak_loop *isobath_peak_loop_neon(enum isobath_peak_kind kind) {
    static const struct isobath_peak_loop loops[] = {
        {"sdot, 128 bits", PEAK_SUMS * 32, run_int8},
        {"smlal, 64 bits", PEAK_SUMS * 8, run_int16},
        {"bfdot, 128 bits", PEAK_SUMS * 16, run_bf16},
        {"fmla, 128 bits", PEAK_SUMS * 8, run_f32},
    };
    if (kind == ISOBATH_PEAK_INT8 && !has_dot_product()) return 0;
    if (kind == ISOBATH_PEAK_BF16 && !has_bfloat()) return 0;
    return &loops[kind];
}

isobath_read_loop isobath_read_loop_neon(void) { return read_all; }
#else
const struct isobath_peak_loop *isobath_peak_loop_neon(enum isobath_peak_kind kind) { return (void)kind, (void *)0; }
isobath_read_loop isobath_read_loop_neon(void) { return 0; }
#endif
