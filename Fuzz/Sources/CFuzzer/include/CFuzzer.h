#ifndef ISOBATH_CFUZZER_H
#define ISOBATH_CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's loop; it comes with the compiler (-sanitize=fuzzer). */
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

#endif
