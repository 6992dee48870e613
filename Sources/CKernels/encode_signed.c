#pragma STDC FP_CONTRACT OFF
// Encoders of IQ1: minus, zero and plus, all shifted by an eighth up or down, eight values a point.
#include "encode_grid.h"

#define SHIFT 0.125f
static const float shifted[2][3] = {{-1 + SHIFT, SHIFT, 1 + SHIFT}, {-1 - SHIFT, -SHIFT, 1 - SHIFT}};

// The values' places in the order of the values; equal ones as they come.
static void sort_run(const float *x, int n, int *order) {
    for (int i = 0; i < n; i++) {
        int place = i;
        for (; place > 0 && x[order[place - 1]] > x[i]; place--) order[place] = order[place - 1];
        order[place] = i;
    }
}

// Which values of a run are −1 (before `first` in their order), 0 (before `second`) and 1, and the shifts of its halves.
struct split {
    int first, second;
    int shifts[2];  // 0: up, 1: down
    float scale;
};

// Takes the split if it leaves less than the best so far.
static void try_split(
    struct split *best, float *score, float qx, float q2, int first, int second, int shift, int other_shift) {
    if (!(q2 > 0 && qx * qx > *score * q2)) return;
    *best = (struct split){first, second, {shift, other_shift}, qx / q2};
    *score = best->scale * qx;
}

// One shift for all 32 values.
static struct split split_iq1_s(const float *x, const float *w, const int *order) {
    float sum_x[33], sum_w[33], score = -3.402823466e+38f;
    sum_x[0] = sum_w[0] = 0;
    for (int j = 0; j < 32; j++) {
        sum_x[j + 1] = sum_x[j] + w[order[j]] * x[order[j]];
        sum_w[j + 1] = sum_w[j] + w[order[j]];
    }
    struct split best = {.first = -1};
    for (int first = 0; first <= 32; first++) {
        for (int second = first; second <= 32; second++) {
            for (int s = 0; s < 2; s++) {
                const float *const q = shifted[s];
                const float low = sum_x[first] - sum_x[0], middle = sum_x[second] - sum_x[first];
                const float qx = low * q[0] + middle * q[1] + (sum_x[32] - sum_x[second]) * q[2];
                const float q2 = (sum_w[first] - sum_w[0]) * q[0] * q[0] + (sum_w[second] - sum_w[first]) * q[1] * q[1]
                    + (sum_w[32] - sum_w[second]) * q[2] * q[2];
                try_split(&best, &score, qx, q2, first, second, s, s);
            }
        }
    }
    return best;
}

// A shift for each half of 16 values: sums are kept for both.
static struct split split_iq1_m(const float *x, const float *w, const int *order) {
    float px[2][17], pw[2][17], score = -3.402823466e+38f;
    px[0][0] = px[1][0] = pw[0][0] = pw[1][0] = 0;
    for (int j = 0; j < 16; j++) {
        const int i = order[j], own = i >= 8;
        px[own][j + 1] = px[own][j] + w[i] * x[i];
        px[1 - own][j + 1] = px[1 - own][j];
        pw[own][j + 1] = pw[own][j] + w[i];
        pw[1 - own][j + 1] = pw[1 - own][j];
    }
    struct split best = {.first = -1};
    for (int first = 0; first <= 16; first++) {
        for (int second = first; second <= 16; second++) {
            float qx[2][2], q2[2][2];
            for (int half = 0; half < 2; half++) {
                const float sum = px[half][first] + px[half][second];
                for (int s = 0; s < 2; s++) {
                    const float *const q = shifted[s];
                    const float low = q[0] * q[0] - q[1] * q[1], high = q[1] * q[1] - q[2] * q[2];
                    qx[half][s] = px[half][16] * q[2] - sum;
                    q2[half][s] = pw[half][16] * q[2] * q[2] + pw[half][first] * low + pw[half][second] * high;
                }
            }
            for (int k = 0; k < 4; k++) {
                try_split(
                    &best, &score, qx[0][k / 2] + qx[1][k % 2], q2[0][k / 2] + q2[1][k % 2], first, second, k / 2, k % 2);
            }
        }
    }
    return best;
}

// The point for eight values, whose levels are at `levels`; whether these are on the grid.
static int find_signed_point(
    const struct isobath_grid *grid, const float *x, const float *w, float scale, const float *q,
    const uint8_t *levels, uint16_t *point) {
    const int32_t entry = grid->map[place_of_levels(levels, grid)];
    *point = (uint16_t)entry;
    if (entry >= 0) return 1;
    const uint16_t *const near = points_near(grid, entry);
    float least = 3.402823466e+38f;
    *point = near[1];
    for (size_t j = 1; j <= near[0]; j++) {
        const uint8_t *const other = grid->levels + 8 * (size_t)near[j];
        float error = 0;
        for (int i = 0; i < 8; i++) {
            const float off = scale * q[other[i]] - x[i];
            error += w[i] * off * off;
        }
        if (error < least) {
            least = error;
            *point = near[j];
        }
    }
    return 0;
}

// A run in IQ1: points of its eights, its shifts, and its scale, 0 if there is nothing to store.
struct signed_run {
    uint16_t points[4];
    int shifts[2];
    float scale;
};

static struct signed_run search_signed(
    const struct isobath_grid *grid, const float *x, const float *w, int n, float least) {
    struct signed_run run = {.scale = 0};
    float largest = fabsf(x[0]);
    for (int i = 1; i < n; i++) largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
    if (largest < least) return run;
    int order[MOST_RUN];
    sort_run(x, n, order);
    struct split split = n == 32 ? split_iq1_s(x, w, order) : split_iq1_m(x, w, order);
    if (split.first < 0) return run;
    uint8_t levels[MOST_RUN];
    for (int j = 0; j < n; j++) levels[order[j]] = j < split.first ? 0 : j < split.second ? 1 : 2;
    if (split.scale < 0) {
        for (int j = 0; j < n; j++) levels[j] = (uint8_t)(2 - levels[j]);
        split = (struct split){split.first, split.second, {1 - split.shifts[0], 1 - split.shifts[1]}, -split.scale};
    }
    int is_on = 1;
    for (int k = 0; k < n / 8; k++) {
        const float *const q = shifted[split.shifts[k * 16 / n]];
        is_on &= find_signed_point(grid, x + 8 * k, w + 8 * k, split.scale, q, levels + 8 * k, run.points + k);
    }
    float sum_qx = 0, sum_q2 = 0;
    for (int i = 0; !is_on && i < n; i++) {
        const float q = shifted[split.shifts[i / 8 * 16 / n]][grid->levels[8 * (size_t)run.points[i / 8] + (size_t)i % 8]];
        sum_qx += w[i] * q * x[i];
        sum_q2 += w[i] * q * q;
    }
    run.scale = sum_qx > 0 && sum_q2 > 0 ? sum_qx / sum_q2 : split.scale;
    memcpy(run.shifts, split.shifts, sizeof run.shifts);
    return run;
}

static void weigh_signed(const float *x, const float *importance, int n, float spread, float *w) {
    for (int i = 0; i < n; i++) w[i] = importance ? importance[i] * sqrtf(spread + x[i] * x[i]) : x[i] * x[i];
}

static float mean_square(const float *x) {
    float squares = 0;
    for (int i = 0; i < BLOCK; i++) squares += x[i] * x[i];
    return 2 * squares / BLOCK;
}

static void encode_block_iq1_s(const struct isobath_grid *grid, const float *x, const float *importance, uint8_t *to) {
    const float spread = mean_square(x);
    struct signed_run runs[8];
    float largest = 0;
    for (int r = 0; r < 8; r++) {
        float w[32];
        weigh_signed(x + 32 * r, importance ? importance + 32 * r : 0, 32, spread, w);
        runs[r] = search_signed(grid, x + 32 * r, w, 32, 1e-12f);
        largest = runs[r].scale > largest ? runs[r].scale : largest;
    }
    const float scale = largest / 15, inverse = 1 / scale;
    store_half(to, largest > 0 ? scale * 1.125f : 0);
    for (int r = 0; r < 8; r++) {
        int high = 0;
        for (int k = 0; k < 4; k++) {
            to[2 + 4 * r + k] = (uint8_t)runs[r].points[k];
            high |= runs[r].points[k] >> 8 << 3 * k;
        }
        if (largest > 0) high |= level_at(runs[r].scale, inverse, 8) << 12 | runs[r].shifts[0] << 15;
        to[34 + 2 * r] = (uint8_t)high;
        to[35 + 2 * r] = (uint8_t)(high >> 8);
    }
}

static void encode_iq1_s(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks,
    const struct isobath_grid *grid) {
    for (size_t b = 0; b < width * rows / BLOCK; b++) {
        encode_block_iq1_s(grid, values + BLOCK * b, importance ? importance + BLOCK * b % width : 0, blocks + 50 * b);
    }
}

static void encode_block_iq1_m(const struct isobath_grid *grid, const float *x, const float *importance, uint8_t *to) {
    const float spread = mean_square(x);
    struct signed_run runs[16];
    float largest = 0;
    memset(to, 0, 56);
    for (int r = 0; r < 16; r++) {
        float w[16];
        weigh_signed(x + 16 * r, importance ? importance + 16 * r : 0, 16, spread, w);
        runs[r] = search_signed(grid, x + 16 * r, w, 16, 1e-7f);
        largest = runs[r].scale > largest ? runs[r].scale : largest;
        to[2 * r] = (uint8_t)runs[r].points[0];
        to[2 * r + 1] = (uint8_t)runs[r].points[1];
        to[32 + r] = (uint8_t)(runs[r].points[0] >> 8 | runs[r].points[1] >> 8 << 4);
    }
    if (!(largest > 0)) return;
    float scale = largest / 15, sum_qx = 0, sum_q2 = 0;
    const float inverse = 1 / scale;
    uint16_t scales[4] = {0};
    for (int r = 0; r < 16; r++) {
        const int level = level_at(runs[r].scale, inverse, 8);
        scales[r / 4] |= (uint16_t)(level << 3 * (r % 4));
        to[32 + r] |= (uint8_t)(runs[r].shifts[0] << 3 | runs[r].shifts[1] << 7);
        float w[16];
        weigh_signed(x + 16 * r, importance ? importance + 16 * r : 0, 16, spread, w);
        for (int i = 0; i < 16; i++) {
            const uint8_t *const point = grid->levels + 8 * (size_t)runs[r].points[i / 8];
            const float q = shifted[runs[r].shifts[i / 8]][point[i % 8]] * (float)(2 * level + 1);
            sum_qx += w[i] * q * x[16 * r + i];
            sum_q2 += w[i] * q * q;
        }
    }
    if (sum_q2 > 0) scale = sum_qx / sum_q2;
    const uint16_t half = isobath_half_from_float(scale * 1.1125f);
    for (int k = 0; k < 4; k++) scales[k] |= (uint16_t)((half >> 4 * k & 15) << 12);
    memcpy(to + 48, scales, 8);
}

static void encode_iq1_m(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks,
    const struct isobath_grid *grid) {
    for (size_t b = 0; b < width * rows / BLOCK; b++) {
        encode_block_iq1_m(grid, values + BLOCK * b, importance ? importance + BLOCK * b % width : 0, blocks + 56 * b);
    }
}

const struct isobath_grid_encoder isobath_encoder_iq1_s = {encode_iq1_s}, isobath_encoder_iq1_m = {encode_iq1_m};
