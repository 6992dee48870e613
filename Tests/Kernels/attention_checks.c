// Every function of `isobath_attention_kernels`.
#include "check.h"

enum { TILE = ISOBATH_ATTENTION_TILE, PANEL = ISOBATH_ATTENTION_PANEL };

static int has_attention(const struct form *form, const struct check *check) {
    (void)check;
    return form->attention != 0;
}

/// Rows of `bytes` bytes for every `values` values, decoded with gaps behind the rows.
#define CHECK_DECODE(name, values, bytes)                                                               \
    static void name(struct notes *to, const struct form *form, const struct check *check) {           \
        (void)check;                                                                                    \
        struct generator *const from = numbers(to);                                                     \
        for (size_t i = 0; i < 80; i++) {                                                               \
            const size_t blocks = i < 40 ? i : next_below(from, 600 / (values)), rows = next_below(from, 4); \
            const size_t count = blocks * (values), row_bytes = blocks * (bytes) + next_below(from, 4); \
            const size_t stride = count + next_below(from, 3);                                          \
            begin_case(to, "count %zu, rows %zu, row bytes %zu", count, rows, row_bytes);               \
            const size_t size = rows ? (rows - 1) * row_bytes + blocks * (bytes) : 0;                   \
            uint8_t *const source = lend(to, size, 1);                                                  \
            fill_bytes(from, source, size);                                                             \
            const size_t room = rows ? (rows - 1) * stride + count : 0;                                 \
            float *const target = lend_floats(to, room, FLOATS_PLAIN);                                  \
            form->attention->name(source, row_bytes, rows, target, stride, count);                      \
            note_floats(to, target, room);                                                              \
            end_case(to);                                                                               \
        }                                                                                               \
    }

CHECK_DECODE(decode_f16, 1, 2)
CHECK_DECODE(decode_bf16, 1, 2)
CHECK_DECODE(decode_q8_0, 32, 34)

static size_t panels(size_t count) { return (count + PANEL - 1) / PANEL; }

static void pack(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 150; i++) {
        const size_t count = i < TILE ? i + 1 : 1 + next_below(from, TILE);
        const size_t width = i < 40 ? i : next_below(from, 200), stride = width + next_below(from, 3);
        begin_case(to, "count %zu, width %zu, stride %zu", count, width, stride);
        const float *const rows = lend_floats(to, (count - 1) * stride + width, FLOATS_STRANGE);
        const size_t size = panels(count) * PANEL * width;
        float *const packed = lend_floats(to, size, FLOATS_PLAIN);
        form->attention->pack(rows, stride, count, width, packed);
        note_floats(to, packed, size);
        end_case(to);
    }
}

static void multiply_case(struct notes *to, const struct form *form, size_t i, int is_packed) {
    struct generator *const from = numbers(to);
    const size_t m = i < 20 ? i : next_below(from, 15), k = i % 7 == 3 ? 0 : next_below(from, 70);
    const size_t n = i < 80 ? 2 * i : next_below(from, 150);
    const size_t a_stride = k + next_below(from, 3), c_stride = n + next_below(from, 3);
    const size_t row = n + next_below(from, 3), b_stride = is_packed ? PANEL : row;
    const size_t b_size = is_packed ? panels(n) * PANEL * k : (k ? (k - 1) * row + n : 0);
    const enum floats kind = i % FLOATS_KINDS;
    begin_case(to, "m %zu, n %zu, k %zu, floats of kind %d", m, n, k, kind);
    const float *const a = lend_floats(to, m ? (m - 1) * a_stride + k : 0, kind);
    const float *const b = lend_floats(to, b_size, kind);
    const size_t size = m ? (m - 1) * c_stride + n : 0;
    float *const c = lend_floats(to, size, kind);
    const struct isobath_rows_ahead ahead = {b, 24, i % 70, i % 200};
    form->attention->multiply(a, a_stride, b, b_stride, is_packed ? PANEL * k : PANEL, c, c_stride, m, n, k, i % 2 ? &ahead : 0);
    note_floats(to, c, size);
    end_case(to);
}

static void multiply_plain(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 200; i++) multiply_case(to, form, i, 0);
}

static void multiply_packed(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 200; i++) multiply_case(to, form, i, 1);
}

static void soften(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 120; i++) {
        const size_t lanes = i % 9;
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "lanes %zu, floats of kind %d", lanes, kind);
        float *const scores = lend_floats(to, lanes * TILE, kind), *const largest = lend_floats(to, lanes, kind);
        float *const sums = lend_floats(to, lanes, FLOATS_WIDE), *const factors = lend_floats(to, lanes, FLOATS_PLAIN);
        size_t *const counts = lend(to, lanes * sizeof(size_t), sizeof(size_t));
        // Far enough apart that some weights are too small for a normal number.
        for (size_t j = 0; kind == FLOATS_PLAIN && j < lanes * TILE; j++) scores[j] *= 200;
        for (size_t lane = 0; lane < lanes; lane++) {
            counts[lane] = next_below(from, TILE + 1);
            if (next_below(from, 4) == 0) largest[lane] = float_of(0xFF800000), sums[lane] = 0;
        }
        form->attention->soften(scores, counts, lanes, next_unit(from), largest, sums, factors);
        note_floats(to, scores, lanes * TILE);
        note_floats(to, largest, lanes);
        note_floats(to, sums, lanes);
        note_floats(to, factors, lanes);
        end_case(to);
    }
}

static void merge(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 300; i++) {
        const size_t width = i < 100 ? i : next_below(from, 600);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "width %zu, floats of kind %d", width, kind);
        float *const sums = lend_floats(to, width, FLOATS_WIDE), *const largest = lend_floats(to, 1, kind);
        float *const sum = lend_floats(to, 1, FLOATS_WIDE);
        const float *const later = lend_floats(to, width, FLOATS_WIDE);
        const float later_largest = next_of(from, kind), later_sum = next_of(from, FLOATS_WIDE);
        form->attention->merge(sums, largest, sum, later, later_largest, later_sum, width);
        note_floats(to, sums, width);
        note_floats(to, largest, 1);
        note_floats(to, sum, 1);
        end_case(to);
    }
}

/// Q8_0 rows made ready, and then weighed: what lies between is the form's own affair.
static void values_case(struct notes *to, const struct form *form, size_t i) {
    struct generator *const from = numbers(to);
    const size_t blocks = i < 20 ? i : next_below(from, i % 10 == 7 ? ISOBATH_MOST_VALUES / 32 + 1 : 20);
    const size_t width = 32 * blocks;
    const size_t count = 1 + next_below(from, TILE), row_bytes = 34 * blocks + next_below(from, 3), lanes = i % 15;
    const enum floats kind = i % FLOATS_KINDS;
    begin_case(to, "width %zu, rows %zu, lanes %zu, weights of kind %d", width, count, lanes, kind);
    uint8_t *const rows = lend(to, (count - 1) * row_bytes + 34 * blocks, 1);
    fill_bytes(from, rows, (count - 1) * row_bytes + 34 * blocks);
    for (size_t b = 0; b < count * blocks; b++) {
        // Scales as they are, zero, negative, infinite or no number only here and there.
        uint16_t scale = (uint16_t)((next_bits(from) >> 20 & 0x1FFF) + 0x1400);
        if (i % 3 == 1 && next_below(from, 60) == 0) scale = (uint16_t)(next_bits(from) >> 20);
        memcpy(rows + b / blocks * row_bytes + b % blocks * 34, &scale, sizeof scale);
    }
    int8_t *const packed = lend(to, TILE * width, 64);
    float *const scales = lend_floats(to, TILE, FLOATS_PLAIN);
    form->attention->pack_values(rows, row_bytes, count, width, packed, scales);
    note_floats(to, scales, TILE);
    float *const weights = lend_floats(to, lanes * TILE, kind);
    const size_t stride = width + next_below(from, 3), sum_count = lanes ? (lanes - 1) * stride + width : 0;
    float *const sums = lend_floats(to, sum_count, FLOATS_WIDE);
    for (size_t j = 0; j < lanes * TILE; j++) weights[j] = weights[j] < 0 ? -weights[j] : weights[j];
    size_t *const counts = lend(to, lanes * sizeof(size_t), sizeof(size_t));
    for (size_t lane = 0; lane < lanes; lane++) counts[lane] = next_below(from, count + 1);
    float *const factors = lend_floats(to, lanes, FLOATS_PLAIN);
    for (size_t lane = 0; lane < lanes; lane += 2) factors[lane] = 1;
    form->attention->mix_values(weights, counts, lanes, scales, packed, width, factors, sums, stride);
    note_floats(to, sums, sum_count);
    end_case(to);
}

static void values(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 150; i++) values_case(to, form, i);
}

static void gate(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 400; i++) {
        const size_t count = i < 100 ? i : next_below(numbers(to), 300);
        const int place = (int)(i % 3), is_strange = i % 4 == 0;
        static const char *const places[] = {"over the gates", "over the others", "elsewhere"};
        begin_case(to, "count %zu, %s", count, places[place]);
        float *const gates = lend_floats(to, count, is_strange ? FLOATS_STRANGE : FLOATS_PLAIN);
        for (size_t j = 0; !is_strange && j < count; j++) gates[j] *= 110;
        float *const ups = lend_floats(to, count, FLOATS_WIDE);
        float *const out = place == 0 ? gates : place == 1 ? ups : lend_floats(to, count, FLOATS_PLAIN);
        form->attention->gate(gates, ups, out, count);
        note_floats(to, out, count);
        end_case(to);
    }
}

static void exponentials(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < 400; i++) {
        const size_t count = i % 13 * 16;
        const int is_strange = i % 4 == 0, is_in_place = i % 3 == 0;
        begin_case(to, "count %zu, %s", count, is_in_place ? "in place" : "to another place");
        float *const x = lend_floats(to, count, is_strange ? FLOATS_STRANGE : FLOATS_PLAIN);
        for (size_t j = 0; !is_strange && j < count; j++) x[j] *= 110;
        float *const y = is_in_place ? x : lend_floats(to, count, FLOATS_PLAIN);
        form->attention->exponentials(x, y, count);
        note_floats(to, y, count);
        end_case(to);
    }
}

#define CHECK(name) {.family = "attention", .subject = "f32", .function = #name, .run = name, .has = has_attention}

struct checks attention_checks(void) {
    static const struct check list[] = {
        CHECK(decode_f16),     CHECK(decode_bf16),     CHECK(decode_q8_0), CHECK(pack),
        CHECK(multiply_plain), CHECK(multiply_packed), CHECK(soften),      CHECK(merge),
        CHECK(values),         CHECK(exponentials),    CHECK(gate),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
