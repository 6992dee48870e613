#pragma once
#include <stddef.h>
#include <stdint.h>

#include "isobath_decode.h"

/// A row of activations in 8 bits, −127 ... 127: value i is about values[i] · scales[i / block].
///
/// `sums[g]` is the sum of values 16g ... 16g + 15. Blocks have 256 or 32 values, as the weight's format has. `extra` is
/// what the kernels' `prepare` made of them.
struct isobath_quantized_row {
    const int8_t *values;
    const float *scales;
    const int16_t *sums;
    const int32_t *extra;
};

/// Products of a few weight rows, unpacked once, with many rows of activations.
struct isobath_integer_tiles {
    /// Weight rows that a tile holds.
    size_t rows;

    /// Bytes of a tile for every 256 values of a row, rounded up.
    size_t bytes;

    /// Unpacks `count` values of 1 ... `rows` weight rows into `tile`, which is aligned to 64 bytes. `next` is a hint, as
    /// that of `isobath_integer_kernels.rows`.
    void (*unpack)(
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile, const uint8_t *next);

    /// out[c · out_stride + r] = row r of the tile · row c of the activations, for `rows` rows and `columns` columns.
    ///
    /// Row c of the activations lies c · `stride` bytes behind x. Where `continues` is set, out holds the products of
    /// the blocks before, and is carried on.
    void (*multiply)(
        const uint8_t *tile, size_t rows, const struct isobath_quantized_row *x, size_t stride, size_t columns,
        size_t count, int continues, float *out, size_t out_stride);
};

/// Products of one weight format with 8-bit activations, in one of several forms that give the same bits.
///
/// The sum over a block is a whole number, exact in 32 bits whatever the order. Blocks are combined in one order, from
/// the first to the last: acc = fma(d · dx, sum, acc), and where the format has minima, then
/// acc = fma(−(dmin · dx), sum of minima, acc), or fma(m · dx, sum of activations, acc) for Q4_1 and Q5_1.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_integer_kernels {
    /// Activations that share a scale: 256 or 32.
    size_t block;

    /// Numbers for every 256 activations that the form wants beside the activations: 0 for none.
    size_t extra;

    /// Makes them of `count` activations, a whole number of blocks; `NULL` where there are none.
    void (*prepare)(const int8_t *values, const int16_t *sums, size_t count, int32_t *extra);

    /// out[r] = row r of the weight · x, for r < rows. `count` is a whole number of the format's blocks.
    ///
    /// `next` is where the rows begin that are most likely read after these; memory is asked for them towards the end.
    /// Nothing depends on it, and it may be `NULL`.
    void (*rows)(
        const uint8_t *weights, size_t row_bytes, size_t rows, const struct isobath_quantized_row *x, size_t count,
        float *out, const uint8_t *next);

    /// For many rows of activations; `NULL` where `rows` serves them too.
    const struct isobath_integer_tiles *tiles;
};

/// x → 8 bits, blocks of `block` (256 or 32, which divides `count`): scale = max|x| / 127, values to nearest, ties to even.
///
/// A block with anything that is no finite number gets the scale NaN; one below 1e-30 counts as zeros.
void isobath_quantize_row(
    const float *x, size_t count, size_t block, int8_t *values, float *scales, int16_t *sums);

/// The forms. Each is `NULL` for a format without integer kernels, and where the processor lacks what the form needs.
const struct isobath_integer_kernels *isobath_integer_kernels_scalar(enum isobath_element_type type);
const struct isobath_integer_kernels *isobath_integer_kernels_avx2(enum isobath_element_type type);
const struct isobath_integer_kernels *isobath_integer_kernels_avx512(enum isobath_element_type type);
const struct isobath_integer_kernels *isobath_integer_kernels_neon(enum isobath_element_type type);
