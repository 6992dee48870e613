#pragma once
#include "integer_formats.h"
#include "isobath_integer_kernels.h"

// The integer products on 64-bit Arm, for three generations of processors. `isobath_integer_kernels_neon` is the last
// of these that runs; each is `NULL` where the processor lacks what it needs.

/// With what every 64-bit Arm processor has (Cortex-A53, A57, A72): widening products, added up in 32 bits.
const struct isobath_integer_kernels *isobath_integer_kernels_neon_plain(enum isobath_element_type type);

/// With SDOT, four products a lane (Armv8.2: Apple M1, Neoverse N1, Cortex-A76).
const struct isobath_integer_kernels *isobath_integer_kernels_neon_dot(enum isobath_element_type type);

/// With SMMLA beside it, eight products a lane, for tiles (Armv8.6: Apple M2, Neoverse V1 and N2).
const struct isobath_integer_kernels *isobath_integer_kernels_neon_matrix(enum isobath_element_type type);

int isobath_arm_has_dot_products(void);
int isobath_arm_has_matrix_products(void);

// The tiles of the last one.
#define ISOBATH_DECLARE_MATRIX_TILES(name, ...)                                                                    \
    extern const struct isobath_integer_tiles isobath_tiles_neon_matrix_##name;
ISOBATH_FORMATS_256(ISOBATH_DECLARE_MATRIX_TILES)
ISOBATH_FORMATS_32(ISOBATH_DECLARE_MATRIX_TILES)
