// Every function of `isobath_bfloat_kernels`, and the instruction that it stands on.
#include "check.h"

static int has_pairs(const struct form *form, const struct check *check) {
    (void)check;
    return form->add_pairs != 0;
}

static int has_bfloats(const struct form *form, const struct check *check) {
    (void)check;
    return form->bfloats != 0;
}

// MARK: One instruction

enum pairs { PAIRS_ANY, PAIRS_PLAIN, PAIRS_TINY, PAIRS_STRANGE, PAIRS_KINDS };

static uint16_t upper_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static uint16_t some_bfloat(struct generator *from, enum pairs kind) {
    switch (kind) {
    case PAIRS_ANY: return (uint16_t)next_bits(from);
    case PAIRS_PLAIN: return upper_half(next_float(from, 6));
    // Products around 2⁻¹³⁸ ± 2¹⁶: some below any normal number, some on its border.
    case PAIRS_TINY: return upper_half(next_float(from, 8) * 0x1p-69f);
    default: return next_below(from, 3) ? upper_half(next_strange(from)) : upper_half(next_float(from, 2));
    }
}

static float some_sum(struct generator *from, enum pairs kind) {
    switch (kind) {
    case PAIRS_ANY: return float_of((uint32_t)next_bits(from));
    case PAIRS_PLAIN: return next_float(from, 12);
    // The smallest normal number, its neighbours on both sides, and their negatives.
    case PAIRS_TINY:
        return float_of((0x007FFFFEu + (uint32_t)next_below(from, 5)) | (uint32_t)next_below(from, 2) << 31);
    default: return next_below(from, 3) ? next_strange(from) : next_float(from, 2);
    }
}

static void add_pairs(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 8000; i++) {
        const enum pairs kind = i % PAIRS_KINDS;
        begin_case(to, "pairs of kind %d", kind);
        float sums[16];
        uint16_t a[32], b[32];
        for (int lane = 0; lane < 16; lane++) sums[lane] = some_sum(from, kind);
        for (int k = 0; k < 32; k++) a[k] = some_bfloat(from, kind), b[k] = some_bfloat(from, kind);
        form->add_pairs(sums, a, b);
        note_floats(to, sums, 16);
        end_case(to);
    }
}

// MARK: Products

/// Rows of bf16 numbers: any at all, finite ones, or those of a kind of floats.
static void fill(struct notes *to, uint8_t *row, size_t count, size_t kind) {
    if (kind >= 2) {
        for (size_t i = 0; i < count; i++) {
            const float value = next_of(numbers(to), kind - 2);
            isobath_encode_row_bf16(&value, row + 2 * i, 1);
        }
        return;
    }
    fill_bytes(numbers(to), row, 2 * count);
    for (size_t i = 1; kind == 1 && i < 2 * count; i += 2) row[i] &= 0xB7;
}

static void multiply_case(
    struct notes *to, const struct form *form, size_t outputs, size_t rows, size_t count, size_t kind) {
    const size_t padded = (count + 31) / 32 * 32, stride = padded + 32 * next_below(numbers(to), 2);
    const size_t row_bytes = 2 * count + next_below(numbers(to), 4), out_stride = outputs + next_below(numbers(to), 3);
    begin_case(to, "outputs %zu, rows %zu, count %zu, numbers of kind %zu", outputs, rows, count, kind);
    const size_t bytes = outputs ? (outputs - 1) * row_bytes + 2 * count : 0;
    uint8_t *const weights = lend(to, bytes, 1);
    memset(weights, 0, bytes);
    for (size_t o = 0; o < outputs; o++) fill(to, weights + o * row_bytes, count, kind);
    const size_t values = rows ? (rows - 1) * stride + padded : 0;
    uint16_t *const activations = lend(to, 2 * values, 2);
    memset(activations, 0, 2 * values);
    for (size_t r = 0; r < rows; r++) fill(to, (uint8_t *)(activations + r * stride), count, kind);
    const size_t size = rows ? (rows - 1) * out_stride + outputs : 0;
    float *const out = lend_floats(to, size, FLOATS_PLAIN);
    form->bfloats->multiply(weights, row_bytes, outputs, activations, stride, rows, count, out, out_stride);
    note_floats(to, out, size);
    end_case(to);
}

static void multiply(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 700; i++) {
        const size_t outputs = next_below(numbers(to), 11), rows = i % 15;
        const size_t some = next_below(numbers(to), i < 400 ? 100 : 300), count = i % 4 ? some : some / 32 * 32;
        multiply_case(to, form, outputs, rows, count, i % (FLOATS_KINDS + 2));
    }
    // More than one tile of weights, and than one segment of values.
    multiply_case(to, form, 43, 14, 64, 3);
    multiply_case(to, form, 35, 8, 2048, 3);
    multiply_case(to, form, 7, 13, 2567, 1);
    multiply_case(to, form, 6, 6, 1409, 2);
}

/// Every number by itself: 1 · value beside zeros.
static void codes(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    uint8_t *const weights = lend(to, 64, 1);
    uint16_t *const x = lend(to, 64, 2);
    memset(weights, 0, 64);
    memset(x, 0, 64);
    for (size_t code = 0; code < 1 << 16; code++) {
        begin_case(to, "code %#zx", code);
        const size_t place = code % 32;
        weights[2 * place] = (uint8_t)code, weights[2 * place + 1] = (uint8_t)(code >> 8);
        x[place] = 0x3F80;
        float found;
        form->bfloats->multiply(weights, 64, 1, x, 32, 1, 32, &found, 1);
        note_floats(to, &found, 1);
        weights[2 * place] = weights[2 * place + 1] = 0;
        x[place] = 0;
    }
    end_case(to);
}

#define CHECK(name, condition) \
    {.family = "bfloat", .subject = "bf16", .function = #name, .run = name, .has = condition}

struct checks bfloat_checks(void) {
    static const struct check list[] = {
        CHECK(add_pairs, has_pairs), CHECK(multiply, has_bfloats), CHECK(codes, has_bfloats)};
    return (struct checks){list, sizeof list / sizeof *list};
}
