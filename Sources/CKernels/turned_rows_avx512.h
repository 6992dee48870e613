#pragma once
// Sixteen rows of a weight, turned while they are still packed, and asked for before they are read.
//
// A vector then holds the same four bytes of sixteen rows: a lane is a row.
#include <immintrin.h>

#include "half.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef __m512i ints;

INLINE ints both(ints a, int mask) { return _mm512_and_si512(a, _mm512_set1_epi32(mask)); }

INLINE ints bytes_of(ints a, int mask) { return _mm512_and_si512(a, _mm512_set1_epi8((char)mask)); }

INLINE ints left(ints a, int count) { return _mm512_sll_epi32(a, _mm_cvtsi32_si128(count)); }

INLINE ints right(ints a, int count) { return _mm512_srl_epi32(a, _mm_cvtsi32_si128(count)); }

// Bit `from` of every byte, moved to bit `to`.
INLINE ints moved_bit(ints a, int from, int to) {
    return bytes_of(from < to ? left(a, to - from) : right(a, from - to), 1 << to);
}

INLINE __m128i sixteen(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)p); }

INLINE void put(void *to, ints value) { _mm512_store_si512(to, value); }

// A block of each of sixteen rows, and the bytes to ask for meanwhile: sixteen times as many as the block has, in the
// order of the file, which is what memory is fastest at; sixteen rows at once are more streams than processors foresee.
struct source {
    const uint8_t *block;
    size_t row_bytes;
    const uint8_t *ahead;
};

// Prefetches into the second cache are dropped while its queue is full, and lines that come from it to the first one wait
// behind those that come from memory. So what is read soon is asked for twice, the second time this far ahead.
#define SOON 160

INLINE void ask_soon(const uint8_t *p, size_t row_bytes, int rows) {
    UNROLL for (int r = 0; r < rows; r++) _mm_prefetch((const char *)p + SOON + (size_t)r * row_bytes, _MM_HINT_T0);
}

// With 16 bytes of sixteen rows: four lines of the rows that come next, and one of a quarter of these rows.
INLINE void ask(struct source s, size_t at) {
    UNROLL for (size_t line = 0; line < 4; line++) {
        _mm_prefetch((const char *)s.ahead + 16 * at + 64 * line, _MM_HINT_T1);
    }
    ask_soon(s.block + at + 4 * (at / 16 % 4) * s.row_bytes, s.row_bytes, 4);
}

// With a small block of sixteen rows: as much of the rows that come next, and one line of half of these rows. A bit of
// the address says which half, as it changes about once a block and both halves get their turn within a line.
INLINE void ask_block(struct source s, size_t bytes) {
    UNROLL for (size_t at = 0; at < 16 * bytes; at += 64) _mm_prefetch((const char *)s.ahead + at, _MM_HINT_T1);
    ask_soon(s.block + ((uintptr_t)s.block / 32 % 2 * 8) * s.row_bytes, s.row_bytes, 8);
}

// 16 bytes of sixteen rows, from byte `at` of the block: to[i] gets bytes 4i ... 4i + 3 of each row.
INLINE void turn_quietly(struct source s, size_t at, ints to[4]) {
    const uint8_t *p = s.block + at;
    const size_t row_bytes = s.row_bytes;
    ints rows[4];
    UNROLL for (int r = 0; r < 4; r++, p += row_bytes) {
        rows[r] = _mm512_castsi128_si512(sixteen(p));
        rows[r] = _mm512_inserti32x4(rows[r], sixteen(p + 4 * row_bytes), 1);
        rows[r] = _mm512_inserti32x4(rows[r], sixteen(p + 8 * row_bytes), 2);
        rows[r] = _mm512_inserti32x4(rows[r], sixteen(p + 12 * row_bytes), 3);
    }
    const ints a = _mm512_unpacklo_epi32(rows[0], rows[1]), b = _mm512_unpackhi_epi32(rows[0], rows[1]);
    const ints c = _mm512_unpacklo_epi32(rows[2], rows[3]), d = _mm512_unpackhi_epi32(rows[2], rows[3]);
    to[0] = _mm512_unpacklo_epi64(a, c);
    to[1] = _mm512_unpackhi_epi64(a, c);
    to[2] = _mm512_unpacklo_epi64(b, d);
    to[3] = _mm512_unpackhi_epi64(b, d);
}

// The same, asking for as many bytes of what comes next.
INLINE void turn(struct source s, size_t at, ints to[4]) {
    ask(s, at);
    turn_quietly(s, at, to);
}

// The low nibbles of 16 bytes of sixteen rows, then the high ones.
INLINE void turn_nibbles_quietly(struct source s, size_t at, ints to[8]) {
    ints lanes[4];
    turn_quietly(s, at, lanes);
    UNROLL for (int i = 0; i < 4; i++) {
        to[i] = bytes_of(lanes[i], 15);
        to[4 + i] = bytes_of(right(lanes[i], 4), 15);
    }
}

INLINE void turn_nibbles(struct source s, size_t at, ints to[8]) {
    ask(s, at);
    turn_nibbles_quietly(s, at, to);
}

// The half floats in the low halves of the lanes.
INLINE void put_halves(float *to, ints lanes) { _mm512_store_ps(to, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(lanes))); }

INLINE void put_both_halves(float *low, float *high, ints lanes) {
    put_halves(low, lanes);
    put_halves(high, right(lanes, 16));
}
