#pragma once
#include <stddef.h>

#if defined(__linux__)
#include <malloc.h>
#endif

/// Tells the C library to keep up to `most` bytes of freed memory, where it can be told; Swift does not see this call.
static inline void isobath_keep_freed_memory(size_t most) {
#if defined(M_MMAP_THRESHOLD) && defined(M_TRIM_THRESHOLD)
    // 32 MiB is the most that glibc takes as the size from which on memory is mapped on its own.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, (int)most);
#else
    (void)most;
#endif
}
