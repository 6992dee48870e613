#pragma STDC FP_CONTRACT OFF
// Integer products on 128-bit vectors: which of the forms for Arm runs, and the one for processors without dot
// products.
#include "isobath_integer_kernels.h"

#if defined(__aarch64__)
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif

#include "integer_neon.h"

#define TARGET
// Two products in each of eight lanes of 16 bits cannot overflow: 2 · 128 · 127 < 2¹⁵.
#define DOT(sum, a, b) vpadalq_s16(sum, vmlal_high_s8(vmull_s8(vget_low_s8(a), vget_low_s8(b)), a, b))
#include "integer_rows_neon.h"

#define KERNELS(name, values)                                                                                      \
    static const struct isobath_integer_kernels kernels_##name = {values, 0, 0, rows_##name, 0};
#define KERNELS_256(name, ...) KERNELS(name, 256)
#define KERNELS_32(name, ...) KERNELS(name, 32)
ISOBATH_FORMATS_256(KERNELS_256)
ISOBATH_FORMATS_32(KERNELS_32)

#define CASE(name, TYPE, ...) case ISOBATH_##TYPE: return &kernels_##name;

const struct isobath_integer_kernels *isobath_integer_kernels_neon_plain(enum isobath_element_type type) {
    switch (type) {
        ISOBATH_FORMATS_256(CASE)
        ISOBATH_FORMATS_32(CASE)
    default: return 0;
    }
}

// MARK: What the processor has

#if defined(__linux__)
// Headers of older kernels do not name it.
#ifndef HWCAP2_I8MM
#define HWCAP2_I8MM (1 << 13)
#endif

int isobath_arm_has_dot_products(void) { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

int isobath_arm_has_matrix_products(void) { return (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0; }
#elif defined(__APPLE__)
// Every Apple processor that runs macOS on Arm has them.
int isobath_arm_has_dot_products(void) { return 1; }

// Asked once: 0 until then, and then 1 or 2. Threads that ask at the same time find the same.
int isobath_arm_has_matrix_products(void) {
    static int answer;
    int known = __atomic_load_n(&answer, __ATOMIC_RELAXED);
    if (known == 0) {
        int has = 0;
        size_t size = sizeof has;
        known = sysctlbyname("hw.optional.arm.FEAT_I8MM", &has, &size, 0, 0) == 0 && has ? 2 : 1;
        __atomic_store_n(&answer, known, __ATOMIC_RELAXED);
    }
    return known == 2;
}
#else
int isobath_arm_has_dot_products(void) { return 0; }

int isobath_arm_has_matrix_products(void) { return 0; }
#endif

const struct isobath_integer_kernels *isobath_integer_kernels_neon(enum isobath_element_type type) {
    if (isobath_arm_has_matrix_products()) return isobath_integer_kernels_neon_matrix(type);
    if (isobath_arm_has_dot_products()) return isobath_integer_kernels_neon_dot(type);
    return isobath_integer_kernels_neon_plain(type);
}
#else
const struct isobath_integer_kernels *isobath_integer_kernels_neon(enum isobath_element_type type) {
    (void)type;
    return 0;
}
#endif
