// Compares every form of every kernel with the scalar form, and that with the hashes of other processors.
//
//   kernels --record               prints the scalar form's hashes
//   kernels HASHES [FORM ...]      compares; the forms named must be those that this processor runs
//
// Prints one line a function with the hash of each form's outputs, so that runs on two processors can be compared.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "notes.h"

static const struct check *current;
static struct notes found;

/// A kernel that reads or writes where it must not ends the program; this says which one.
static void report_fault(int signal) {
    char text[400];
    const int length = snprintf(
        text, sizeof text, "%s %s %s: signal %d under %s: %s\n", current ? current->family : "no",
        current ? current->subject : "check", current ? current->function : "", signal,
        found.form ? found.form : "no form", found.label);
    if (write(STDOUT_FILENO, text, (size_t)length) < 0) _exit(4);
    _exit(3);
}

// MARK: The expected hashes

struct hashes {
    char (*names)[80];
    uint64_t *values;
    size_t count;
};

static struct hashes read_hashes(const char *path) {
    struct hashes hashes = {0};
    FILE *const file = fopen(path, "r");
    char line[200];
    while (file && fgets(line, sizeof line, file)) {
        char family[24], subject[24], function[24];
        uint64_t value;
        if (sscanf(line, "%23s %23s %23s %" SCNx64, family, subject, function, &value) != 4) continue;
        hashes.names = realloc(hashes.names, (hashes.count + 1) * sizeof *hashes.names);
        hashes.values = realloc(hashes.values, (hashes.count + 1) * sizeof *hashes.values);
        if (!hashes.names || !hashes.values) exit(2);
        snprintf(hashes.names[hashes.count], sizeof *hashes.names, "%s %s %s", family, subject, function);
        hashes.values[hashes.count++] = value;
    }
    if (file) fclose(file);
    return hashes;
}

static void name_of(const struct check *check, char name[80]) {
    snprintf(name, 80, "%s %s %s", check->family, check->subject, check->function);
}

static int is_expected(const struct hashes *hashes, const char *name, uint64_t hash) {
    for (size_t i = 0; i < hashes->count; i++) {
        if (strcmp(hashes->names[i], name) == 0) return hashes->values[i] == hash;
    }
    return 0;
}

// MARK: Running

/// Prints the hashes of every form's outputs, and then what is wrong with them.
/// - Returns: whether nothing is. `hashes` is `NULL` while they are recorded.
static int passes(const struct check *check, const struct form *forms, size_t count, const struct hashes *hashes) {
    char name[80];
    name_of(check, name);
    current = check;
    run_check(&found, check, forms, 0);
    const struct notes scalar = found;
    char complaints[MOST_FORMS][sizeof found.complaint] = {{0}};
    memcpy(complaints[0], scalar.complaint, sizeof scalar.complaint);
    if (hashes && !is_expected(hashes, name, scalar.hash) && !complaints[0][0]) {
        snprintf(complaints[0], sizeof complaints[0], "  scalar: this is not the hash in the list");
    }
    printf("%-32s %016" PRIx64, name, scalar.hash);
    for (size_t i = 1; hashes && i < count; i++) {
        if (!check->has(forms + i, check)) {
            printf(" %-16s", "-");
            continue;
        }
        run_check(&found, check, forms + i, &scalar);
        printf(" %016" PRIx64, found.hash);
        memcpy(complaints[i], found.complaint, sizeof found.complaint);
    }
    free(scalar.words);
    printf("\n");
    int are_fine = 1;
    for (size_t i = 0; i < count; i++) {
        if (complaints[i][0]) are_fine = 0, printf("%s\n", complaints[i]);
    }
    return are_fine;
}

static int are_named(const struct form *forms, size_t count, char **names, size_t name_count) {
    int are_equal = count == name_count;
    for (size_t i = 0; are_equal && i < count; i++) are_equal = strcmp(forms[i].name, names[i]) == 0;
    return are_equal;
}

static void print_forms(const struct form *forms, size_t count) {
    printf("%-32s", "");
    for (size_t i = 0; i < count; i++) printf(" %-16s", forms[i].name);
    printf("\n");
}

int main(int argc, char **argv) {
    signal(SIGSEGV, report_fault);
    signal(SIGBUS, report_fault);
    signal(SIGILL, report_fault);
    const int records = argc == 2 && strcmp(argv[1], "--record") == 0;
    if (argc < 2) {
        fprintf(stderr, "Give the file of hashes, or --record to print them.\n");
        return 2;
    }
    const struct hashes hashes = records ? (struct hashes){0} : read_hashes(argv[1]);
    const struct form *forms;
    const size_t count = find_forms(&forms);
    if (!records) print_forms(forms, count);
    const struct checks families[] = {
        float_checks(), attention_checks(), integer_checks(), row_checks(), rounded_checks(),
        encoder_checks(), training_checks(), tile_checks(), bfloat_checks()};
    size_t checks = 0, failures = 0;
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        for (size_t i = 0; i < families[f].count; i++, checks++) {
            failures += !passes(families[f].list + i, forms, count, records ? 0 : &hashes);
        }
    }
    if (records) return 0;
    if (hashes.count != checks) {
        failures++;
        printf("The list has %zu hashes for %zu functions.\n", hashes.count, checks);
    }
    free(hashes.names);
    free(hashes.values);
    if (argc > 2 && !are_named(forms, count, argv + 2, (size_t)argc - 2)) {
        failures++;
        printf("These are not the forms that should run here.\n");
    }
    printf("%zu functions in %zu forms: %s.\n", checks, count, failures ? "NOT all equal" : "all equal");
    return failures != 0;
}
