#pragma once
#include <stddef.h>
#include <stdint.h>

#include "CKernels.h"
#include "bfloat_models.h"
#include "random.h"

// A check calls one function of a form on inputs of its own making and writes down all that comes out. What the scalar
// form gives is what every other form must give, and what `hashes` holds for every processor.

/// Kernels that belong together, as one processor runs them.
struct form {
    const char *name;
    /// `NULL` where another form's serve.
    const struct isobath_float_kernels *floats;
    const struct isobath_attention_kernels *attention;
    const struct isobath_integer_kernels *(*integer)(enum isobath_element_type type);
    const struct isobath_rounded_kernels *rounded;
    const struct isobath_training_kernels *training;
    const struct isobath_encoder *(*encoder)(enum isobath_element_type type);
    const struct isobath_bfloat_kernels *bfloats;
    add_pairs_of_bfloats add_pairs;
};

enum { MOST_FORMS = 8 };

/// The forms that this processor can run, scalar first: at most `MOST_FORMS`.
size_t find_forms(const struct form **forms);

struct notes;

struct check {
    const char *family;
    /// The format or table that the function belongs to, and the function.
    const char *subject, *function;
    void (*run)(struct notes *notes, const struct form *form, const struct check *check);
    /// Whether the form has the function.
    int (*has)(const struct form *form, const struct check *check);
    /// For the checks of a format:
    enum isobath_element_type type;
    size_t values, bytes;  // of a block
    size_t d_at, other_at; // where its factors stand, halves all; the same twice if there is one
};

struct checks {
    const struct check *list;
    size_t count;
};

struct checks float_checks(void);
struct checks bfloat_checks(void);
struct checks attention_checks(void);
struct checks integer_checks(void);
struct checks row_checks(void);
struct checks rounded_checks(void);
struct checks encoder_checks(void);
struct checks training_checks(void);
struct checks tile_checks(void);

// MARK: For the checks

/// The check's random numbers, the same for every form.
struct generator *numbers(struct notes *notes);

/// Says what the outputs that follow belong to.
__attribute__((format(printf, 2, 3))) void begin_case(struct notes *notes, const char *format, ...);

/// Memory of exactly `bytes` bytes that ends where reading is forbidden, or less than `alignment` before; writes before
/// it are noticed. It lives until `end_case`.
void *lend(struct notes *notes, size_t bytes, size_t alignment);

/// `count` floats of one kind in such memory.
float *lend_floats(struct notes *notes, size_t count, enum floats kind);

void end_case(struct notes *notes);

/// Writes outputs down. All that is no number counts as equal: processors differ in its bits.
void note_floats(struct notes *notes, const float *values, size_t count);
void note_bytes(struct notes *notes, const void *bytes, size_t count);
