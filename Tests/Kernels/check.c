// What a check's outputs are written into: compared with the scalar form's, and hashed.
#include "notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILLER = 0xA5 };

/// Keeps the first complaint about this form; it is printed behind the line with the hashes.
__attribute__((format(printf, 2, 3))) static void complain(struct notes *notes, const char *format, ...) {
    if (notes->complaint[0]) return;
    va_list arguments;
    va_start(arguments, format);
    const int length = snprintf(notes->complaint, sizeof notes->complaint, "  %s: ", notes->form);
    vsnprintf(notes->complaint + length, sizeof notes->complaint - (size_t)length, format, arguments);
    va_end(arguments);
}

static void stop(const char *why) {
    fprintf(stderr, "%s.\n", why);
    exit(2);
}

struct generator *numbers(struct notes *notes) { return &notes->generator; }

void begin_case(struct notes *notes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes->label, sizeof notes->label, format, arguments);
    va_end(arguments);
    notes->first = notes->count;
}

// MARK: Memory

void *lend(struct notes *notes, size_t bytes, size_t alignment) {
    if (notes->loan_count == MOST_LOANS) stop("A check asked for too many pieces of memory");
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), usable = (bytes / page + 1) * page;
    uint8_t *const start = mmap(0, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
    if (start == MAP_FAILED || mprotect(start + usable, page, PROT_NONE) != 0) stop("There is too little memory");
    memset(start, FILLER, usable);
    const size_t offset = (usable - bytes) / alignment * alignment;
    notes->loans[notes->loan_count++] = (struct loan){start, offset, usable + page};
    return start + offset;
}

float *lend_floats(struct notes *notes, size_t count, enum floats kind) {
    float *const values = lend(notes, count * sizeof(float), sizeof(float));
    fill_floats(numbers(notes), values, count, kind);
    return values;
}

void end_case(struct notes *notes) {
    for (size_t i = 0; i < notes->loan_count; i++) {
        const struct loan *const loan = notes->loans + i;
        for (size_t at = 0; at < loan->offset; at++) {
            if (loan->start[at] != FILLER) complain(notes, "writes before the start of its output: %s", notes->label);
        }
        munmap(loan->start, loan->mapped);
    }
    notes->loan_count = 0;
}

// MARK: Outputs

static void keep(struct notes *notes, uint32_t word) {
    if (notes->count == notes->room) {
        notes->room = notes->room ? 2 * notes->room : 1 << 16;
        notes->words = realloc(notes->words, notes->room * sizeof *notes->words);
        if (!notes->words) stop("There is too little memory");
    }
    notes->words[notes->count] = word;
}

static void compare(struct notes *notes, uint32_t word) {
    if (!notes->expected || notes->count >= notes->expected->count) return;
    const uint32_t expected = notes->expected->words[notes->count];
    if (expected == word) return;
    complain(
        notes, "output %zu is %#x (%g), the scalar form has %#x (%g): %s", notes->count - notes->first, word,
        (double)float_of(word), expected, (double)float_of(expected), notes->label);
}

static void note(struct notes *notes, uint32_t word) {
    compare(notes, word);
    if (!notes->expected) keep(notes, word);
    notes->count++;
    // FNV-1a, byte by byte.
    for (int i = 0; i < 4; i++) notes->hash = (notes->hash ^ (word >> 8 * i & 255)) * 0x100000001B3u;
}

void note_floats(struct notes *notes, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, values + i, sizeof bits);
        note(notes, (bits & 0x7FFFFFFFu) > 0x7F800000u ? 0x7FC00000u : bits);
    }
}

void note_bytes(struct notes *notes, const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) note(notes, ((const uint8_t *)bytes)[i]);
}

// MARK: One check under one form

static uint64_t hash_of(const char *text, uint64_t hash) {
    for (; *text; text++) hash = (hash ^ (uint8_t)*text) * 0x100000001B3u;
    return hash;
}

void run_check(struct notes *notes, const struct check *check, const struct form *form, const struct notes *expected) {
    memset(notes, 0, sizeof *notes);
    notes->form = form->name;
    notes->expected = expected;
    notes->hash = 0xCBF29CE484222325u;
    // By its names, so that new checks leave the numbers of the others alone.
    notes->generator.state = hash_of(check->function, hash_of(check->subject, hash_of(check->family, notes->hash)));
    check->run(notes, form, check);
    if (expected && notes->count != expected->count) {
        complain(notes, "%zu outputs, the scalar form has %zu", notes->count, expected->count);
    }
}
