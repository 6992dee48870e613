#pragma once
#include <stddef.h>
#include <string.h>

// The 32 lanes of a row's last elements, filled up with zeros.
struct isobath_tail {
    float lanes[32];
};

static inline struct isobath_tail isobath_tail_of(const float *row, size_t whole, size_t count) {
    struct isobath_tail tail;
    memset(&tail, 0, sizeof tail);
    memcpy(tail.lanes, row + whole, (count - whole) * sizeof *row);
    return tail;
}
