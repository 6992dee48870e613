#pragma once
#include "CKernels.h"

// The blocks of bfloat_products.h with the processor's instruction replaced by a model of it, so that they run on processors
// that lack it. One lane of the instruction by itself is compared too, with whatever else the processor has to compute it.

/// Vectors as plain C, on any processor.
const struct isobath_bfloat_kernels *bfloat_kernels_of_plain_vectors(void);
/// The vectors of the AVX-512 form, all but the one instruction; `NULL` where the processor lacks AVX-512.
const struct isobath_bfloat_kernels *bfloat_kernels_of_modelled_instruction(void);

/// 16 sums, each and both products of its pair.
typedef void (*add_pairs_of_bfloats)(float sums[16], const uint16_t a[32], const uint16_t b[32]);

/// The model.
void add_modelled_pairs(float sums[16], const uint16_t a[32], const uint16_t b[32]);
/// Two f32 multiply-adds while the processor takes subnormal operands and results for zeros; `NULL` without AVX-512.
add_pairs_of_bfloats add_fused_pairs(void);
/// The instruction itself; `NULL` where the processor lacks it.
add_pairs_of_bfloats add_pairs_at_once(void);
