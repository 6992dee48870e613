// Quantizers of rows: every form writes the same bytes.
#include "check.h"

static int has_encoder(const struct form *form, const struct check *check) { return form->encoder(check->type) != 0; }

/// Runs of equal values, of zeros and of values alike in sign or size have searches that end early or change course.
static void make_strange_runs(struct generator *from, float *values, size_t count) {
    for (size_t start = 0; start < count; start += 16) {
        const size_t kind = next_below(from, 8);
        const float first = values[start];
        for (size_t i = start; i < start + 16 && i < count; i++) {
            if (kind == 0) values[i] = 0;
            if (kind == 1) values[i] = first;
            if (kind == 2) values[i] = values[i] < 0 ? -values[i] : values[i];
            if (kind == 3) values[i] = values[i] > 0 ? -values[i] : values[i];
            if (kind == 4) values[i] *= 0x1p-20f;
        }
    }
}

static void encode(struct notes *to, const struct form *form, const struct check *check) {
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 30; i++) {
        const size_t width = check->values * (1 + next_below(from, 1024 / check->values)), rows = next_below(from, 4);
        const size_t count = width * rows, size = count / check->values * check->bytes;
        begin_case(to, "%zu rows of %zu", rows, width);
        float *const values = lend_floats(to, count, i % 3 == 0 ? FLOATS_PLAIN : i % 3 == 1 ? FLOATS_WIDE : FLOATS_TINY);
        if (i % 4 == 3) make_strange_runs(from, values, count);
        float *const importance = lend_floats(to, width, FLOATS_PLAIN);
        for (size_t j = 0; j < width; j++) {
            importance[j] = j % 41 == 3 ? 0 : importance[j] * importance[j] * (j % 17 == 5 ? 64.0f : 1.0f);
        }
        uint8_t *const target = lend(to, size, 1);
        form->encoder(check->type)->encode(values, i % 2 ? importance : 0, width, rows, target);
        note_bytes(to, target, size);
        end_case(to);
    }
}

static int has_grid(const struct form *form, const struct check *check) {
    (void)check;
    return form->floats == isobath_float_kernels_scalar();
}

/// These have one form; their hashes show that every processor and compiler makes the same of it.
static void encode_grid(struct notes *to, const struct form *form, const struct check *check) {
    (void)form;
    static uint8_t levels[2048 * 8];
    static int32_t map[1 << 16];
    static uint16_t near[400000];
    const struct isobath_grid_size grid_size = isobath_grid_size(check->type);
    isobath_grid_levels(check->type, levels);
    const size_t count_near = isobath_grid_map(check->type, levels, map, 0);
    if (count_near > sizeof near / sizeof *near) return;
    isobath_grid_map(check->type, levels, map, near);
    const struct isobath_grid grid = {grid_size.width, grid_size.bits, grid_size.count, levels, map, near};
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 8; i++) {
        const size_t width = 256 * (1 + next_below(from, 3)), rows = next_below(from, 3), count = width * rows;
        begin_case(to, "%zu rows of %zu", rows, width);
        float *const values = lend_floats(to, count, i % 3 == 1 ? FLOATS_WIDE : FLOATS_PLAIN);
        if (i % 4 == 3) make_strange_runs(from, values, count);
        float *const importance = lend_floats(to, width, FLOATS_PLAIN);
        for (size_t j = 0; j < width; j++) importance[j] = j % 41 == 3 ? 0 : importance[j] * importance[j];
        uint8_t *const target = lend(to, count / 256 * check->bytes, 1);
        isobath_grid_encoder_of(check->type)->encode(values, i % 2 ? importance : 0, width, rows, target, &grid);
        note_bytes(to, target, count / 256 * check->bytes);
        end_case(to);
    }
}

#define GRID(TYPE, name, size)                                                                                     \
    {.family = "encoder", .subject = name, .function = "encode_grid", .run = encode_grid, .has = has_grid,         \
     .type = ISOBATH_##TYPE, .values = 256, .bytes = size}
#define CHECK(TYPE, name, block, size)                                                                             \
    {.family = "encoder", .subject = name, .function = "encode", .run = encode, .has = has_encoder,                \
     .type = ISOBATH_##TYPE, .values = block, .bytes = size}

struct checks encoder_checks(void) {
    static const struct check list[] = {
        CHECK(Q4_0, "q4_0", 32, 18),     CHECK(Q4_1, "q4_1", 32, 20),     CHECK(Q5_0, "q5_0", 32, 22),
        CHECK(Q5_1, "q5_1", 32, 24),     CHECK(Q2_K, "q2_k", 256, 84),    CHECK(Q3_K, "q3_k", 256, 110),
        CHECK(Q4_K, "q4_k", 256, 144),   CHECK(Q5_K, "q5_k", 256, 176),   CHECK(Q6_K, "q6_k", 256, 210),
        CHECK(IQ4_NL, "iq4_nl", 32, 18), CHECK(IQ4_XS, "iq4_xs", 256, 136),
        GRID(IQ1_S, "iq1_s", 50),        GRID(IQ1_M, "iq1_m", 56),        GRID(IQ2_XXS, "iq2_xxs", 66),
        GRID(IQ2_XS, "iq2_xs", 74),      GRID(IQ2_S, "iq2_s", 82),        GRID(IQ3_XXS, "iq3_xxs", 98),
        GRID(IQ3_S, "iq3_s", 110),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
