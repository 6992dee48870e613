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
    for (size_t i = 0; i < 48; i++) {
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

#define CHECK(TYPE, name, block, size)                                                                             \
    {.family = "encoder", .subject = name, .function = "encode", .run = encode, .has = has_encoder,                \
     .type = ISOBATH_##TYPE, .values = block, .bytes = size}

struct checks encoder_checks(void) {
    static const struct check list[] = {
        CHECK(Q4_0, "q4_0", 32, 18),     CHECK(Q4_1, "q4_1", 32, 20),     CHECK(Q5_0, "q5_0", 32, 22),
        CHECK(Q5_1, "q5_1", 32, 24),     CHECK(Q2_K, "q2_k", 256, 84),    CHECK(Q3_K, "q3_k", 256, 110),
        CHECK(Q4_K, "q4_k", 256, 144),   CHECK(Q5_K, "q5_k", 256, 176),   CHECK(Q6_K, "q6_k", 256, 210),
        CHECK(IQ4_NL, "iq4_nl", 32, 18), CHECK(IQ4_XS, "iq4_xs", 256, 136),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
