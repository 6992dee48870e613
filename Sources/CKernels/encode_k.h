// Encoders of K formats: blocks of 256 values, whose runs have small whole scales (and minima) under one or two halves.
// The layouts are those that decode_k.c describes.

// Runs of all blocks that go through the lanes together, with their weights.
struct run_batch {
    floats x[32], w[32];
};

// Importance of the values of block `b`.
INLINE const float *importance_of(const float *importance, size_t width, size_t b) {
    return importance ? importance + b * BLOCK % width : 0;
}

INLINE float sum_of_squares(const float *x, size_t count) {
    float sum = 0;
    for (size_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum;
}

// w = importance · √(spread + x²) of the runs of one block.
INLINE void weigh_by_importance(
    struct run_batch *batch, const float *importance, int n, int first, int count, float spread) {
    floats weights[32];
    load_runs(importance, n, first, count, weights);
    for (int i = 0; i < n; i++) {
        for (int r = first; r < first + count; r++) {
            batch->w[i][r] = weights[i][r] * sqrtf(spread + batch->x[i][r] * batch->x[i][r]);
        }
    }
}

INLINE floats sum_of_weights(const struct run_batch *batch, int n) {
    floats sum = all(0);
    for (int i = 0; i < n; i++) sum += batch->w[i];
    return sum;
}

// Codes at the scales as they are stored; runs whose scale is 0 keep what the search gave.
INLINE void requantize(
    const floats *x, int n, floats scale, floats minimum, float least, float most, float offset, floats *codes) {
    const ints is_zero = scale == all(0);
    for (int i = 0; i < n; i++) {
        const floats code = clamp(nearest_of_any((x[i] + minimum) / scale), least, most) + all(offset);
        codes[i] = select(is_zero, codes[i], code);
    }
}

// Two bits of each of 256 values, as Q2_K, Q3_K and Q6_K lay them: `shift` says which.
INLINE void store_pairs(const uint8_t *codes, int shift, uint8_t *to) {
    for (int j = 0; j < BLOCK; j += 128) {
        for (int l = 0; l < 32; l++) {
            int byte = 0;
            for (int q = 0; q < 4; q++) byte |= (codes[j + 32 * q + l] >> shift & 3) << 2 * q;
            to[j / 4 + l] = (uint8_t)byte;
        }
    }
}

// MARK: Runs with minima

// Whole scales and minima of a block's runs, and the halves that they are multiplied with.
struct affine_block {
    uint8_t scales[16], minima[16];
    float scale, minimum;
};

INLINE float largest_positive(const float *x, int n) {
    float largest = 0;
    for (int i = 0; i < n; i++) largest = x[i] > largest ? x[i] : largest;
    return largest;
}

// Without weights: the largest becomes `most`.
INLINE float whole_by_largest(const float *x, int n, int most, uint8_t *whole) {
    const float largest = largest_positive(x, n), inverse = largest > 0 ? (float)most / largest : 0;
    for (int i = 0; i < n; i++) {
        const uint8_t code = (uint8_t)nearest_int(inverse * x[i]);
        whole[i] = code > most ? (uint8_t)most : code;
    }
    return largest / (float)most;
}

INLINE struct affine_block whole_block(const float *scales, const float *minima, const float *weights, int n, int most) {
    struct affine_block block;
    if (weights) {
        block.scale = search_positive(scales, weights, n, most, block.scales);
        block.minimum = search_positive(minima, weights, n, most, block.minima);
    } else {
        block.scale = whole_by_largest(scales, n, most, block.scales);
        block.minimum = whole_by_largest(minima, n, most, block.minima);
    }
    return block;
}

// How an affine format searches, with and without importance.
struct affine_format {
    int n;           // values of a run
    float most;      // the largest code
    int most_scale;  // the largest whole scale
    struct trials plain;
    int plain_by_magnitude;
    float spread;    // of the weights by importance, in mean squares of the block
};

INLINE void weigh_runs(
    struct run_batch *batch, const struct affine_format *format, const float *x, const float *importance, size_t width,
    size_t first_block, int blocks) {
    const int n = format->n, runs = BLOCK / n;
    for (int b = 0; importance && b < blocks; b++) {
        const float spread = format->spread * sum_of_squares(x + BLOCK * b, BLOCK) / BLOCK;
        weigh_by_importance(
            batch, importance_of(importance, width, first_block + (size_t)b), n, b * runs, runs, spread);
    }
    if (importance) return;
    floats level = all(0);
    if (n == 32) {
        for (int i = 0; i < n; i++) level += batch->x[i] * batch->x[i];
        level = root(level / all(32));
    }
    for (int i = 0; i < n; i++) batch->w[i] = level + magnitude(batch->x[i]);
}

// The block's runs in codes of a byte each, with their scales: for `blocks` blocks from `x` on.
INLINE void encode_affine(
    const struct affine_format *format, const float *x, const float *importance, size_t width, size_t first_block,
    int blocks, struct affine_block *to, uint8_t *codes) {
    const int n = format->n, runs = BLOCK / n;
    const struct trials weighted = {-0.9f, 0.05f, 36};
    struct run_batch batch;
    for (int i = 0; i < n; i++) batch.x[i] = batch.w[i] = all(0);
    for (int b = 0; b < blocks; b++) load_runs(x + BLOCK * b, n, b * runs, runs, batch.x);
    weigh_runs(&batch, format, x, importance, width, first_block, blocks);
    const struct affine_runs found = search_affine(
        batch.x, batch.w, n, format->most, importance ? weighted : format->plain,
        !importance && format->plain_by_magnitude);
    const floats weights = sum_of_weights(&batch, n);
    float scales[LANES], minima[LANES], sums[LANES];
    floats least = -found.least;
    memcpy(scales, &found.scale, sizeof scales);
    memcpy(minima, &least, sizeof minima);
    memcpy(sums, &weights, sizeof sums);
    floats stored_scales = all(0), stored_minima = all(0), quants[32];
    for (int b = 0; b < blocks; b++) {
        to[b] = whole_block(
            scales + b * runs, minima + b * runs, importance ? sums + b * runs : 0, runs, format->most_scale);
        const float scale = isobath_float_from_half(isobath_half_from_float(to[b].scale));
        const float minimum = isobath_float_from_half(isobath_half_from_float(to[b].minimum));
        for (int r = 0; r < runs; r++) {
            stored_scales[b * runs + r] = scale * (float)to[b].scales[r];
            stored_minima[b * runs + r] = minimum * (float)to[b].minima[r];
        }
    }
    affine_codes(&found, batch.x, n, format->most, quants);
    requantize(batch.x, n, stored_scales, stored_minima, 0, format->most, 0, quants);
    for (int b = 0; b < blocks; b++) store_codes(quants, n, b * runs, runs, codes + BLOCK * b);
}

INLINE void store_q2_k(const struct affine_block *block, const uint8_t *codes, uint8_t *to) {
    for (int r = 0; r < 16; r++) to[r] = (uint8_t)(block->scales[r] | block->minima[r] << 4);
    store_pairs(codes, 0, to + 16);
    store_half(to + 80, block->scale);
    store_half(to + 82, block->minimum);
}

// Eight scales and minima of six bits: the first four whole, with the upper bits of the last four above them.
INLINE void store_sixes(const struct affine_block *block, uint8_t *to) {
    const uint8_t *const scales = block->scales, *const minima = block->minima;
    for (int r = 0; r < 4; r++) {
        to[r] = (uint8_t)((scales[r] & 63) | (scales[r + 4] >> 4) << 6);
        to[r + 4] = (uint8_t)((minima[r] & 63) | (minima[r + 4] >> 4) << 6);
        to[r + 8] = (uint8_t)((scales[r + 4] & 15) | (minima[r + 4] & 15) << 4);
    }
}

INLINE void store_q4_k(const struct affine_block *block, const uint8_t *codes, uint8_t *to, int has_fifth) {
    store_half(to, block->scale);
    store_half(to + 2, block->minimum);
    store_sixes(block, to + 4);
    uint8_t *quants = to + 16;
    if (has_fifth) {
        for (int l = 0; l < 32; l++) {
            int byte = 0;
            for (int r = 0; r < 8; r++) byte |= codes[32 * r + l] >> 4 << r;
            quants[l] = (uint8_t)byte;
        }
        quants += 32;
    }
    for (int j = 0; j < BLOCK; j += 64) {
        for (int l = 0; l < 32; l++) {
            quants[j / 2 + l] = (uint8_t)((codes[j + l] & 15) | (codes[j + 32 + l] & 15) << 4);
        }
    }
}

TARGET static void encode_q2_k(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    const struct affine_format format = {16, 3, 15, {-0.5f, 0.1f, 15}, 1, 1};
    for (size_t b = 0; b < width * rows / BLOCK; b++) {
        struct affine_block block;
        uint8_t codes[BLOCK];
        encode_affine(&format, values + BLOCK * b, importance, width, b, 1, &block, codes);
        store_q2_k(&block, codes, blocks + 84 * b);
    }
}

// Two blocks of eight runs at a time.
INLINE void encode_eights(
    const struct affine_format *format, const float *values, const float *importance, size_t width, size_t rows,
    int has_fifth, size_t block_bytes, uint8_t *blocks) {
    const size_t count = width * rows / BLOCK;
    for (size_t b = 0; b < count; b += 2) {
        const int some = count - b < 2 ? 1 : 2;
        struct affine_block block[2];
        uint8_t codes[2 * BLOCK];
        encode_affine(format, values + BLOCK * b, importance, width, b, some, block, codes);
        for (int i = 0; i < some; i++) {
            store_q4_k(block + i, codes + BLOCK * i, blocks + block_bytes * (b + (size_t)i), has_fifth);
        }
    }
}

TARGET static void encode_q4_k(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    const struct affine_format format = {32, 15, 63, {-1.0f, 0.1f, 20}, 0, 2};
    encode_eights(&format, values, importance, width, rows, 0, 144, blocks);
}

TARGET static void encode_q5_k(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    const struct affine_format format = {32, 31, 63, {-0.5f, 0.1f, 15}, 0, 2};
    encode_eights(&format, values, importance, width, rows, 1, 176, blocks);
}

// MARK: Runs around zero

INLINE void store_q3_k(const int *scales, float scale, uint8_t *codes, uint8_t *to) {
    for (int l = 0; l < 32; l++) {
        int byte = 0;
        for (int r = 0; r < 8; r++) byte |= (codes[32 * r + l] > 3) << r;
        to[l] = (uint8_t)byte;
    }
    store_pairs(codes, 0, to + 32);
    memset(to + 96, 0, 12);
    for (int r = 0; r < 16; r++) {
        to[96 + r % 8] |= (uint8_t)((scales[r] & 15) << 4 * (r / 8));
        to[104 + r % 4] |= (uint8_t)(scales[r] >> 4 << 2 * (r / 4));
    }
    store_half(to + 108, scale);
}

// Whole scales −32 … 31 above 32, and the scale of the block.
INLINE float whole_q3_k(floats scales, floats weights, int has_weights, int *whole) {
    if (has_weights) {
        // One run of sixteen numbers in each lane: all but the first are beside the point.
        floats x[16], w[16], codes[16];
        for (int r = 0; r < 16; r++) x[r] = all(scales[r]), w[r] = all(weights[r]);
        const floats found = search_symmetric(x, w, 16, 32, codes);
        for (int r = 0; r < 16; r++) whole[r] = (int)codes[r][0];
        return found[0];
    }
    floats each[16];
    for (int r = 0; r < 16; r++) each[r] = all(scales[r]);
    const float largest = largest_value(each, 16)[0], inverse = -32.0f / largest;
    for (int r = 0; r < 16; r++) {
        const int code = largest != 0 ? (int8_t)nearest_int(inverse * scales[r]) : -32;
        whole[r] = (code < -32 ? -32 : code > 31 ? 31 : code) + 32;
    }
    return largest != 0 ? 1 / inverse : 0;
}

TARGET static void encode_q3_k(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    for (size_t b = 0; b < width * rows / BLOCK; b++) {
        const float *const x = values + BLOCK * b;
        struct run_batch batch;
        floats quants[16], scales;
        load_runs(x, 16, 0, 16, batch.x);
        if (importance) {
            const float spread = 2 * sum_of_squares(x, BLOCK) / BLOCK;
            weigh_by_importance(&batch, importance_of(importance, width, b), 16, 0, 16, spread);
            scales = search_symmetric(batch.x, batch.w, 16, 4, quants);
        } else {
            scales = search_by_moves(batch.x, 16, 4, quants);
        }
        int whole[16];
        const floats weights = importance ? sum_of_weights(&batch, 16) : all(0);
        const float scale = whole_q3_k(scales, weights, importance != 0, whole);
        const float stored = isobath_float_from_half(isobath_half_from_float(scale));
        for (int r = 0; r < 16; r++) scales[r] = stored * (float)(whole[r] - 32);
        requantize(batch.x, 16, scales, all(0), -4, 3, 4, quants);
        uint8_t codes[BLOCK];
        store_codes(quants, 16, 0, 16, codes);
        store_q3_k(whole, scale, codes, blocks + 110 * b);
    }
}

INLINE void store_q6_k(const int8_t *scales, float scale, const uint8_t *codes, uint8_t *to) {
    for (int j = 0; j < BLOCK; j += 128) {
        for (int l = 0; l < 64; l++) {
            to[j / 2 + l] = (uint8_t)((codes[j + l] & 15) | (codes[j + 64 + l] & 15) << 4);
        }
    }
    store_pairs(codes, 4, to + 128);
    memcpy(to + 192, scales, 16);
    store_half(to + 208, scale);
}

TARGET static void encode_q6_k(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    for (size_t b = 0; b < width * rows / BLOCK; b++) {
        struct run_batch batch;
        floats quants[16], each[16];
        load_runs(values + BLOCK * b, 16, 0, 16, batch.x);
        if (importance) {
            load_runs(importance_of(importance, width, b), 16, 0, 16, batch.w);
        } else {
            for (int i = 0; i < 16; i++) batch.w[i] = batch.x[i] * batch.x[i];
        }
        floats scales = search_symmetric(batch.x, batch.w, 16, 32, quants);
        for (int r = 0; r < 16; r++) each[r] = all(scales[r]);
        const float largest = largest_value(each, 16)[0];
        if (fabsf(largest) < LEAST_MAGNITUDE) {
            memset(blocks + 210 * b, 0, 210);
            continue;
        }
        const float inverse = -128.0f / largest, scale = 1 / inverse;
        const float stored = isobath_float_from_half(isobath_half_from_float(scale));
        int8_t whole[16];
        for (int r = 0; r < 16; r++) {
            const int code = nearest_int(inverse * scales[r]);
            whole[r] = (int8_t)(code > 127 ? 127 : code);
            scales[r] = stored * (float)whole[r];
        }
        requantize(batch.x, 16, scales, all(0), -32, 31, 32, quants);
        uint8_t codes[BLOCK];
        store_codes(quants, 16, 0, 16, codes);
        store_q6_k(whole, scale, codes, blocks + 210 * b);
    }
}
