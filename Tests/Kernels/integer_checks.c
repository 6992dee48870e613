// Every function of `isobath_integer_kernels`, for every format that has them.
#include "check.h"
#include "integer_formats.h"

static const struct isobath_integer_kernels *kernels_of(const struct form *form, const struct check *check) {
    return form->integer(check->type);
}

static int has_rows(const struct form *form, const struct check *check) { return kernels_of(form, check) != 0; }

/// Where there are no tiles, as in the scalar form, the rows say what tiles must give.
static int has_tiles(const struct form *form, const struct check *check) { return has_rows(form, check); }

// MARK: Weights

enum quants { QUANTS_ANY, QUANTS_LEAST, QUANTS_MOST, QUANTS_SIGN, QUANTS_BELOW_SIGN, QUANTS_KINDS };
enum factors { FACTORS_PLAIN, FACTORS_ZERO, FACTORS_TINY, FACTORS_HUGE, FACTORS_STRANGE, FACTORS_KINDS };

/// The bits of a half.
static uint16_t next_half(struct generator *from, enum factors kind) {
    static const uint16_t strange[] = {0x7C00, 0xFC00, 0x7E00, 0x8000, 0x0001, 0x3C00};
    const uint16_t bits = (uint16_t)(next_bits(from) >> 20);
    switch (kind) {
    case FACTORS_PLAIN: return (bits & 0x83FF) | (uint16_t)(7 + next_below(from, 8)) << 10;
    case FACTORS_ZERO: return bits & 0x8000;
    case FACTORS_TINY: return bits & 0x83FF;
    case FACTORS_HUGE: return (bits & 0x83FF) | 0x7800;
    default: return strange[next_below(from, sizeof strange / sizeof *strange)];
    }
}

/// Rows of `count` values, `row_bytes` apart, anywhere in memory.
static const uint8_t *lend_weights(
    struct notes *to, const struct check *check, size_t rows, size_t row_bytes, size_t count, enum quants quants,
    enum factors factors) {
    static const uint8_t filling[] = {0, 0, 0xFF, 0x80, 0x7F};
    struct generator *const from = numbers(to);
    const size_t blocks = count / check->values;
    const size_t size = rows ? (rows - 1) * row_bytes + blocks * check->bytes : 0;
    uint8_t *const weights = lend(to, size, 1);
    if (quants == QUANTS_ANY) {
        fill_bytes(from, weights, size);
    } else {
        memset(weights, filling[quants], size);
    }
    for (size_t r = 0; r < rows; r++) {
        for (size_t b = 0; b < blocks; b++) {
            uint8_t *const block = weights + r * row_bytes + b * check->bytes;
            const uint16_t d = next_half(from, factors), other = next_half(from, factors);
            memcpy(block + check->d_at, &d, sizeof d);
            if (check->other_at != check->d_at) memcpy(block + check->other_at, &other, sizeof other);
        }
    }
    return weights;
}

// MARK: Activations

enum { MOST_BLOCKS = 16 };

enum activations {
    ACTIVATIONS_ANY, ACTIVATIONS_STRANGE, ACTIVATIONS_MOST, ACTIVATIONS_LEAST, ACTIVATIONS_ALTERNATE,
    ACTIVATIONS_ZERO, ACTIVATIONS_KINDS
};

/// Rows of activations as the program lays them out: values, scales, sums, and what else the form wants, one behind
/// another.
struct activations_rows {
    uint8_t *start;
    size_t stride, count, block, extra;
};

static struct isobath_quantized_row row_of(const struct activations_rows *rows, size_t index, size_t first) {
    const uint8_t *const row = rows->start + index * rows->stride, *const scales = row + rows->count;
    const uint8_t *const sums = scales + rows->count / rows->block * 4, *const extra = sums + rows->count / 16 * 2;
    return (struct isobath_quantized_row){
        (const int8_t *)row + first, (const float *)scales + first / rows->block, (const int16_t *)sums + first / 16,
        (const int32_t *)extra + first / 256 * rows->extra};
}

/// A row of the largest or smallest values; quantizing gives none below −127.
static void fill_ends(struct generator *from, struct isobath_quantized_row x, size_t count, size_t block, int kind) {
    int8_t *const values = (int8_t *)x.values;
    for (size_t i = 0; i < count; i++) {
        const int positive = kind == ACTIVATIONS_MOST || (kind == ACTIVATIONS_ALTERNATE && i % 2 == 0);
        values[i] = kind == ACTIVATIONS_ZERO ? 0 : positive ? 127 : -127;
    }
    for (size_t b = 0; b < count / block; b++) {
        ((float *)x.scales)[b] = kind == ACTIVATIONS_ZERO ? 0 : next_float(from, 6);
    }
    for (size_t g = 0; g < count / 16; g++) {
        int sum = 0;
        for (size_t i = 0; i < 16; i++) sum += values[16 * g + i];
        ((int16_t *)x.sums)[g] = (int16_t)sum;
    }
}

static struct activations_rows lend_activations(
    struct notes *to, const struct isobath_integer_kernels *kernels, size_t rows, size_t count, enum activations kind) {
    struct generator *const from = numbers(to);
    const size_t block = kernels->block, extra_bytes = (count + 255) / 256 * kernels->extra * 4;
    const size_t stride = (count + count / block * 4 + count / 16 * 2 + extra_bytes + 63) / 64 * 64;
    struct activations_rows all = {lend(to, rows * stride, 64), stride, count, block, kernels->extra};
    for (size_t r = 0; r < rows; r++) {
        const struct isobath_quantized_row x = row_of(&all, r, 0);
        if (kind > ACTIVATIONS_STRANGE) {
            fill_ends(from, x, count, block, kind);
        } else {
            float values[MOST_BLOCKS * 256];
            fill_floats(from, values, count, kind == ACTIVATIONS_ANY ? FLOATS_PLAIN : FLOATS_STRANGE);
            isobath_quantize_row(values, count, block, (int8_t *)x.values, (float *)x.scales, (int16_t *)x.sums);
        }
        if (kernels->prepare) kernels->prepare(x.values, x.sums, count, (int32_t *)x.extra);
    }
    return all;
}

// MARK: Cases

struct product {
    size_t rows, row_bytes, columns, count;
    const uint8_t *weights;
    struct activations_rows x;
};

/// Weights and activations of every kind in turn.
static struct product lend_product(
    struct notes *to, const struct check *check, const struct isobath_integer_kernels *kernels, size_t index,
    size_t rows, size_t columns) {
    struct generator *const from = numbers(to);
    const size_t most = check->values == 256 ? 5 : MOST_BLOCKS + 1;
    const size_t count = check->values * (index < most ? index : next_below(from, most));
    struct product product = {
        .rows = rows, .columns = columns, .count = count,
        .row_bytes = count / check->values * check->bytes + next_below(from, 3)};
    // Half of the cases have ordinary weights, for the others each kind meets each.
    const enum quants quants = index % 2 ? QUANTS_ANY : index / 2 % QUANTS_KINDS;
    const int are_plain = index % 2 || next_below(from, 2);
    const enum factors factors = are_plain ? FACTORS_PLAIN : index / 10 % FACTORS_KINDS;
    const enum activations activations = index % 4 == 1 ? ACTIVATIONS_ANY : next_below(from, ACTIVATIONS_KINDS);
    begin_case(
        to, "rows %zu, columns %zu, count %zu, quants of kind %d, factors of kind %d, activations of kind %d", rows,
        columns, count, quants, factors, activations);
    product.weights = lend_weights(to, check, rows, product.row_bytes, count, quants, factors);
    product.x = lend_activations(to, kernels, columns, count, activations);
    return product;
}

static void rows(struct notes *to, const struct form *form, const struct check *check) {
    const struct isobath_integer_kernels *const kernels = kernels_of(form, check);
    note_floats(to, &(float){(float)kernels->block}, 1);
    for (size_t i = 0; i < 300; i++) {
        const size_t row_count = i < 100 ? i / 2 % 19 : next_below(numbers(to), 35);
        const struct product p = lend_product(to, check, kernels, i, row_count, 1);
        const struct isobath_quantized_row x = row_of(&p.x, 0, 0);
        float *const out = lend_floats(to, p.rows, FLOATS_PLAIN);
        kernels->rows(p.weights, p.row_bytes, p.rows, &x, p.count, out, NULL);
        note_floats(to, out, p.rows);
        end_case(to);
    }
}

/// Values `first` ..< `end` of all rows by tiles, carried on from the values before.
static void multiply_segment(
    struct notes *to, const struct isobath_integer_tiles *tiles, const struct check *check, const struct product *p,
    size_t first, size_t end, float *out, size_t out_stride) {
    for (size_t row = 0; row < p->rows; row += tiles->rows) {
        const size_t some = p->rows - row < tiles->rows ? p->rows - row : tiles->rows;
        uint8_t *const tile = lend(to, (end - first + 255) / 256 * tiles->bytes, 64);
        const uint8_t *const weights = p->weights + row * p->row_bytes + first / check->values * check->bytes;
        tiles->unpack(weights, p->row_bytes, some, end - first, tile, first ? NULL : weights);
        const struct isobath_quantized_row x = row_of(&p->x, 0, first);
        tiles->multiply(
            tile, some, &x, p->x.stride, p->columns, end - first, first > 0, out + row, out_stride);
    }
}

static void multiply_by_rows(
    const struct isobath_integer_kernels *kernels, const struct product *p, float *out, size_t out_stride) {
    for (size_t column = 0; column < p->columns; column++) {
        const struct isobath_quantized_row x = row_of(&p->x, column, 0);
        kernels->rows(p->weights, p->row_bytes, p->rows, &x, p->count, out + column * out_stride, p->weights);
    }
}

static void tiles(struct notes *to, const struct form *form, const struct check *check) {
    const struct isobath_integer_kernels *const kernels = kernels_of(form, check);
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 200; i++) {
        const size_t rows = 1 + (i < 40 ? i % 20 : next_below(from, 34));
        // More columns than any form takes at once.
        const size_t columns = i < 40 ? i / 2 : i % 20 == 0 ? 40 + next_below(from, 30) : next_below(from, 15);
        const struct product p = lend_product(to, check, kernels, i, rows, columns);
        const size_t out_stride = rows + next_below(from, 3), size = columns ? (columns - 1) * out_stride + rows : 0;
        // The program splits rows at multiples of 2048.
        const size_t split = p.count > 256 && i % 3 == 0 ? next_below(from, (p.count + 255) / 256) * 256 : 0;
        float *const out = lend_floats(to, size, FLOATS_PLAIN);
        if (!kernels->tiles) {
            multiply_by_rows(kernels, &p, out, out_stride);
        } else {
            if (split > 0) multiply_segment(to, kernels->tiles, check, &p, 0, split, out, out_stride);
            multiply_segment(to, kernels->tiles, check, &p, split, p.count, out, out_stride);
        }
        note_floats(to, out, size);
        end_case(to);
    }
}

// MARK: The list

#define CHECK(name, TYPE, values_, bytes_, d, other, function_)                                                    \
    {.family = "integer", .subject = #name, .function = #function_, .run = function_, .has = has_##function_,      \
     .type = ISOBATH_##TYPE, .values = values_, .bytes = bytes_, .d_at = d, .other_at = other},

#define CHECKS_256(name, TYPE, bytes, d_at, dmin_at, minima, ...)                                                  \
    CHECK(name, TYPE, 256, bytes, d_at, (minima) == MINIMA_SCALED ? (dmin_at) : (d_at), rows)                      \
    CHECK(name, TYPE, 256, bytes, d_at, (minima) == MINIMA_SCALED ? (dmin_at) : (d_at), tiles)
#define CHECKS_32(name, TYPE, bytes, offset, has_minimum, ...)                                                     \
    CHECK(name, TYPE, 32, bytes, 0, (has_minimum) ? 2 : 0, rows)                                                   \
    CHECK(name, TYPE, 32, bytes, 0, (has_minimum) ? 2 : 0, tiles)

struct checks integer_checks(void) {
    static const struct check list[] = {ISOBATH_FORMATS_256(CHECKS_256) ISOBATH_FORMATS_32(CHECKS_32)};
    return (struct checks){list, sizeof list / sizeof *list};
}
