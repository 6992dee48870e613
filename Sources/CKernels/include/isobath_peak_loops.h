#pragma once
#include <stddef.h>
#include <stdint.h>

/// What is multiplied.
enum isobath_peak_kind { ISOBATH_PEAK_INT8, ISOBATH_PEAK_INT16, ISOBATH_PEAK_BF16, ISOBATH_PEAK_F32 };

/// Bytes of operands that the loops go around in: they stay in the first cache.
#define ISOBATH_PEAK_OPERANDS 4096

/// A loop that does nothing but multiply and add, as fast as one core can: what any product of matrices stays below.
///
/// `@Sendable`, as Swift sees it: a constant without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_peak_loop {
    /// The instructions that do it.
    const char *instructions;

    /// Operations of an iteration: two for each multiply-add.
    size_t operations;

    /// `operands` has ISOBATH_PEAK_OPERANDS bytes, aligned to 64, that are small numbers in the kind's format. The result
    /// depends on all products, so that no compiler leaves any out.
    uint32_t (*run)(const uint8_t *operands, size_t iterations);
};

/// The loops of each form. `NULL` where the processor lacks what the form needs, or has no such numbers.
const struct isobath_peak_loop *isobath_peak_loop_scalar(enum isobath_peak_kind kind);
const struct isobath_peak_loop *isobath_peak_loop_avx2(enum isobath_peak_kind kind);
const struct isobath_peak_loop *isobath_peak_loop_avx512(enum isobath_peak_kind kind);
const struct isobath_peak_loop *isobath_peak_loop_neon(enum isobath_peak_kind kind);

/// A loop that reads `count` bytes, a multiple of 4096 aligned to 64, and does next to nothing with them.
typedef uint64_t (*isobath_read_loop)(const uint8_t *bytes, size_t count);

/// The same forms.
isobath_read_loop isobath_read_loop_scalar(void);
isobath_read_loop isobath_read_loop_avx2(void);
isobath_read_loop isobath_read_loop_avx512(void);
isobath_read_loop isobath_read_loop_neon(void);
