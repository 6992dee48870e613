#pragma once
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Tells the processor that a thread waits in a loop, so that it saves power and lets the core's other thread run.
static inline void isobath_spin_hint(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
