// Rounding of tiles to formats of fewer bits. One source serves every processor, so that its two compilations are compared: the file
// is taken in whole, under names of its own, for what picks one of them cannot be told which.
#define isobath_largest_magnitude tested_largest_magnitude
#define isobath_raise_to_magnitudes tested_raise_to_magnitudes
#define isobath_round_bf16 tested_round_bf16
#define isobath_round_f8e4m3 tested_round_f8e4m3
#define isobath_round_columns_f8e4m3 tested_round_columns_f8e4m3
#define isobath_round_e5m6 tested_round_e5m6
#define isobath_scale_row tested_scale_row
#define isobath_add_scaled_columns tested_add_scaled_columns
#define isobath_dot_in_14_bits tested_dot_in_14_bits
#include "tiles.c"

#include "check.h"

enum { CASES = 200 };

static int is_scalar(const struct form *form) { return form->floats == isobath_float_kernels_scalar(); }

#if defined(__x86_64__)
#define FORM(name) (is_scalar(form) ? name##_plain : name##_avx2)

static int has_tiles(const struct form *form, const struct check *check) {
    (void)check;
    return is_scalar(form) || form->floats == isobath_float_kernels_avx2();
}
#else
#define FORM(name) ((void)form, tested_##name)

static int has_tiles(const struct form *form, const struct check *check) {
    (void)check;
    return is_scalar(form);
}
#endif

/// Counts around the widths of vectors, and longer ones.
static size_t begin(struct notes *to, size_t i) {
    const size_t count = i < 70 ? i : next_below(numbers(to), 600);
    begin_case(to, "count %zu, floats of kind %zu", count, i % FLOATS_KINDS);
    return count;
}

/// Floats on the borders between two numbers of a format with `mantissa` bits, and beside them.
static void put_on_borders(struct notes *to, float *x, size_t count, int mantissa) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        const uint32_t half = 1u << (22 - mantissa);
        bits = ((bits & ~(2 * half - 1)) | half) + (uint32_t)next_below(numbers(to), 3) - 1;
        x[i] = float_of(bits);
    }
}

/// A power of two that brings floats of a kind into the range of the formats, or any number.
static float some_scale(struct notes *to, size_t i) {
    static const float scales[FLOATS_KINDS] = {0x1p-8f, 0x1p4f, 0x1p-60f, 0x1p66f, 0x1p-4f};
    return i % 3 == 0 ? scales[i % FLOATS_KINDS] : scales[i % FLOATS_KINDS] * (1.5f + next_unit(numbers(to)) / 4);
}

static void magnitudes(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = begin(to, i);
        const float *const x = lend_floats(to, count, i % FLOATS_KINDS);
        float *const largest = lend_floats(to, count, FLOATS_WIDE);
        for (size_t j = 0; j < count; j++) largest[j] = largest[j] < 0 ? -largest[j] : largest[j];
        FORM(raise_to_magnitudes)(x, largest, count);
        note_floats(to, largest, count);
        const float most = FORM(largest_magnitude)(x, count);
        note_floats(to, &most, 1);
        end_case(to);
    }
}

static void round_bf16(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = begin(to, i);
        float *const x = lend_floats(to, count, i % FLOATS_KINDS);
        if (i % 2) put_on_borders(to, x, count, 7);
        FORM(round_bf16)(x, x, count);
        note_floats(to, x, count);
        end_case(to);
    }
}

static void round_f8e4m3(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = begin(to, i);
        const float scale = some_scale(to, i);
        float *const x = lend_floats(to, count, i % FLOATS_KINDS), *const scales = lend_floats(to, count, FLOATS_PLAIN);
        if (i % 2) put_on_borders(to, x, count, 3);
        for (size_t j = 0; j < count; j++) scales[j] = j % 5 ? scales[j] * scale : scale;
        float *const codes = lend_floats(to, count, FLOATS_PLAIN);
        FORM(round_columns_f8e4m3)(x, scales, codes, count);
        note_floats(to, codes, count);
        FORM(round_f8e4m3)(x, scale, x, count);
        note_floats(to, x, count);
        end_case(to);
    }
}

static void round_e5m6(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = begin(to, i);
        const float scale = some_scale(to, i);
        float *const x = lend_floats(to, count, i % FLOATS_KINDS);
        if (i % 2) put_on_borders(to, x, count, 6);
        FORM(round_e5m6)(x, scale, x, count);
        note_floats(to, x, count);
        end_case(to);
    }
}

static void scale_columns(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = begin(to, i);
        const float factor = some_scale(to, i);
        const float *const x = lend_floats(to, count, i % FLOATS_KINDS);
        const float *const factors = lend_floats(to, count, FLOATS_WIDE);
        float *const y = lend_floats(to, count, FLOATS_WIDE), *const z = lend_floats(to, count, FLOATS_PLAIN);
        FORM(add_scaled_columns)(x, factor, factors, y, count);
        note_floats(to, y, count);
        FORM(scale_row)(x, factor, z, count);
        note_floats(to, z, count);
        end_case(to);
    }
}

/// `count` E4M3 numbers, some of them no numbers.
static const float *lend_codes(struct notes *to, const struct form *form, size_t count, size_t i) {
    float *const codes = lend_floats(to, count, i % FLOATS_KINDS);
    FORM(round_f8e4m3)(codes, some_scale(to, i), codes, count);
    return codes;
}

static void dot_in_14_bits(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = begin(to, i);
        const float *const a = lend_codes(to, form, count, i), *const b = lend_codes(to, form, count, i / FLOATS_KINDS);
        const float sum = FORM(dot_in_14_bits)(a, b, count);
        note_floats(to, &sum, 1);
        end_case(to);
    }
}

#define CHECK(name) {.family = "tiles", .subject = "f32", .function = #name, .run = name, .has = has_tiles}

struct checks tile_checks(void) {
    static const struct check list[] = {
        CHECK(magnitudes), CHECK(round_bf16),    CHECK(round_f8e4m3),
        CHECK(round_e5m6), CHECK(scale_columns), CHECK(dot_in_14_bits),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
