#pragma once
#include "integer_formats.h"
#include "isobath_integer_kernels.h"

// The tiles of each format, for the form's table.
#define ISOBATH_DECLARE_TILES_256(name, TYPE, bytes, d_at, dmin_at, minima, is_signed, chain)                      \
    extern const struct isobath_integer_tiles isobath_tiles_avx2_##name;
#define ISOBATH_DECLARE_TILES_32(name, TYPE, bytes, offset, has_minimum, is_signed, chain)                         \
    extern const struct isobath_integer_tiles isobath_tiles_avx2_##name;

ISOBATH_FORMATS_256(ISOBATH_DECLARE_TILES_256)
ISOBATH_FORMATS_32(ISOBATH_DECLARE_TILES_32)
