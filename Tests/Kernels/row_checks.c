// Decoding, encoding and quantizing of rows. These have one form; their hashes show that every processor and compiler
// makes the same of it.
#include "check.h"

static int is_scalar(const struct form *form, const struct check *check) {
    (void)check;
    return form->floats == isobath_float_kernels_scalar();
}

/// Any bytes at all are a block.
static void decode(struct notes *to, const struct form *form, const struct check *check) {
    (void)form;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 120; i++) {
        const size_t blocks = i < 40 ? i : next_below(from, 2048 / check->values + 1), size = blocks * check->bytes;
        begin_case(to, "%zu blocks", blocks);
        uint8_t *const source = lend(to, size, 1);
        if (i % 10 == 5) {
            memset(source, (int)(i / 10 * 0x55 & 255), size);
        } else {
            fill_bytes(from, source, size);
        }
        float *const target = lend(to, blocks * check->values * sizeof(float), sizeof(float));
        isobath_decode_row(check->type, source, target, blocks * check->values);
        note_floats(to, target, blocks * check->values);
        end_case(to);
    }
}

static void encode(struct notes *to, const struct form *form, const struct check *check) {
    (void)form;
    struct generator *const from = numbers(to);
    for (size_t i = 0; i < 200; i++) {
        const size_t blocks = i < 40 ? i : next_below(from, 2048 / check->values + 1);
        const size_t count = blocks * check->values, size = blocks * check->bytes;
        begin_case(to, "%zu blocks", blocks);
        const float *const source = lend_floats(to, count, i % FLOATS_KINDS);
        uint8_t *const target = lend(to, size, 1);
        switch (check->type) {
        case ISOBATH_F16: isobath_encode_row_f16(source, target, count); break;
        case ISOBATH_BF16: isobath_encode_row_bf16(source, target, count); break;
        case ISOBATH_F8E4M3: isobath_encode_row_f8e4m3(source, target, count); break;
        default: isobath_encode_row_q8_0(source, target, count);
        }
        note_bytes(to, target, size);
        end_case(to);
    }
}

static void quantize(struct notes *to, const struct form *form, const struct check *check) {
    (void)form;
    struct generator *const from = numbers(to);
    const size_t block = check->values;
    for (size_t i = 0; i < 200; i++) {
        const size_t count = block * (i < 10 ? i : next_below(from, 9));
        begin_case(to, "count %zu", count);
        float *const x = lend_floats(to, count, i % FLOATS_KINDS);
        // Halves of the step are where rounding to even shows.
        for (size_t j = 0; i % 7 == 1 && j < count; j++) {
            x[j] = j % block ? ((float)next_below(from, 509) - 254) / 2 : 127;
        }
        // Around 1e-30, below which a block counts as zeros.
        for (size_t j = 0; i % 7 == 2 && j < count; j++) {
            x[j] = next_unit(from) * (j / block % 2 ? 0x1p-98f : 0x1p-100f);
        }
        int8_t *const values = lend(to, count, 1);
        float *const scales = lend(to, count / block * sizeof(float), sizeof(float));
        int16_t *const sums = lend(to, count / 16 * sizeof(int16_t), sizeof(int16_t));
        isobath_quantize_row(x, count, block, values, scales, sums);
        note_bytes(to, values, count);
        note_floats(to, scales, count / block);
        note_bytes(to, sums, count / 16 * sizeof *sums);
        end_case(to);
    }
}

#define CHECK(action, name, TYPE, values_, bytes_)                                                                 \
    {.family = "rows", .subject = #name, .function = #action, .run = action, .has = is_scalar,                     \
     .type = ISOBATH_##TYPE, .values = values_, .bytes = bytes_}

struct checks row_checks(void) {
    static const struct check list[] = {
        CHECK(decode, f64, F64, 1, 8),
        CHECK(decode, f32, F32, 1, 4),
        CHECK(decode, f16, F16, 1, 2),
        CHECK(decode, bf16, BF16, 1, 2),
        CHECK(decode, f8e4m3, F8E4M3, 1, 1),
        CHECK(decode, q4_0, Q4_0, 32, 18),
        CHECK(decode, q4_1, Q4_1, 32, 20),
        CHECK(decode, q5_0, Q5_0, 32, 22),
        CHECK(decode, q5_1, Q5_1, 32, 24),
        CHECK(decode, q8_0, Q8_0, 32, 34),
        CHECK(decode, q2_k, Q2_K, 256, 84),
        CHECK(decode, q3_k, Q3_K, 256, 110),
        CHECK(decode, q4_k, Q4_K, 256, 144),
        CHECK(decode, q5_k, Q5_K, 256, 176),
        CHECK(decode, q6_k, Q6_K, 256, 210),
        CHECK(decode, iq1_s, IQ1_S, 256, 50),
        CHECK(decode, iq1_m, IQ1_M, 256, 56),
        CHECK(decode, iq2_xxs, IQ2_XXS, 256, 66),
        CHECK(decode, iq2_xs, IQ2_XS, 256, 74),
        CHECK(decode, iq2_s, IQ2_S, 256, 82),
        CHECK(decode, iq3_xxs, IQ3_XXS, 256, 98),
        CHECK(decode, iq3_s, IQ3_S, 256, 110),
        CHECK(decode, iq4_nl, IQ4_NL, 32, 18),
        CHECK(decode, iq4_xs, IQ4_XS, 256, 136),
        CHECK(encode, f16, F16, 1, 2),
        CHECK(encode, bf16, BF16, 1, 2),
        CHECK(encode, f8e4m3, F8E4M3, 1, 1),
        CHECK(encode, q8_0, Q8_0, 32, 34),
        CHECK(quantize, blocks_of_32, F32, 32, 0),
        CHECK(quantize, blocks_of_256, F32, 256, 0),
    };
    return (struct checks){list, sizeof list / sizeof *list};
}
