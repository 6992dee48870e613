// The forms of the kernels that this processor can run.
#include "check.h"
#if defined(__aarch64__)
#include "attention_neon.h"
#include "integer_neon.h"
#include "rounded_neon.h"
#endif

static const struct isobath_integer_kernels *no_integers(enum isobath_element_type type) {
    (void)type;
    return 0;
}

static const struct isobath_encoder *no_encoder(enum isobath_element_type type) {
    (void)type;
    return 0;
}

size_t find_forms(const struct form **found) {
    static struct form forms[MOST_FORMS];
    const struct form all[] = {
        {"scalar", isobath_float_kernels_scalar(), isobath_attention_kernels_scalar(), isobath_integer_kernels_scalar,
         isobath_rounded_kernels_scalar(), isobath_training_kernels_scalar(), isobath_encoder_plain,
         isobath_bfloat_kernels_scalar(), add_modelled_pairs},
#if defined(__x86_64__)
        {"avx2", isobath_float_kernels_avx2(), isobath_attention_kernels_avx2(), isobath_integer_kernels_avx2,
         isobath_rounded_kernels_avx2(), isobath_training_kernels_avx2(), isobath_encoder_avx2, 0, 0},
        {"avx512", isobath_float_kernels_avx512(), isobath_attention_kernels_avx512(), isobath_integer_kernels_avx512,
         isobath_rounded_kernels_avx512(), isobath_training_kernels_avx512(), isobath_encoder_avx512,
         isobath_bfloat_kernels_avx512(), add_pairs_at_once()},
#endif
#if defined(__aarch64__)
        {"neon", isobath_float_kernels_neon(), isobath_attention_kernels_neon(), isobath_integer_kernels_neon,
         isobath_rounded_kernels_neon(), isobath_training_kernels_neon(), no_encoder, 0, 0},
        // The program takes the last of these; here each is run that can be.
        {"neon-plain", 0, isobath_attention_kernels_neon_plain(), isobath_integer_kernels_neon_plain,
         isobath_rounded_kernels_neon_plain(), 0, no_encoder, 0, 0},
        {"neon-dot", 0, isobath_attention_kernels_neon_dot(), isobath_integer_kernels_neon_dot,
         isobath_rounded_kernels_neon_dot(), 0, no_encoder, 0, 0},
        {"neon-matrix", 0, 0, isobath_integer_kernels_neon_matrix, 0, 0, no_encoder, 0, 0},
#endif
        // For processors without the instruction: it is modelled here, and all around it is the same.
        {"bf16-plain", 0, 0, no_integers, 0, 0, no_encoder, bfloat_kernels_of_plain_vectors(), 0},
        {"bf16-avx512", 0, 0, no_integers, 0, 0, no_encoder, bfloat_kernels_of_modelled_instruction(), add_fused_pairs()},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct form form = all[i];
        // A table that is there for one format is there for all.
        if (!form.integer(ISOBATH_Q8_0)) form.integer = no_integers;
        if (!form.encoder(ISOBATH_Q4_0)) form.encoder = no_encoder;
        const int has_tables = form.floats || form.attention || form.rounded || form.training || form.bfloats;
        if (has_tables || form.integer != no_integers || form.encoder != no_encoder) forms[count++] = form;
    }
    *found = forms;
    return count;
}
