// Every function of `isobath_float_kernels`.
#include "check.h"

static int has_floats(const struct form *form, const struct check *check) {
    (void)check;
    return form->floats != 0;
}

/// Counts around the widths of vectors, and longer ones.
static size_t count_of(size_t index) {
    static const size_t long_ones[] = {255, 256, 257, 300, 1000, 1024};
    return index < 132 ? index : long_ones[index - 132];
}

enum { COUNTS = 138 };

static void dot(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < COUNTS * FLOATS_KINDS; i++) {
        const size_t count = count_of(i / FLOATS_KINDS);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "count %zu, floats of kind %d", count, kind);
        const float *const a = lend_floats(to, count, kind), *const b = lend_floats(to, count, kind);
        const float found = form->floats->dot(a, b, count);
        note_floats(to, &found, 1);
        end_case(to);
    }
}

/// Bytes of stored numbers: any at all, or without infinities and what is no number.
static uint8_t *stored(struct notes *to, size_t count, size_t size, int is_finite) {
    uint8_t *const bytes = lend(to, count * size, 1);
    fill_bytes(numbers(to), bytes, count * size);
    // The exponent's last bit but one; for FP8 a bit of the fraction.
    const uint8_t kept = size == 1 ? 0xFE : 0xB7;
    for (size_t i = size - 1; is_finite && i < count * size; i += size) bytes[i] &= kept;
    return bytes;
}

static void dot_f8e4m3(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 2 * COUNTS; i++) {
        const size_t count = count_of(i / 2);
        begin_case(to, "count %zu, %s codes", count, i % 2 ? "finite" : "all");
        const uint8_t *const weights = stored(to, count, 1, i % 2);
        const float *const factors = lend_floats(to, (count + 127) / 128, FLOATS_PLAIN);
        const float *const x = lend_floats(to, count, FLOATS_WIDE);
        const float found = form->floats->dot_f8e4m3(weights, factors, x, count);
        note_floats(to, &found, 1);
        end_case(to);
    }
}

/// Sizes that take every way through the tiles: few rows and many, long ones and short, whole and not.
struct sizes {
    size_t weight_rows, rows, count, stride, out_stride;
};

static struct sizes next_sizes(struct generator *from, size_t i, size_t unit) {
    const size_t count = i < 20 ? i * unit : next_below(from, (i % 8 ? 300 : 1400) / unit) * unit;
    const size_t weight_rows = next_below(from, 10), rows = i < 12 ? i : next_below(from, i % 8 ? 12 : 60);
    const size_t stride = count + next_below(from, 3), out_stride = weight_rows + next_below(from, 3);
    return (struct sizes){weight_rows, rows, count, stride, out_stride};
}

static size_t in_rows(const struct sizes *sizes) {
    return sizes->rows ? (sizes->rows - 1) * sizes->stride + sizes->count : 0;
}

static size_t out_rows(const struct sizes *sizes) {
    return sizes->rows && sizes->weight_rows ? (sizes->rows - 1) * sizes->out_stride + sizes->weight_rows : 0;
}

/// Finite numbers: which bits a result has that is no number, nobody promises.
#define CHECK_DOT_ROWS_OF_HALVES(name)                                                                  \
    static void name(struct notes *to, const struct form *form, const struct check *check) {           \
        (void)check;                                                                                    \
        for (size_t i = 0; i < 320; i++) {                                                              \
            const struct sizes sizes = next_sizes(numbers(to), i, 1);                                   \
            begin_case(to, "%zu rows of %zu, %zu rows", sizes.weight_rows, sizes.count, sizes.rows);    \
            const uint8_t *const weights = stored(to, sizes.weight_rows * sizes.count, 2, 1);           \
            const float *const x = lend_floats(to, in_rows(&sizes), i % 2 ? FLOATS_WIDE : FLOATS_PLAIN); \
            float *const out = lend_floats(to, out_rows(&sizes), FLOATS_PLAIN);                         \
            form->floats->name(                                                                         \
                weights, sizes.weight_rows, x, sizes.stride, sizes.rows, sizes.count, out, sizes.out_stride); \
            note_floats(to, out, out_rows(&sizes));                                                     \
            end_case(to);                                                                               \
        }                                                                                               \
    }

CHECK_DOT_ROWS_OF_HALVES(dot_rows_f16)
CHECK_DOT_ROWS_OF_HALVES(dot_rows_bf16)

/// Blocks of any codes, with finite scales: which bits a result has that is no number, nobody promises.
static void dot_rows_q8_0(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 200; i++) {
        const struct sizes sizes = next_sizes(numbers(to), i, 32);
        const size_t blocks = sizes.weight_rows * (sizes.count / 32);
        begin_case(to, "%zu rows of %zu, %zu rows", sizes.weight_rows, sizes.count, sizes.rows);
        uint8_t *const weights = stored(to, blocks * 34, 1, 0);
        for (size_t block = 0; block < blocks; block++) weights[34 * block + 1] &= 0xB7;
        const float *const x = lend_floats(to, in_rows(&sizes), i % 2 ? FLOATS_WIDE : FLOATS_PLAIN);
        float *const out = lend_floats(to, out_rows(&sizes), FLOATS_PLAIN);
        form->floats->dot_rows_q8_0(
            weights, sizes.weight_rows, x, sizes.stride, sizes.rows, sizes.count, out, sizes.out_stride);
        note_floats(to, out, out_rows(&sizes));
        end_case(to);
    }
}

/// Every code of a format by itself: 1 · value and 31 · 0.
#define CHECK_CODES(name, size, call)                                                                   \
    static void name(struct notes *to, const struct form *form, const struct check *check) {           \
        (void)check;                                                                                    \
        float *const x = lend_floats(to, 32, FLOATS_PLAIN), *const factors = lend_floats(to, 1, FLOATS_PLAIN); \
        uint8_t *const weights = lend(to, 32 * (size), 1);                                              \
        memset(weights, 0, 32 * (size));                                                                \
        memset(x, 0, 32 * sizeof *x);                                                                   \
        *factors = 1;                                                                                   \
        for (size_t code = 0; code < (size_t)1 << 8 * (size); code += (size) == 1 ? 1 : 7) {            \
            begin_case(to, "code %#zx", code);                                                          \
            const size_t place = code % 32;                                                             \
            for (size_t i = 0; i < (size); i++) weights[place * (size) + i] = (uint8_t)(code >> 8 * i); \
            x[place] = 1;                                                                               \
            float found;                                                                                \
            call;                                                                                       \
            note_floats(to, &found, 1);                                                                 \
            x[place] = 0;                                                                               \
            memset(weights + place * (size), 0, (size));                                                \
        }                                                                                               \
        end_case(to);                                                                                   \
    }

CHECK_CODES(codes_f16, 2, form->floats->dot_rows_f16(weights, 1, x, 0, 1, 32, &found, 0))
CHECK_CODES(codes_bf16, 2, form->floats->dot_rows_bf16(weights, 1, x, 0, 1, 32, &found, 0))
CHECK_CODES(codes_f8e4m3, 1, found = form->floats->dot_f8e4m3(weights, factors, x, 32))

static void dot_rows(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 320; i++) {
        const struct sizes sizes = next_sizes(numbers(to), i, 1);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(
            to, "%zu rows of %zu, %zu rows, floats of kind %d", sizes.weight_rows, sizes.count, sizes.rows, kind);
        const float *const weights = lend_floats(to, sizes.weight_rows * sizes.count, kind);
        const float *const activations = lend_floats(to, in_rows(&sizes), kind);
        float *const out = lend_floats(to, out_rows(&sizes), FLOATS_PLAIN);
        form->floats->dot_rows(
            weights, sizes.weight_rows, activations, sizes.stride, sizes.rows, sizes.count, out, sizes.out_stride);
        note_floats(to, out, out_rows(&sizes));
        end_case(to);
    }
}

static void add_scaled(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < COUNTS * FLOATS_KINDS; i++) {
        const size_t count = count_of(i / FLOATS_KINDS);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "count %zu, floats of kind %d", count, kind);
        const float factor = next_of(numbers(to), kind);
        const float *const x = lend_floats(to, count, kind);
        float *const y = lend_floats(to, count, kind);
        form->floats->add_scaled(factor, x, y, count);
        note_floats(to, y, count);
        end_case(to);
    }
}

#define CHECK(name) {.family = "float", .subject = "f32", .function = #name, .run = name, .has = has_floats}

struct checks float_checks(void) {
    static const struct check list[] = {
        CHECK(dot), CHECK(dot_f8e4m3), CHECK(codes_f16), CHECK(codes_bf16), CHECK(codes_f8e4m3), CHECK(dot_rows),
        CHECK(dot_rows_f16), CHECK(dot_rows_bf16), CHECK(dot_rows_q8_0), CHECK(add_scaled),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
