// Tiles of eight weight rows times up to four rows of activations at once. The file that includes this has included
// `integer_tiles_neon.h` and defined, with a lane for every row in two vectors:
//   interleave(rows, to)                          places 16 values of eight rows,
//   place_scale(to, row, scale)                   places one scale,
//   sum_block256(w, x, sums, columns, group)      the integer sums of a block, with a scale for `group` values,
//   sum_block32(w, x, sums, columns),
//   FORM(name)                                    declares the table of a format.

// MARK: Unpacking

INLINE void place_quants(const struct thirty_two quants[ROWS], int8_t *to, int offset) {
    int8x16_t low[ROWS], high[ROWS];
    for (int r = 0; r < ROWS; r++) {
        low[r] = vsubq_s8(quants[r].low, vdupq_n_s8((int8_t)offset));
        high[r] = vsubq_s8(quants[r].high, vdupq_n_s8((int8_t)offset));
    }
    interleave(low, to);
    interleave(high, to + 16 * ROWS);
}

INLINE void place_factors(struct block256 *to, int row, struct group_factors factors, int group, int minima) {
    int16_t scales[16], least[16];
    for (int half = 0; half < 2; half++) {
        vst1q_s16(scales + 8 * half, factors.scales[half]);
        vst1q_s16(least + 8 * half, factors.minima[half]);
    }
    for (int g = 0; g < 256 / group; g++) {
        place_scale(to->scales[g], row, scales[g]);
        if (minima == MINIMA_SCALED) to->minima[g][row] = least[g];
    }
}

// Where a block of each row starts; where there are fewer rows, the last one stands for those that are missing.
INLINE void find_blocks(
    const uint8_t *blocks[ROWS], const uint8_t *weights, size_t row_bytes, size_t rows, size_t offset) {
    for (size_t r = 0; r < ROWS; r++) blocks[r] = weights + (r < rows ? r : rows - 1) * row_bytes + offset;
}

#define PLACE_QUANTS(quants_of, to, offset)                                                                        \
    {                                                                                                              \
        struct thirty_two quants[ROWS];                                                                            \
        for (int r = 0; r < ROWS; r++) {                                                                           \
            const uint8_t *const block = blocks[r];                                                                \
            quants[r] = quants_of;                                                                                 \
        }                                                                                                          \
        place_quants(quants, to, offset);                                                                          \
    }

#define UNPACK_256(name, TYPE, bytes, d_at, dmin_at, minima, ...)                                                  \
    TARGET static void unpack_##name(                                                                              \
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile, const uint8_t *next) { \
        (void)next;                                                                                                \
        struct block256 *to = (struct block256 *)tile;                                                             \
        for (size_t b = 0; b < count / 256; b++, to++) {                                                           \
            const uint8_t *blocks[ROWS];                                                                           \
            find_blocks(blocks, weights, row_bytes, rows, b * (bytes));                                            \
            for (int r = 0; r < ROWS; r++) {                                                                       \
                place_factors(to, r, factors_##name(blocks[r]), GROUP_##name, minima);                             \
                to->d[r] = isobath_load_half(blocks[r] + (d_at));                                                  \
                to->dmin[r] = minima == MINIMA_SCALED ? isobath_load_half(blocks[r] + (dmin_at)) : 0;              \
            }                                                                                                      \
            for (int k = 0; k < 8; k++) {                                                                          \
                PLACE_QUANTS(quants_##name(block, k), to->quants + 32 * ROWS * k, OFFSET_##name)                   \
            }                                                                                                      \
        }                                                                                                          \
    }

#define UNPACK_32(name, TYPE, bytes, offset, has_minimum, ...)                                                     \
    TARGET static void unpack_##name(                                                                              \
        const uint8_t *weights, size_t row_bytes, size_t rows, size_t count, uint8_t *tile, const uint8_t *next) { \
        (void)next;                                                                                                \
        struct block32 *to = (struct block32 *)tile;                                                               \
        for (size_t b = 0; b < count / 32; b++, to++) {                                                            \
            const uint8_t *blocks[ROWS];                                                                           \
            find_blocks(blocks, weights, row_bytes, rows, b * (bytes));                                            \
            for (int r = 0; r < ROWS; r++) {                                                                       \
                to->d[r] = isobath_load_half(blocks[r]);                                                           \
                to->m[r] = has_minimum ? isobath_load_half(blocks[r] + 2) : 0;                                     \
            }                                                                                                      \
            PLACE_QUANTS(quants_##name(block), to->quants, offset)                                                 \
        }                                                                                                          \
    }

ISOBATH_FORMATS_256(UNPACK_256)
ISOBATH_FORMATS_32(UNPACK_32)

// MARK: Multiplying

// Minima s of all rows with the activations' sums, of which each column has its own in lane `lane`.
#define ADD_MINIMA(s, lane)                                                                                        \
    {                                                                                                              \
        const int16x8_t minima = vld1q_s16(w->minima[s]);                                                          \
        EACH_COLUMN(columns) {                                                                                     \
            least[c][0] = vmlal_laneq_s16(least[c][0], vget_low_s16(minima), sums[c], lane);                       \
            least[c][1] = vmlal_high_laneq_s16(least[c][1], minima, sums[c], lane);                                \
        }                                                                                                          \
    }

INLINE void add_eight_minima(
    const struct block256 *w, int first, const int16x8_t sums[COLUMNS], int32x4_t least[COLUMNS][2], int columns) {
    ADD_MINIMA(first, 0)
    ADD_MINIMA(first + 1, 1)
    ADD_MINIMA(first + 2, 2)
    ADD_MINIMA(first + 3, 3)
    ADD_MINIMA(first + 4, 4)
    ADD_MINIMA(first + 5, 5)
    ADD_MINIMA(first + 6, 6)
    ADD_MINIMA(first + 7, 7)
}

INLINE void sum_minima(
    const struct block256 *w, const int16_t *const x[COLUMNS], int32x4_t least[COLUMNS][2], int columns, int group) {
    int16x8_t first[COLUMNS], second[COLUMNS];
    EACH_COLUMN(columns) {
        first[c] = vld1q_s16(x[c]), second[c] = vld1q_s16(x[c] + 8);
        least[c][0] = least[c][1] = vdupq_n_s32(0);
    }
    if (group == 32) {
        EACH_COLUMN(columns) first[c] = vpaddq_s16(first[c], second[c]);
        add_eight_minima(w, 0, first, least, columns);
    } else {
        add_eight_minima(w, 0, first, least, columns);
        add_eight_minima(w, 8, second, least, columns);
    }
}

INLINE void add_block256(
    const struct block256 *w, const struct isobath_quantized_row x[COLUMNS], size_t b, float32x4_t acc[COLUMNS][2],
    int columns, int minima, int group) {
    const int8_t *values[COLUMNS];
    const int16_t *group_sums[COLUMNS];
    int32x4_t sums[COLUMNS][2], least[COLUMNS][2];
    EACH_COLUMN(columns) values[c] = x[c].values + 256 * b, group_sums[c] = x[c].sums + 16 * b;
    sum_block256(w, values, sums, columns, group);
    EACH_COLUMN(columns) {
        for (int h = 0; h < 2; h++) {
            const float32x4_t factor = vmulq_n_f32(vld1q_f32(w->d + 4 * h), x[c].scales[b]);
            acc[c][h] = vfmaq_f32(acc[c][h], factor, vcvtq_f32_s32(sums[c][h]));
        }
    }
    if (minima != MINIMA_SCALED) return;
    sum_minima(w, group_sums, least, columns, group);
    EACH_COLUMN(columns) {
        for (int h = 0; h < 2; h++) {
            const float32x4_t factor = vmulq_n_f32(vld1q_f32(w->dmin + 4 * h), x[c].scales[b]);
            acc[c][h] = vfmsq_f32(acc[c][h], factor, vcvtq_f32_s32(least[c][h]));
        }
    }
}

INLINE void add_block32(
    const struct block32 *w, const struct isobath_quantized_row x[COLUMNS], size_t b, float32x4_t acc[COLUMNS][2],
    int columns, int has_minimum) {
    const int8_t *values[COLUMNS];
    int32x4_t sums[COLUMNS][2];
    EACH_COLUMN(columns) values[c] = x[c].values + 32 * b;
    sum_block32(w, values, sums, columns);
    EACH_COLUMN(columns) {
        const float dx = x[c].scales[b], all = (float)(x[c].sums[2 * b] + x[c].sums[2 * b + 1]);
        for (int h = 0; h < 2; h++) {
            const float32x4_t factor = vmulq_n_f32(vld1q_f32(w->d + 4 * h), dx);
            acc[c][h] = vfmaq_f32(acc[c][h], factor, vcvtq_f32_s32(sums[c][h]));
            if (has_minimum) acc[c][h] = vfmaq_n_f32(acc[c][h], vmulq_n_f32(vld1q_f32(w->m + 4 * h), dx), all);
        }
    }
}

INLINE struct isobath_quantized_row row_at(const struct isobath_quantized_row *x, size_t offset) {
    return (struct isobath_quantized_row){
        x->values + offset, (const float *)((const char *)x->scales + offset),
        (const int16_t *)((const char *)x->sums + offset), 0};
}

// The first `rows` of eight floats, and zeros.
INLINE void load_some(const float *p, size_t rows, float32x4_t to[2]) {
    float lanes[ROWS] = {0};
    if (rows > 0 && rows < ROWS) memcpy(lanes, p, rows * sizeof *p);
    const float *const from = rows == ROWS ? p : lanes;
    to[0] = vld1q_f32(from), to[1] = vld1q_f32(from + 4);
}

INLINE void store_some(float *p, size_t rows, const float32x4_t from[2]) {
    float lanes[ROWS];
    float *const to = rows == ROWS ? p : lanes;
    vst1q_f32(to, from[0]), vst1q_f32(to + 4, from[1]);
    if (rows < ROWS) memcpy(p, lanes, rows * sizeof *p);
}

#define DEFINE_TILES(name, BLOCK, values, ADD)                                                                     \
    INLINE void columns_##name(                                                                                    \
        const struct BLOCK *w, size_t rows, const struct isobath_quantized_row *x, size_t stride, size_t count,    \
        float *out, size_t out_stride, int continues, int columns) {                                               \
        struct isobath_quantized_row row[COLUMNS];                                                                 \
        float32x4_t acc[COLUMNS][2];                                                                               \
        EACH_COLUMN(columns) {                                                                                     \
            row[c] = row_at(x, (size_t)c * stride);                                                                \
            load_some(out + (size_t)c * out_stride, continues ? rows : 0, acc[c]);                                 \
        }                                                                                                          \
        for (size_t b = 0; b < count / (values); b++) ADD;                                                         \
        EACH_COLUMN(columns) store_some(out + (size_t)c * out_stride, rows, acc[c]);                               \
    }                                                                                                              \
    TARGET static void multiply_##name(                                                                            \
        const uint8_t *tile, size_t rows, const struct isobath_quantized_row *x, size_t stride, size_t columns,    \
        size_t count, int continues, float *out, size_t out_stride) {                                              \
        const struct BLOCK *w = (const struct BLOCK *)tile;                                                        \
        struct isobath_quantized_row row = *x;                                                                     \
        for (; columns >= 4; columns -= 4, row = row_at(&row, 4 * stride), out += 4 * out_stride) {                \
            columns_##name(w, rows, &row, stride, count, out, out_stride, continues, 4);                           \
        }                                                                                                          \
        if (columns >= 2) {                                                                                        \
            columns_##name(w, rows, &row, stride, count, out, out_stride, continues, 2);                           \
            columns -= 2, row = row_at(&row, 2 * stride), out += 2 * out_stride;                                   \
        }                                                                                                          \
        if (columns > 0) columns_##name(w, rows, &row, stride, count, out, out_stride, continues, 1);              \
    }                                                                                                              \
    FORM(name) = {ROWS, sizeof(struct BLOCK) * (256 / (values)), unpack_##name, multiply_##name};

#define TILES_256(name, TYPE, bytes, d_at, dmin_at, minima, ...)                                                   \
    DEFINE_TILES(name, block256, 256, add_block256(w + b, row, b, acc, columns, minima, GROUP_##name))
#define TILES_32(name, TYPE, bytes, offset, has_minimum, ...)                                                      \
    DEFINE_TILES(name, block32, 32, add_block32(w + b, row, b, acc, columns, has_minimum))

ISOBATH_FORMATS_256(TILES_256)
ISOBATH_FORMATS_32(TILES_32)
