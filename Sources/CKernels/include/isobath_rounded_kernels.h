#pragma once
#include <stddef.h>
#include <stdint.h>

#include "isobath_attention_kernels.h"

/// Values that share one scale, at most: rounded rows are cut into groups of so many.
#define ISOBATH_ROUNDED_GROUP 128
/// Rows of a cache that are asked for ahead of those that are read: processors foresee no further than a page of 4 KB.
#define ISOBATH_ROWS_AHEAD 6

/// Products of rows that are rounded to 8 bits on both sides, in one of several forms that give the same bits.
///
/// A group of at most 128 values of a row has one scale, its largest magnitude / 127; a value becomes the whole number
/// nearest to value / scale. Such numbers stand in one of two shapes:
/// - *rows*: values one after another; for each row and group its scale and its `start`, −128 · the sum of its numbers,
///   which some forms begin their sums with;
/// - *tiles* of 64 rows: numbers 4i ... 4i + 3 of row j at 4 · (64 · i + j), in a way that is the form's own affair, and
///   64 scales. A tile with fewer rows is filled up with rows of zeros.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_rounded_kernels {
    /// "scalar", "avx2", "avx512" or "neon".
    const char *name;

    /// Rounds one group of `width` values (a multiple of 32, at most 128) of each of `count` rows, which lie `stride`
    /// values apart; their numbers go `row_bytes` bytes apart.
    void (*round_rows)(
        const float *rows, size_t stride, size_t count, size_t width, int8_t *values, size_t row_bytes, float *scales,
        int32_t *starts);

    /// Brings `count` Q8_0 rows, at most 64, of `width` values to one scale for each 128 values: that of the largest block,
    /// of which the others have a part in units of 2⁻¹⁵. Numbers go row after row without gaps; `scales` gets 64 for each
    /// group, those of missing rows 0.
    void (*regroup_rows)(
        const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales);

    /// Rounds `count` rows, at most 64, of `width` values (a multiple of 32) in bf16 or f16, one scale for each 128 values;
    /// numbers and scales go as those of `regroup_rows`.
    void (*round_halves)(
        const uint8_t *rows, int is_bf16, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales);

    /// Makes what `mix_values` of `isobath_attention_kernels` takes from the numbers of `count` rows, at most 64, of
    /// `width` values (a multiple of 32).
    void (*interleave_rows)(const int8_t *values, size_t row_bytes, size_t count, size_t width, int8_t *packed);

    /// Makes one group of a tile from the numbers of `count` rounded rows, at most 64.
    void (*turn_rows)(const int8_t *values, size_t row_bytes, size_t count, size_t width, uint8_t *tile);

    /// Rounds one group of a tile from turned values: value i of row j at columns[64 · i + j]. `scales` gets 64.
    void (*round_columns)(const float *columns, size_t width, uint8_t *tile, float *scales);

    /// As `pack_values` of `isobath_attention_kernels` does, from `count` rows of `width` values (a multiple of 32) that
    /// lie `stride` values apart: numbers at one scale for each row.
    void (*round_values)(
        const float *rows, size_t stride, size_t count, size_t width, int8_t *packed, float *scales);

    /// out [m, 64] = row scale · tile scale · product of whole numbers, for one group of m rows with one of a tile; if
    /// `continues`, that is added to `out` by one fused multiply-add.
    void (*multiply)(
        const int8_t *values, size_t row_bytes, const float *scales, const int32_t *starts, size_t m,
        const uint8_t *tile, const float *tile_scales, size_t width, int continues, float *out, size_t out_stride);
};

/// The forms. Each is `NULL` where the processor (or the operating system) lacks what it needs; scalar always exists.
const struct isobath_rounded_kernels *isobath_rounded_kernels_scalar(void);
const struct isobath_rounded_kernels *isobath_rounded_kernels_avx2(void);
const struct isobath_rounded_kernels *isobath_rounded_kernels_avx512(void);
const struct isobath_rounded_kernels *isobath_rounded_kernels_neon(void);
