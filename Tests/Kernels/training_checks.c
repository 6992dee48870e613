// Every function of `isobath_training_kernels`.
#include "check.h"

enum { PANEL = ISOBATH_ATTENTION_PANEL, CASES = 200 };

static int has_training(const struct form *form, const struct check *check) {
    (void)check;
    return form->training != 0;
}

/// Counts around the widths of vectors, and longer ones.
static size_t count_of(struct generator *from, size_t i) { return i < 70 ? i : next_below(from, 600); }

/// A left matrix as it lies, or copied.
static struct isobath_left left_of(
    struct notes *to, const struct form *form, const float *a, size_t stride, size_t step, size_t m, size_t k, int copies) {
    if (!copies) return (struct isobath_left){a, stride, step, ISOBATH_LEFT_ROWS * stride};
    const size_t blocks = (m + ISOBATH_LEFT_ROWS - 1) / ISOBATH_LEFT_ROWS;
    float *const packed = lend_floats(to, blocks * ISOBATH_LEFT_ROWS * k, FLOATS_PLAIN);
    return form->training->pack_left(a, stride, step, m, k, packed);
}

static void multiply_with(struct notes *to, const struct form *form, int copies) {
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < CASES; i++) {
        const int is_turned = i % 2, is_packed = i % 4 < 2;
        const size_t m = i < 40 ? i / 2 : next_below(from, 15), k = i % 7 == 3 ? 0 : next_below(from, 70);
        const size_t n = next_below(from, 150), c_stride = n + next_below(from, 3);
        // Rows of a, or its columns, lie one after another.
        const size_t line = (is_turned ? m : k) + next_below(from, 3), lines = is_turned ? k : m;
        const size_t row = n + next_below(from, 3), panels = (n + PANEL - 1) / PANEL;
        const size_t b_size = is_packed ? panels * PANEL * k : (k ? (k - 1) * row + n : 0);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "m %zu, n %zu, k %zu, turned %d, packed %d, kind %d", m, n, k, is_turned, is_packed, kind);
        const float *const a = lend_floats(to, lines ? (lines - 1) * line + (is_turned ? m : k) : 0, kind);
        const float *const b = lend_floats(to, b_size, kind);
        const size_t size = m ? (m - 1) * c_stride + n : 0;
        const struct isobath_rows_ahead ahead[] = {{b, 24, i % 70, i % 200}, {b, 3, i % 4, i % 90}};
        float *const c = lend_floats(to, size, kind);
        const struct isobath_left left =
            left_of(to, form, a, is_turned ? 1 : line, is_turned ? line : 1, m, k, copies);
        form->training->multiply(
            left, b, is_packed ? PANEL : row, is_packed ? PANEL * k : PANEL, c, c_stride, m, n, k, i % 3 == 2, ahead,
            i % 5 < 3 ? i % 5 : 0);
        note_floats(to, c, size);
        end_case(to);
    }
}

static void multiply(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    multiply_with(to, form, 0);
}

static void pack_left(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    multiply_with(to, form, 1);
}

static void pack_rows(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < CASES; i++) {
        const size_t width = count_of(from, i), count = next_below(from, 20), stride = width + next_below(from, 3);
        begin_case(to, "count %zu, width %zu, stride %zu", count, width, stride);
        const float *const rows = lend_floats(to, count ? (count - 1) * stride + width : 0, FLOATS_STRANGE);
        const size_t size = (width + PANEL - 1) / PANEL * PANEL * count;
        float *const packed = lend_floats(to, size, FLOATS_PLAIN);
        form->training->pack_rows(rows, stride, count, width, packed);
        note_floats(to, packed, size);
        end_case(to);
    }
}

static void gate_gradients(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = count_of(numbers(to), i);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "count %zu, floats of kind %d", count, kind);
        const float *const gates = lend_floats(to, count, kind), *const ups = lend_floats(to, count, kind);
        const float *const dz = lend_floats(to, count, FLOATS_WIDE);
        float *const dgates = lend_floats(to, count, FLOATS_WIDE), *const dups = lend_floats(to, count, FLOATS_WIDE);
        form->training->gate_gradients(gates, ups, dz, dgates, dups, count, i % 3 == 2);
        note_floats(to, dgates, count);
        note_floats(to, dups, count);
        end_case(to);
    }
}

static void note_double(struct notes *to, double value) {
    // What is no number has different bits on different processors.
    if (value != value) value = 0;
    note_bytes(to, &value, sizeof value);
}

static void softmax(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = count_of(numbers(to), i);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "count %zu, floats of kind %d", count, kind);
        const float scale = next_unit(numbers(to));
        const float *const x = lend_floats(to, count, kind);
        float *const y = lend_floats(to, count, FLOATS_PLAIN), *const ds = lend_floats(to, count, FLOATS_WIDE);
        const float most = form->training->largest(x, scale, count);
        note_floats(to, &most, 1);
        note_double(to, form->training->exponentials_from(x, scale, most, y, count));
        note_floats(to, y, count);
        form->training->soft_gradients(y, ds, next_unit(numbers(to)), scale, ds, count);
        note_floats(to, ds, count);
        end_case(to);
    }
}

static void norm_gradients(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = count_of(numbers(to), i);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "count %zu, floats of kind %d", count, kind);
        const float f = next_unit(numbers(to)), back = next_unit(numbers(to));
        const float *const x = lend_floats(to, count, kind), *const dy = lend_floats(to, count, kind);
        const float *const w = lend_floats(to, count, FLOATS_WIDE);
        float *const dx = lend_floats(to, count, FLOATS_WIDE), *const dw = lend_floats(to, count, FLOATS_WIDE);
        form->training->norm_gradients(x, dy, w, f, back, dx, dw, count);
        note_floats(to, dx, count);
        note_floats(to, dw, count);
        end_case(to);
    }
}

static void squares(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = count_of(numbers(to), i);
        begin_case(to, "count %zu, floats of kind %d", count, (int)(i % FLOATS_KINDS));
        note_double(to, form->training->squares(lend_floats(to, count, i % FLOATS_KINDS), count));
        end_case(to);
    }
}

static void adam(struct notes *to, const struct form *form, const struct check *check) {
    (void)check;
    const struct isobath_adam by = {0.9f, 0.1f, 0.95f, 0.05f, 0.999f, 1e-3f, 0.25f, 1e-8f};
    for (size_t i = 0; i < CASES; i++) {
        const size_t count = count_of(numbers(to), i);
        const enum floats kind = i % FLOATS_KINDS;
        begin_case(to, "count %zu, floats of kind %d", count, kind);
        const float *const g = lend_floats(to, count, kind);
        float *const p = lend_floats(to, count, FLOATS_WIDE), *const m = lend_floats(to, count, FLOATS_WIDE);
        float *const v = lend_floats(to, count, FLOATS_WIDE);
        for (size_t j = 0; j < count; j++) v[j] = v[j] < 0 ? -v[j] : v[j];
        form->training->adam(&by, g, p, m, v, count);
        note_floats(to, p, count);
        note_floats(to, m, count);
        note_floats(to, v, count);
        end_case(to);
    }
}

#define CHECK(name) {.family = "training", .subject = "f32", .function = #name, .run = name, .has = has_training}

struct checks training_checks(void) {
    static const struct check list[] = {
        CHECK(multiply), CHECK(pack_left), CHECK(pack_rows), CHECK(gate_gradients), CHECK(softmax), CHECK(norm_gradients),
        CHECK(squares),  CHECK(adam),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
