#pragma once
#include <stddef.h>
#include <stdint.h>

#include "isobath_decode.h"

/// A quantizer that gives ggml's reference bytes, in one of several forms that give the same.
///
/// `@Sendable`, as Swift sees it: a constant table of functions without state.
struct __attribute__((swift_attr("@Sendable"))) isobath_encoder {
    /// Writes `rows` rows of `width` values, one after another, as blocks of the format.
    ///
    /// `width` is a whole number of blocks, values are finite. `importance`, `width` numbers that are not negative, or
    /// `NULL`, says how much an error in each column counts.
    void (*encode)(const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks);
};

/// The form's encoder for a format; `NULL` for formats without one, and where the processor lacks what the form needs. The
/// plain form is for any processor.
const struct isobath_encoder *isobath_encoder_plain(enum isobath_element_type type);
const struct isobath_encoder *isobath_encoder_avx2(enum isobath_element_type type);
const struct isobath_encoder *isobath_encoder_avx512(enum isobath_element_type type);
