// Every function of `isobath_rounded_kernels`. What a tile's bytes look like is the form's own affair, so that tiles are
// compared by what products with them give.
#include "check.h"

enum { TILE = ISOBATH_ATTENTION_TILE, GROUP = ISOBATH_ROUNDED_GROUP };

static int has_rounded(const struct form *form, const struct check *check) {
    (void)check;
    return form->rounded != 0;
}

struct rows {
    int8_t *values;
    size_t row_bytes, count, width;
    float *scales;
    int32_t *starts;
};

static size_t some_width(struct notes *to) { return 32 * (1 + next_below(numbers(to), GROUP / 32)); }

/// Random rows, rounded by the form.
static struct rows rounded(struct notes *to, const struct form *form, size_t count, size_t width, enum floats kind) {
    const size_t stride = width + next_below(numbers(to), 3), row_bytes = width + 32 * next_below(numbers(to), 2);
    const size_t bytes = count ? (count - 1) * row_bytes + width : 0;
    const struct rows rows = {
        lend(to, bytes, 1), row_bytes, count, width, lend_floats(to, count, FLOATS_PLAIN),
        lend(to, count * sizeof(int32_t), sizeof(int32_t))};
    memset(rows.values, 0, bytes);
    const float *const from = lend_floats(to, count ? (count - 1) * stride + width : 0, kind);
    form->rounded->round_rows(from, stride, count, width, rows.values, row_bytes, rows.scales, rows.starts);
    return rows;
}

static void round_rows(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 150; i++) {
        const size_t count = i % 9, width = some_width(to);
        begin_case(to, "rows %zu, width %zu, floats of kind %zu", count, width, i % FLOATS_KINDS);
        const struct rows rows = rounded(to, form, count, width, i % FLOATS_KINDS);
        note_bytes(to, rows.values, count ? (count - 1) * rows.row_bytes + width : 0);
        note_floats(to, rows.scales, count);
        note_bytes(to, rows.starts, count * sizeof(int32_t));
        end_case(to);
    }
}

/// Rows times a tile, into sums that are there or not.
static void multiply_tile(
    struct notes *to, const struct form *form, struct rows rows, const uint8_t *tile, const float *scales, int continues) {
    const size_t out_stride = TILE + next_below(numbers(to), 3);
    const size_t size = rows.count ? (rows.count - 1) * out_stride + TILE : 0;
    float *const out = lend_floats(to, size, FLOATS_WIDE);
    form->rounded->multiply(
        rows.values, rows.row_bytes, rows.scales, rows.starts, rows.count, tile, scales, rows.width, continues, out,
        out_stride);
    note_floats(to, out, size);
}

static void multiply(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 200; i++) {
        const size_t m = i % 15, count = 1 + next_below(numbers(to), TILE), width = some_width(to);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "m %zu, rows of the tile %zu, width %zu, floats of kind %d", m, count, width, kind);
        const struct rows rows = rounded(to, form, m, width, kind), columns = rounded(to, form, count, width, kind);
        uint8_t *const tile = lend(to, TILE * width, 64);
        float *const scales = lend_floats(to, TILE, FLOATS_PLAIN);
        for (size_t j = 0; j < TILE; j++) scales[j] = j < count ? columns.scales[j] : 0;
        form->rounded->turn_rows(columns.values, columns.row_bytes, count, width, tile);
        multiply_tile(to, form, rows, tile, scales, i % 2);
        end_case(to);
    }
}

static void round_columns(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 120; i++) {
        const size_t m = 1 + i % 8, width = some_width(to);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "m %zu, width %zu, floats of kind %d", m, width, kind);
        const struct rows rows = rounded(to, form, m, width, FLOATS_PLAIN);
        const float *const columns = lend_floats(to, TILE * width, kind);
        uint8_t *const tile = lend(to, TILE * width, 64);
        float *const scales = lend_floats(to, TILE, FLOATS_PLAIN);
        form->rounded->round_columns(columns, width, tile, scales);
        note_floats(to, scales, TILE);
        multiply_tile(to, form, rows, tile, scales, 0);
        end_case(to);
    }
}

static void round_values(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 120; i++) {
        const size_t count = 1 + next_below(from, TILE), width = 32 * (1 + next_below(from, 9));
        const size_t stride = width + next_below(from, 3);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "rows %zu, width %zu, floats of kind %d", count, width, kind);
        const float *const rows = lend_floats(to, (count - 1) * stride + width, kind);
        int8_t *const packed = lend(to, TILE * width, 64);
        float *const scales = lend_floats(to, TILE, FLOATS_PLAIN);
        form->rounded->round_values(rows, stride, count, width, packed, scales);
        note_bytes(to, packed, TILE * width);
        note_floats(to, scales, TILE);
        end_case(to);
    }
}

static void regroup_rows(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 120; i++) {
        const size_t blocks = 1 + (i < 40 ? i : next_below(from, 70)), width = 32 * blocks;
        const size_t count = 1 + next_below(from, TILE), row_bytes = 34 * blocks + next_below(from, 3);
        begin_case(to, "rows %zu, width %zu", count, width);
        uint8_t *const rows = lend(to, (count - 1) * row_bytes + 34 * blocks, 1);
        fill_bytes(from, rows, (count - 1) * row_bytes + 34 * blocks);
        for (size_t b = 0; b < count * blocks; b++) {
            // Scales as they are; zero, negative, infinite or no number only here and there.
            uint16_t scale = (uint16_t)((next_bits(from) >> 20 & 0x1FFF) + 0x1400);
            if (i % 3 == 1 && next_below(from, 60) == 0) scale = (uint16_t)(next_bits(from) >> 20);
            if (i % 5 == 2) scale = 0;
            memcpy(rows + b / blocks * row_bytes + b % blocks * 34, &scale, sizeof scale);
        }
        const size_t groups = (width + GROUP - 1) / GROUP;
        int8_t *const values = lend(to, count * width, 1);
        float *const scales = lend_floats(to, groups * TILE, FLOATS_PLAIN);
        form->rounded->regroup_rows(rows, row_bytes, count, width, values, scales);
        note_bytes(to, values, count * width);
        note_floats(to, scales, groups * TILE);
        end_case(to);
    }
}

// Values of 16 bits: ordinary ones, or any, infinite or no numbers too; some rows all zero.
static void fill_halves(struct generator *from, uint8_t *row, size_t width, size_t kind) {
    for (size_t i = 0; i < width; i++) {
        uint16_t half = (uint16_t)(next_bits(from) >> 16);
        if (kind % 3 != 1) half = (uint16_t)((half & 0x8FFF) | 0x3000);
        if (kind % 5 == 2) half = (uint16_t)(half & 0x8000);
        memcpy(row + 2 * i, &half, sizeof half);
    }
}

static void round_halves(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 120; i++) {
        const size_t width = 32 * (1 + (i < 40 ? i : next_below(from, 20))), count = 1 + next_below(from, TILE);
        const size_t row_bytes = 2 * width + next_below(from, 3);
        begin_case(to, "rows %zu, width %zu", count, width);
        uint8_t *const rows = lend(to, (count - 1) * row_bytes + 2 * width, 1);
        for (size_t j = 0; j < count; j++) fill_halves(from, rows + j * row_bytes, width, i + j);
        const size_t groups = (width + GROUP - 1) / GROUP;
        int8_t *const values = lend(to, count * width, 1);
        float *const scales = lend_floats(to, groups * TILE, FLOATS_PLAIN);
        form->rounded->round_halves(rows, i % 2 == 1, row_bytes, count, width, values, scales);
        note_bytes(to, values, count * width);
        note_floats(to, scales, groups * TILE);
        end_case(to);
    }
}

static void interleave_rows(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 120; i++) {
        const size_t count = 1 + next_below(from, TILE), width = 32 * (1 + next_below(from, 9));
        const size_t row_bytes = width + next_below(from, 3);
        begin_case(to, "rows %zu, width %zu", count, width);
        int8_t *const values = lend(to, (count - 1) * row_bytes + width, 1);
        fill_bytes(from, (uint8_t *)values, (count - 1) * row_bytes + width);
        int8_t *const packed = lend(to, TILE * width, 64);
        form->rounded->interleave_rows(values, row_bytes, count, width, packed);
        note_bytes(to, packed, TILE * width);
        end_case(to);
    }
}

#define CHECK(name) {.family = "rounded", .subject = "f32", .function = #name, .run = name, .has = has_rounded}

struct checks rounded_checks(void) {
    static const struct check list[] = {
        CHECK(round_rows),    CHECK(multiply),     CHECK(round_columns),
        CHECK(round_values), CHECK(regroup_rows), CHECK(interleave_rows), CHECK(round_halves),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
