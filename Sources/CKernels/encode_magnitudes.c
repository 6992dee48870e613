#pragma STDC FP_CONTRACT OFF
// Encoders of IQ2 and IQ3: magnitudes on a grid, with signs of their own.
#include "encode_grid.h"

// How a format searches for the scale of a run.
struct magnitudes {
    int run;          // values that share a scale
    int levels;       // 3 or 8: level l stands for 2l + 1
    int trials;       // scales to each side of the first
    float step;       // between them
    float least;      // runs with no larger magnitude are zeros
    float spread;     // of the weights, in mean squares of the block
    float plain;      // part of the spread that weights without importance get
    float factor;     // what the block's scale is corrected by
    int has_parity;   // the signs of eight values are stored in seven bits
    int is_searched;  // the first scale comes from a search of its own
    enum { OFF_GRID, ALL_IF_OFF, ALL } refined;  // which points are found anew at the final scale
};

// A run's magnitudes, weights and what is found for it.
struct magnitude_run {
    float x[MOST_RUN], w[MOST_RUN], roots[MOST_RUN];
    uint8_t levels[MOST_RUN];
    uint8_t signs[4];
    float scale;
};

// The levels of one point for `width` values at a scale; whether they round to one.
static int find_point(
    const struct isobath_grid *grid, const float *x, const float *roots, float inverse, float scale, int levels,
    uint8_t *to) {
    for (int i = 0; i < grid->width; i++) to[i] = (uint8_t)level_at(x[i], inverse, levels);
    const int32_t entry = grid->map[place_of_levels(to, grid)];
    if (entry >= 0) return 1;
    const uint16_t *const near = points_near(grid, entry);
    const uint8_t *best = 0;
    float least = 3.402823466e+38f;
    for (size_t j = 1; j <= near[0]; j++) {
        const uint8_t *const point = grid->levels + near[j] * (size_t)grid->width;
        float error = 0;
        for (int i = 0; i < grid->width; i++) {
            const float off = scale * (float)(2 * point[i] + 1) - x[i];
            error += roots[i] * off * off;
        }
        if (error < least) {
            least = error;
            best = point;
        }
    }
    // Without a least error, which only numbers beyond the range of floats have, any point will do.
    memcpy(to, best ? best : grid->levels + near[1] * (size_t)grid->width, (size_t)grid->width);
    return 0;
}

static void weigh(
    const struct magnitudes *format, const float *x, const float *importance, float squares, struct magnitude_run *run) {
    const float spread = format->spread * squares / BLOCK;
    for (int i = 0; i < format->run; i++) {
        run->w[i] = importance ? importance[i] * sqrtf(spread + x[i] * x[i]) : format->plain * spread + x[i] * x[i];
        run->roots[i] = sqrtf(run->w[i]);
    }
}

// Magnitudes and signs. Where seven bits hold eight signs, an odd number of minus signs is made even by that of the value
// which matters least.
static void take_signs(const struct magnitudes *format, const float *x, struct magnitude_run *run) {
    for (int k = 0; k < format->run / 8; k++) {
        const float *const eight = x + 8 * k, *const w = run->w + 8 * k;
        int signs = 0, least = 0, count = 0;
        for (int i = 0; i < 8; i++) {
            const int is_negative = !(eight[i] >= 0);
            run->x[8 * k + i] = is_negative ? -eight[i] : eight[i];
            signs |= is_negative << i;
            count += is_negative;
            if (w[i] * eight[i] * eight[i] < w[least] * eight[least] * eight[least]) least = i;
        }
        if (format->has_parity && count % 2) {
            run->x[8 * k + least] = -run->x[8 * k + least];
            signs ^= 1 << least;
        }
        run->signs[k] = (uint8_t)(format->has_parity ? signs & 127 : signs);
    }
}

struct moments {
    float qx, q2;
};

static struct moments moments_of(const struct magnitude_run *run, const uint8_t *levels, int n) {
    struct moments sums = {0, 0};
    for (int i = 0; i < n; i++) {
        const float w = run->w[i], q = (float)(2 * levels[i] + 1);
        sums.qx += w * run->x[i] * q;
        sums.q2 += w * q * q;
    }
    return sums;
}

// Points are found anew where that was asked for, and the scale from them.
static void refine(
    const struct magnitudes *format, const struct isobath_grid *grid, struct magnitude_run *run, const int *is_on) {
    const int groups = format->run / grid->width;
    int off = 0;
    for (int k = 0; k < groups; k++) off += !is_on[k];
    if (!(run->scale > 0) || (format->refined != ALL && off == 0)) return;
    const float inverse = 1 / run->scale;
    for (int k = 0; k < groups; k++) {
        if (format->refined == OFF_GRID && is_on[k]) continue;
        const int first = k * grid->width;
        find_point(
            grid, run->x + first, run->roots + first, inverse, run->scale, format->levels, run->levels + first);
    }
    const struct moments sums = moments_of(run, run->levels, format->run);
    if (sums.q2 > 0) run->scale = sums.qx / sums.q2;
}

// Finds scale and levels of a run whose magnitudes and weights are there; whether there is anything to store.
static int search_magnitudes(
    const struct magnitudes *format, const struct isobath_grid *grid, struct magnitude_run *run) {
    const int n = format->run, groups = n / grid->width;
    const float top = (float)(2 * format->levels - 1);
    float largest = run->x[0];
    for (int i = 1; i < n; i++) largest = run->x[i] > largest ? run->x[i] : largest;
    memset(run->levels, 0, sizeof run->levels);
    run->scale = 0;
    if (format->least > 0 ? largest < format->least : largest == 0) return 0;
    if (format->is_searched) {
        run->scale = search_positive(run->x, run->w, n, format->levels + 1, run->levels);
        largest = run->scale * (float)format->levels;
        if (largest <= 0) {
            memset(run->levels, 0, sizeof run->levels);
            run->scale = 0;
            return 0;
        }
    } else {
        run->scale = largest / top;
    }
    float best = 0;
    int is_on[MOST_GROUPS];
    for (int k = 0; k < groups; k++) is_on[k] = format->refined != ALL_IF_OFF;
    for (int k = -format->trials; k <= format->trials; k++) {
        const float inverse = (top + (float)k * format->step) / largest, scale = 1 / inverse;
        uint8_t levels[MOST_RUN] = {0};
        int is_found[MOST_GROUPS] = {0};
        for (int g = 0; g < groups; g++) {
            const int first = g * grid->width;
            is_found[g] = find_point(
                grid, run->x + first, run->roots + first, inverse, scale, format->levels, levels + first);
        }
        const struct moments sums = moments_of(run, levels, n);
        if (!(sums.q2 > 0 && sums.qx * sums.qx > best * sums.q2)) continue;
        run->scale = sums.qx / sums.q2;
        best = run->scale * sums.qx;
        memcpy(run->levels, levels, sizeof run->levels);
        memcpy(is_on, is_found, sizeof is_on);
    }
    refine(format, grid, run, is_on);
    if (run->scale < 0) {
        run->scale = -run->scale;
        for (int k = 0; k < n / 8; k++) run->signs[k] = (uint8_t)(~run->signs[k] & (format->has_parity ? 127 : 255));
    }
    return 1;
}

// What a block consists of before it is written: its runs' points, signs and scales.
struct magnitude_block {
    uint16_t points[BLOCK / 4];
    uint8_t signs[BLOCK / 8];
    uint8_t scales[16];  // four bits each
    float scale;         // 0 if all runs are zeros
};

static struct magnitude_block search_block(
    const struct magnitudes *format, const struct isobath_grid *grid, const float *x, const float *importance) {
    struct magnitude_block block = {.scale = 0};
    float squares = 0, scales[16], largest = 0;
    for (int i = 0; i < BLOCK; i++) squares += x[i] * x[i];
    for (int r = 0; r < BLOCK / format->run; r++) {
        struct magnitude_run run = {.scale = 0};
        weigh(format, x + r * format->run, importance ? importance + r * format->run : 0, squares, &run);
        take_signs(format, x + r * format->run, &run);
        const int is_there = search_magnitudes(format, grid, &run);
        scales[r] = run.scale;
        if (!is_there) continue;
        for (int g = 0; g < format->run / grid->width; g++) {
            const int32_t entry = grid->map[place_of_levels(run.levels + g * grid->width, grid)];
            block.points[r * (format->run / grid->width) + g] = (uint16_t)(entry < 0 ? 0 : entry);
        }
        memcpy(block.signs + r * format->run / 8, run.signs, (size_t)format->run / 8);
        largest = run.scale > largest ? run.scale : largest;
    }
    if (!(largest > 0)) return block;
    const float scale = largest / 31, inverse = 1 / scale;
    for (int r = 0; r < BLOCK / format->run; r++) block.scales[r] = (uint8_t)level_at(scales[r], inverse, 16);
    block.scale = scale * format->factor;
    return block;
}

static void store_iq2_xxs(const struct magnitude_block *block, uint8_t *to) {
    store_half(to, block->scale);
    memset(to + 2, 0, 64);
    for (int r = 0; block->scale > 0 && r < 8; r++) {
        uint32_t points = 0, rest = (uint32_t)block->scales[r] << 28;
        for (int k = 0; k < 4; k++) {
            points |= (uint32_t)block->points[4 * r + k] << 8 * k;
            rest |= (uint32_t)block->signs[4 * r + k] << 7 * k;
        }
        memcpy(to + 2 + 8 * r, &points, 4);
        memcpy(to + 6 + 8 * r, &rest, 4);
    }
}

// Scales of two runs in a byte.
static void store_scale_pairs(const uint8_t *scales, int pairs, uint8_t *to) {
    for (int i = 0; i < pairs; i++) to[i] = (uint8_t)(scales[2 * i] | scales[2 * i + 1] << 4);
}

static void store_iq2_xs(const struct magnitude_block *block, uint8_t *to) {
    store_half(to, block->scale);
    memset(to + 2, 0, 72);
    if (!(block->scale > 0)) return;
    for (int k = 0; k < 32; k++) {
        const uint16_t both = (uint16_t)(block->points[k] | block->signs[k] << 9);
        memcpy(to + 2 + 2 * k, &both, 2);
    }
    store_scale_pairs(block->scales, 8, to + 66);
}

static void store_iq2_s(const struct magnitude_block *block, uint8_t *to) {
    store_half(to, block->scale);
    memset(to + 2, 0, 80);
    for (int k = 0; k < 32; k++) {
        to[2 + k] = (uint8_t)block->points[k];
        to[34 + k] = block->signs[k];
        to[66 + k / 4] |= (uint8_t)(block->points[k] >> 8 << 2 * (k % 4));
    }
    if (block->scale > 0) store_scale_pairs(block->scales, 8, to + 74);
}

static void store_iq3_xxs(const struct magnitude_block *block, uint8_t *to) {
    store_half(to, block->scale);
    memset(to + 2, 0, 96);
    for (int r = 0; block->scale > 0 && r < 8; r++) {
        uint32_t rest = (uint32_t)block->scales[r] << 28;
        for (int k = 0; k < 8; k++) to[2 + 8 * r + k] = (uint8_t)block->points[8 * r + k];
        for (int k = 0; k < 4; k++) rest |= (uint32_t)block->signs[4 * r + k] << 7 * k;
        memcpy(to + 66 + 4 * r, &rest, 4);
    }
}

static void store_iq3_s(const struct magnitude_block *block, uint8_t *to) {
    store_half(to, block->scale);
    memset(to + 2, 0, 108);
    for (int k = 0; k < 64; k++) {
        to[2 + k] = (uint8_t)block->points[k];
        to[66 + k / 8] |= (uint8_t)(block->points[k] >> 8 << k % 8);
    }
    memcpy(to + 74, block->signs, 32);
    if (block->scale > 0) store_scale_pairs(block->scales, 4, to + 106);
}

#define DEFINE_MAGNITUDES(name, bytes, ...)                                                                        \
    static void encode_##name(                                                                                     \
        const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks,                  \
        const struct isobath_grid *grid) {                                                                         \
        const struct magnitudes format = {__VA_ARGS__};                                                            \
        for (size_t b = 0; b < width * rows / BLOCK; b++) {                                                        \
            const struct magnitude_block block = search_block(                                                     \
                &format, grid, values + BLOCK * b, importance ? importance + BLOCK * b % width : 0);               \
            store_##name(&block, blocks + (bytes)*b);                                                              \
        }                                                                                                          \
    }

DEFINE_MAGNITUDES(iq2_xxs, 66, 32, 3, 6, 0.1f, LEAST_MAGNITUDE, 1, 0, 1, 1, 1, ALL)
DEFINE_MAGNITUDES(iq2_xs, 74, 16, 3, 9, 0.1f, LEAST_MAGNITUDE, 1, 0, 1, 1, 0, OFF_GRID)
DEFINE_MAGNITUDES(iq2_s, 82, 16, 3, 9, 0.1f, 1e-8f, 2, 0.25f, 0.9875f, 0, 0, OFF_GRID)
DEFINE_MAGNITUDES(iq3_xxs, 98, 32, 8, 15, 0.2f, 1e-8f, 2, 0, 1.0125f, 1, 0, OFF_GRID)
DEFINE_MAGNITUDES(iq3_s, 110, 32, 8, 9, 0.2f, 0, 2, 0, 1.033f, 0, 0, ALL_IF_OFF)

#define CASE(TYPE, name)                                                                                           \
    case ISOBATH_##TYPE: {                                                                                         \
        static const struct isobath_grid_encoder encoder = {encode_##name};                                        \
        return &encoder;                                                                                           \
    }

const struct isobath_grid_encoder *isobath_grid_encoder_of(enum isobath_element_type type) {
    switch (type) {
        case ISOBATH_IQ1_S: return &isobath_encoder_iq1_s;
        case ISOBATH_IQ1_M: return &isobath_encoder_iq1_m;
        CASE(IQ2_XXS, iq2_xxs)
        CASE(IQ2_XS, iq2_xs)
        CASE(IQ2_S, iq2_s)
        CASE(IQ3_XXS, iq3_xxs)
        CASE(IQ3_S, iq3_s)
        default: return 0;
    }
}
