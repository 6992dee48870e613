#pragma once
#include <stdint.h>
#include <string.h>

// Numbers that are the same in every run and on every processor: integer arithmetic, and products with powers of two.

/// SplitMix64.
struct generator {
    uint64_t state;
};

static inline uint64_t next_bits(struct generator *from) {
    from->state += 0x9E3779B97F4A7C15u;
    uint64_t mixed = from->state;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return mixed ^ mixed >> 31;
}

/// 0 ... limit − 1.
static inline size_t next_below(struct generator *from, size_t limit) {
    return (size_t)(next_bits(from) >> 33) % limit;
}

static inline float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/// −1 ..< 1, in steps of 2⁻²³.
static inline float next_unit(struct generator *from) {
    return (float)((int32_t)(next_bits(from) >> 40) - (1 << 23)) * 0x1p-23f;
}

/// A number of either sign with an exponent of −size ... size: sums of such depend on their order.
static inline float next_float(struct generator *from, int size) {
    const uint64_t bits = next_bits(from);
    const uint32_t exponent = (uint32_t)(127 - size + (int)(bits >> 33) % (2 * size + 1));
    return float_of(((uint32_t)bits & 0x807FFFFFu) | exponent << 23);
}

/// What floats a row is made of.
enum floats { FLOATS_PLAIN, FLOATS_WIDE, FLOATS_TINY, FLOATS_HUGE, FLOATS_STRANGE, FLOATS_KINDS };

/// Zeros, subnormals, the ends of the range, infinities and what is no number.
static inline float next_strange(struct generator *from) {
    static const uint32_t bits[] = {
        0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF,
        0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x3F800000, 0xBF800000};
    return float_of(bits[next_below(from, sizeof bits / sizeof *bits)]);
}

static inline float next_of(struct generator *from, enum floats kind) {
    switch (kind) {
    case FLOATS_PLAIN: return next_unit(from);
    case FLOATS_WIDE: return next_below(from, 10) == 0 ? 0 : next_float(from, 20);
    case FLOATS_TINY: return next_float(from, 60) * 0x1p-66f;
    case FLOATS_HUGE: return next_float(from, 30) * 0x1p60f;
    default: return next_below(from, 40) == 0 ? next_strange(from) : next_float(from, 4);
    }
}

static inline void fill_floats(struct generator *from, float *values, size_t count, enum floats kind) {
    for (size_t i = 0; i < count; i++) values[i] = next_of(from, kind);
}

static inline void fill_bytes(struct generator *from, uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) bytes[i] = (uint8_t)(next_bits(from) >> 40);
}
