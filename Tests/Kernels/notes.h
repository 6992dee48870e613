#pragma once
#include "check.h"

enum { MOST_LOANS = 64 };

struct loan {
    uint8_t *start;
    size_t offset, mapped;
};

/// What one check gave under one form.
struct notes {
    const char *form;
    struct generator generator;
    char label[200];
    struct loan loans[MOST_LOANS];
    size_t loan_count;
    /// The scalar form's; `NULL` while that one runs.
    const struct notes *expected;
    /// All outputs, kept only of the scalar form.
    uint32_t *words;
    size_t count, room;
    /// Where the outputs of the case at hand begin.
    size_t first;
    uint64_t hash;
    /// What is wrong, or nothing.
    char complaint[400];
};

/// Runs one check and compares what comes out with `expected`, unless that is `NULL`.
void run_check(struct notes *notes, const struct check *check, const struct form *form, const struct notes *expected);
