#pragma once
// What encoders onto grids share: levels of values, and points of levels. In the steps and the order of ggml's.
#define TARGET
#include "encode_lanes.h"
#include "encode_search.h"
#include "isobath_grid_encoders.h"

// Values of a run at most, and points of one.
enum { MOST_RUN = 32, MOST_GROUPS = 8 };

extern const struct isobath_grid_encoder isobath_encoder_iq1_s, isobath_encoder_iq1_m;

// The level l whose 2l + 1 is nearest to x · inverse.
static inline int level_at(float x, float inverse, int levels) {
    const int level = nearest_int(0.5f * (inverse * x - 1));
    return level < 0 ? 0 : level > levels - 1 ? levels - 1 : level;
}

static inline size_t place_of_levels(const uint8_t *levels, const struct isobath_grid *grid) {
    size_t place = 0;
    for (int i = 0; i < grid->width; i++) place |= (size_t)levels[i] << grid->bits * i;
    return place;
}

// The points to try for a place off the grid: their number, then they themselves.
static inline const uint16_t *points_near(const struct isobath_grid *grid, int32_t entry) { return grid->near + (-1 - entry); }
