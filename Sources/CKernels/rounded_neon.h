#pragma once
#include "isobath_rounded_kernels.h"

/// The form for 64-bit Arm without SDOT. `isobath_rounded_kernels_neon` is the last of the two that runs.
const struct isobath_rounded_kernels *isobath_rounded_kernels_neon_plain(void);

/// With SDOT; `NULL` where the processor lacks it.
const struct isobath_rounded_kernels *isobath_rounded_kernels_neon_dot(void);
