#pragma once
#include <stddef.h>
#include <stdint.h>

#include "isobath_decode.h"

// Formats whose values stand for points of a grid, eight or four values a point: IQ1, IQ2 and IQ3. To encode them one has to
// find points: those that values round to, or where these are not on the grid, the best of those nearby.

/// The points of a format's grid, and which to try for values that round to none of them.
struct isobath_grid {
    /// Values of a point, and bits that one's level takes in `map`.
    int width, bits;
    /// Points, `width` levels each.
    size_t count;
    const uint8_t *levels;
    /// For levels l₀, l₁, … at l₀ + l₁ · 2^bits + …: the point that has them, or −1 − the place in `near` where the number
    /// of points nearby stands, and behind it these, nearest first.
    const int32_t *map;
    const uint16_t *near;
};

/// How large a grid is.
struct isobath_grid_size {
    int width, bits;
    size_t count, map_count;
};

/// The size of the format's grid; a count of 0 for formats without one.
struct isobath_grid_size isobath_grid_size(enum isobath_element_type type);

/// Writes the levels of the points, `count` · `width` of them.
void isobath_grid_levels(enum isobath_element_type type, uint8_t *levels);

/// Writes the map, `map_count` numbers, and, unless `near` is `NULL`, what `near` holds.
/// - Returns: how many numbers that is. Takes some ten million steps.
size_t isobath_grid_map(enum isobath_element_type type, const uint8_t *levels, int32_t *map, uint16_t *near);

/// A quantizer onto a grid that gives ggml's reference bytes.
struct __attribute__((swift_attr("@Sendable"))) isobath_grid_encoder {
    /// Encodes rows as `isobath_encoder` does, onto `grid`, which is the format's.
    void (*encode)(
        const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks,
        const struct isobath_grid *grid);
};

/// The format's encoder; `NULL` for formats without a grid.
const struct isobath_grid_encoder *isobath_grid_encoder_of(enum isobath_element_type type);
