#pragma once
#include <stdint.h>

// The grids of the IQ formats: entry = 8 (or 4) values of one byte, the first in the lowest byte.
extern const uint64_t isobath_grid_iq2_xxs[256];
extern const uint64_t isobath_grid_iq2_xs[512];
extern const uint64_t isobath_grid_iq2_s[1024];
extern const uint64_t isobath_grid_iq1_s[2048];
extern const uint32_t isobath_grid_iq3_xxs[256];
extern const uint32_t isobath_grid_iq3_s[512];
