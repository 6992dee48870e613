// Encoders of formats with blocks of 32 values, sixteen blocks side by side.

INLINE floats to_half_and_back(floats x) {
    for (int lane = 0; lane < LANES; lane++) x[lane] = isobath_float_from_half(isobath_half_from_float(x[lane]));
    return x;
}

// Weights by importance for blocks `first` … of a row; `spread` is the mean square of the whole row.
INLINE void weigh_blocks(
    struct run_batch *batch, const float *importance, size_t first, int count, float spread) {
    for (int i = 0; i < 32; i++) batch->w[i] = all(0);
    weigh_by_importance(batch, importance + 32 * first, 32, 0, count, spread);
}

INLINE void store_nibbles(const uint8_t *codes, uint8_t *to) {
    for (int l = 0; l < 16; l++) to[l] = (uint8_t)((codes[l] & 15) | (codes[l + 16] & 15) << 4);
}

INLINE void store_fifths(const uint8_t *codes, uint8_t *to) {
    uint32_t bits = 0;
    for (int l = 0; l < 32; l++) bits |= (uint32_t)(codes[l] >> 4 & 1) << l;
    memcpy(to, &bits, sizeof bits);
}

// A block of a format with a scale, perhaps a minimum, perhaps fifth bits, and nibbles.
INLINE void store_block32(
    float scale, const float *minimum, int has_fifth, const uint8_t *codes, uint8_t *to) {
    store_half(to, scale);
    to += 2;
    if (minimum) {
        store_half(to, *minimum);
        to += 2;
    }
    if (has_fifth) {
        store_fifths(codes, to);
        to += 4;
    }
    store_nibbles(codes, to);
}

// The whole part of a number that is not negative, held to `most`.
INLINE floats whole_part(floats x, float most) {
    const ints whole = __builtin_convertvector(clamp(x, 0, most + 1), ints);
    return clamp(__builtin_convertvector(whole, floats), 0, most);
}

// Around zero: the value of largest magnitude gets the lowest code, or with importance what a search finds.
INLINE floats encode_symmetric_runs(struct run_batch *batch, int has_weights, float middle, floats *codes) {
    if (has_weights) return search_symmetric(batch->x, batch->w, 32, middle, codes);
    const floats scale = largest_value(batch->x, 32) / all(-middle);
    const floats inverse = select(scale != all(0), all(1) / scale, all(0));
    for (int i = 0; i < 32; i++) codes[i] = whole_part(batch->x[i] * inverse + all(middle + 0.5f), 2 * middle - 1);
    return scale;
}

// Between the least and the largest value, or with importance where a search finds it.
INLINE floats encode_affine_runs(struct run_batch *batch, int has_weights, float most, floats *codes, floats *least) {
    if (has_weights) {
        const struct affine_runs found = search_affine(
            batch->x, batch->w, 32, most, (struct trials){-0.9f, 0.05f, 36}, 0);
        affine_codes(&found, batch->x, 32, most, codes);
        *least = found.least;
        return found.scale;
    }
    floats low = batch->x[0], high = batch->x[0];
    for (int i = 1; i < 32; i++) {
        low = select(batch->x[i] < low, batch->x[i], low);
        high = select(batch->x[i] > high, batch->x[i], high);
    }
    const floats scale = (high - low) / all(most), inverse = select(scale != all(0), all(1) / scale, all(0));
    for (int i = 0; i < 32; i++) codes[i] = whole_part((batch->x[i] - low) * inverse + all(0.5f), most);
    *least = low;
    return scale;
}

// Row by row, as what weighs an error depends on the whole row; without importance all rows are one.
INLINE void encode_blocks32(
    const float *values, const float *importance, size_t width, size_t rows, float most, int has_minimum,
    uint8_t *blocks) {
    const int has_fifth = most > 15;
    const size_t bytes = 18 + (has_minimum ? 2 : 0) + (has_fifth ? 4 : 0);
    if (!importance) width *= rows, rows = rows > 0;
    for (size_t row = 0; row < rows; row++, values += width) {
        const float spread = importance ? sum_of_squares(values, width) / (float)width : 0;
        for (size_t b = 0; b < width / 32; b += LANES) {
            const int some = width / 32 - b < LANES ? (int)(width / 32 - b) : LANES;
            struct run_batch batch;
            floats codes[32], least = all(0);
            for (int i = 0; i < 32; i++) batch.x[i] = all(0);
            load_runs(values + 32 * b, 32, 0, some, batch.x);
            if (importance) weigh_blocks(&batch, importance, b, some, spread);
            const floats scale = has_minimum ? encode_affine_runs(&batch, importance != 0, most, codes, &least)
                                             : encode_symmetric_runs(&batch, importance != 0, (most + 1) / 2, codes);
            uint8_t bytes_of_codes[32 * LANES];
            store_codes(codes, 32, 0, some, bytes_of_codes);
            for (int r = 0; r < some; r++, blocks += bytes) {
                const float minimum = least[r];
                store_block32(scale[r], has_minimum ? &minimum : 0, has_fifth, bytes_of_codes + 32 * r, blocks);
            }
        }
    }
}

#define DEFINE_ENCODER_32(name, most, has_minimum)                                                                 \
    TARGET static void encode_##name(                                                                              \
        const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {                \
        encode_blocks32(values, importance, width, rows, most, has_minimum, blocks);                               \
    }

DEFINE_ENCODER_32(q4_0, 15, 0)
DEFINE_ENCODER_32(q4_1, 15, 1)
DEFINE_ENCODER_32(q5_0, 31, 0)
DEFINE_ENCODER_32(q5_1, 31, 1)

// MARK: Codes of sixteen uneven levels

static const float levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// The number of the level nearest to x, of two equally near ones the upper, and the level itself.
INLINE floats nearest_level(floats x, floats *level) {
    floats code = all(0), found = all(levels[0]);
    for (int k = 0; k < 15; k++) {
        const ints is_above = ~(x - all(levels[k]) < all(levels[k + 1]) - x);
        code = select(is_above, all((float)(k + 1)), code);
        found = select(is_above, all(levels[k + 1]), found);
    }
    *level = found;
    return code;
}

// Scales with the least Σ w · (scale · level − value)² among sixteen.
INLINE floats search_levels(const floats *x, const floats *w) {
    const floats largest = largest_value(x, 32);
    const ints is_zero = magnitude(largest) < all(LEAST_MAGNITUDE);
    floats best = all(0), score = all(0);
    for (int k = -1; k < 15; k++) {
        // The first from the scale itself, as rounding may differ.
        const floats inverse = k < 0 ? all(1) / (-largest / all(levels[0])) : all((float)(k - 7) + levels[0]) / largest;
        floats sum_qx = all(0), sum_q2 = all(0);
        for (int i = 0; i < 32; i++) {
            floats q;
            nearest_level(inverse * x[i], &q);
            sum_qx += w[i] * q * x[i];
            sum_q2 += w[i] * q * q;
        }
        const ints is_better = (sum_q2 > all(0)) & (k < 0 ? (ints)ALL(-1) : sum_qx * sum_qx > score * sum_q2);
        best = select(is_better, sum_qx / sum_q2, best);
        score = select(is_better, best * sum_qx, score);
    }
    return select(is_zero, all(0), best);
}

// Weights of `count` runs, for blocks of `size` values that each have a spread of their own.
INLINE void weigh_levels(
    struct run_batch *batch, const float *x, const float *importance, size_t width, size_t start, int size, int count) {
    for (int i = 0; i < 32; i++) batch->w[i] = batch->x[i] * batch->x[i];
    for (int first = 0; importance && first < count; first += size / 32) {
        const float spread = sum_of_squares(x + 32 * first, (size_t)size) * (2.0f / (float)size);
        weigh_by_importance(
            batch, importance + (start + 32 * (size_t)first) % width, 32, first, size / 32, spread);
    }
}

INLINE void level_codes(const floats *x, floats inverse, floats *codes) {
    floats level;
    for (int i = 0; i < 32; i++) codes[i] = nearest_level(inverse * x[i], &level);
}

TARGET static void encode_iq4_nl(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    const size_t count = width * rows / 32;
    for (size_t b = 0; b < count; b += LANES) {
        const int some = count - b < LANES ? (int)(count - b) : LANES;
        struct run_batch batch;
        floats codes[32];
        for (int i = 0; i < 32; i++) batch.x[i] = all(0);
        load_runs(values + 32 * b, 32, 0, some, batch.x);
        weigh_levels(&batch, values + 32 * b, importance, width, 32 * b, 32, some);
        const floats scale = search_levels(batch.x, batch.w);
        level_codes(batch.x, select(scale != all(0), all(1) / scale, all(0)), codes);
        uint8_t of_codes[32 * LANES];
        store_codes(codes, 32, 0, some, of_codes);
        for (int r = 0; r < some; r++) store_block32(scale[r], 0, 0, of_codes + 32 * r, blocks + 18 * (b + (size_t)r));
    }
}

// Eight runs of a block under one scale: six bits each.
INLINE float whole_iq4_xs(const float *scales, int *whole, float *steps) {
    float largest = 0;
    for (int r = 0; r < 8; r++) largest = fabsf(scales[r]) > fabsf(largest) ? scales[r] : largest;
    const float scale = -largest / 32, inverse = scale != 0 ? 1 / scale : 0;
    for (int r = 0; r < 8; r++) {
        const int code = nearest_int(inverse * scales[r]);
        whole[r] = code < -32 ? -32 : code > 31 ? 31 : code;
        const float step = scale * (float)whole[r];
        steps[r] = step != 0 ? 1 / step : 0;
    }
    return scale;
}

INLINE void store_iq4_xs(float scale, const int *whole, const uint8_t *codes, uint8_t *to) {
    store_half(to, scale);
    int high = 0;
    memset(to + 4, 0, 4);
    for (int r = 0; r < 8; r++) {
        high |= (whole[r] + 32) >> 4 << 2 * r;
        to[4 + r / 2] |= (uint8_t)(((whole[r] + 32) & 15) << 4 * (r % 2));
        store_nibbles(codes + 32 * r, to + 8 + 16 * r);
    }
    to[2] = (uint8_t)high;
    to[3] = (uint8_t)(high >> 8);
}

TARGET static void encode_iq4_xs(
    const float *values, const float *importance, size_t width, size_t rows, uint8_t *blocks) {
    const size_t count = width * rows / BLOCK;
    for (size_t b = 0; b < count; b += 2) {
        const int some = count - b < 2 ? 1 : 2;
        struct run_batch batch;
        floats codes[32];
        for (int i = 0; i < 32; i++) batch.x[i] = all(0);
        load_runs(values + BLOCK * b, 32, 0, 8 * some, batch.x);
        weigh_levels(&batch, values + BLOCK * b, importance, width, BLOCK * b, BLOCK, 8 * some);
        const floats found = search_levels(batch.x, batch.w);
        float scales[LANES], inverses[LANES] = {0}, block_scales[2];
        int whole[LANES];
        memcpy(scales, &found, sizeof scales);
        for (int i = 0; i < some; i++) block_scales[i] = whole_iq4_xs(scales + 8 * i, whole + 8 * i, inverses + 8 * i);
        floats inverse;
        memcpy(&inverse, inverses, sizeof inverse);
        level_codes(batch.x, inverse, codes);
        uint8_t of_codes[2 * BLOCK];
        store_codes(codes, 32, 0, 8 * some, of_codes);
        for (int i = 0; i < some; i++) {
            store_iq4_xs(block_scales[i], whole + 8 * i, of_codes + BLOCK * i, blocks + 136 * (b + (size_t)i));
        }
    }
}
