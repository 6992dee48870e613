#pragma once
// How tiles look on 512-bit vectors, and how sixteen rows of a weight become one.
//
// A vector holds the same four values of sixteen rows: a lane is a row. Rows are turned while they are still packed,
// 16 bytes of each at a time, so that all that follows (nibbles, scales, minima) is done for sixteen rows at once.
#include <immintrin.h>

#include "half.h"
#include "integer_formats.h"
#include "unpacked.h"

#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

struct block256 {
    int8_t quants[64][64];
    int32_t scales[16][16];  // 8 or 16 of them
    int32_t minima[8][16];   // two 16-bit numbers each
    float d[16], dmin[16];
};

struct block32 {
    int8_t quants[8][64];
    float d[16], m[16];
};

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

// 16 bytes of sixteen rows, from byte `at` of the block: to[i] gets bytes 4i ... 4i + 3 of each row.
INLINE void turn(struct source s, size_t at, ints to[4]) {
    const uint8_t *p = s.block + at;
    const size_t row_bytes = s.row_bytes;
    UNROLL for (int line = 0; line < 4; line++) {
        _mm_prefetch((const char *)s.ahead + 16 * at + 64 * (size_t)line, _MM_HINT_T1);
    }
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

// Four bytes of sixteen rows.
INLINE ints four_bytes(struct source s, size_t at) {
    const ints steps = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_i32gather_epi32(_mm512_mullo_epi32(steps, _mm512_set1_epi32((int)s.row_bytes)), s.block + at, 1);
}

// The half floats in the low halves of the lanes.
INLINE void put_halves(float *to, ints lanes) { _mm512_store_ps(to, _mm512_cvtph_ps(_mm512_cvtepi32_epi16(lanes))); }

INLINE void put_both_halves(float *low, float *high, ints lanes) {
    put_halves(low, lanes);
    put_halves(high, right(lanes, 16));
}

// MARK: Scales and minima

// The bytes of each lane, one scale each.
INLINE void put_scales(int32_t (*to)[16], ints bytes) {
    UNROLL for (int i = 0; i < 4; i++) put(to[i], i < 3 ? both(right(bytes, 8 * i), 255) : right(bytes, 24));
}

// The same less 32, as 16-bit numbers with nothing beside them.
INLINE void put_scales_less_32(int32_t (*to)[16], ints bytes) {
    UNROLL for (int i = 0; i < 4; i++) {
        put(to[i], both(_mm512_sub_epi32(both(right(bytes, 8 * i), 255), _mm512_set1_epi32(32)), 0xFFFF));
    }
}

INLINE void put_signed_scales(int32_t (*to)[16], ints bytes) {
    UNROLL for (int i = 0; i < 4; i++) {
        put(to[i], both(_mm512_srai_epi32(left(bytes, 24 - 8 * i), 24), 0xFFFF));
    }
}

// The bytes of each lane as 16-bit numbers, two to a lane.
INLINE void put_minima(int32_t (*to)[16], ints bytes) {
    put(to[0], _mm512_shuffle_epi8(bytes, _mm512_set4_epi32((int)0x800D800C, (int)0x80098008, (int)0x80058004, (int)0x80018000)));
    put(to[1], _mm512_shuffle_epi8(bytes, _mm512_set4_epi32((int)0x800F800E, (int)0x800B800A, (int)0x80078006, (int)0x80038002)));
}

INLINE void unpack_scales_of_q4_k(struct source s, struct block256 *to) {
    ints head[4];
    turn(s, 0, head);
    put_both_halves(to->d, to->dmin, head[0]);
    const ints a = head[1], b = head[2], c = head[3];
    put_scales(to->scales, bytes_of(a, 0x3F));
    put_scales(to->scales + 4, _mm512_or_si512(bytes_of(c, 15), left(both(right(a, 6), 0x03030303), 4)));
    put_minima(to->minima, bytes_of(b, 0x3F));
    put_minima(to->minima + 2, _mm512_or_si512(bytes_of(right(c, 4), 15), left(both(right(b, 6), 0x03030303), 4)));
}

// MARK: Blocks of 256

INLINE void unpack_q2_k(struct source s, struct block256 *to) {
    ints lanes[4], last[4];
    turn(s, 0, lanes);
    UNROLL for (int i = 0; i < 4; i++) {
        put_scales(to->scales + 4 * i, bytes_of(lanes[i], 15));
        put_minima(to->minima + 2 * i, bytes_of(right(lanes[i], 4), 15));
    }
    turn(s, 68, last);
    put_both_halves(to->d, to->dmin, last[3]);
    UNROLL for (int piece = 0; piece < 4; piece++) {
        turn(s, (size_t)(16 + 16 * piece), lanes);
        int8_t(*const quants)[64] = to->quants + 32 * (piece / 2) + 4 * (piece % 2);
        UNROLL for (int k = 0; k < 4; k++) {
            UNROLL for (int i = 0; i < 4; i++) put(quants[8 * k + i], bytes_of(right(lanes[i], 2 * k), 3));
        }
    }
}

INLINE void unpack_q3_k(struct source s, struct block256 *to) {
    // The last 16 bytes of a block: two of the quants, twelve of scales, and d.
    ints last[4], lanes[4], highs[8];
    turn(s, 94, last);
    put_halves(to->d, right(last[3], 16));
    ints word[3];
    UNROLL for (int i = 0; i < 3; i++) word[i] = _mm512_or_si512(right(last[i], 16), left(last[i + 1], 16));
    UNROLL for (int i = 0; i < 4; i++) {
        const ints low = bytes_of(i < 2 ? word[i] : right(word[i - 2], 4), 15);
        put_scales_less_32(
            to->scales + 4 * i, _mm512_or_si512(low, left(both(right(word[2], 2 * i), 0x03030303), 4)));
    }
    turn(s, 0, highs);
    turn(s, 16, highs + 4);
    UNROLL for (int piece = 0; piece < 4; piece++) {
        turn(s, (size_t)(32 + 16 * piece), lanes);
        const int first = 4 * (piece % 2), run = 4 * (piece / 2);
        UNROLL for (int k = 0; k < 4; k++) {
            UNROLL for (int i = 0; i < 4; i++) {
                const ints high = moved_bit(highs[first + i], run + k, 2);
                put(to->quants[8 * (run + k) + first + i],
                    _mm512_or_si512(bytes_of(right(lanes[i], 2 * k), 3), high));
            }
        }
    }
}

INLINE void unpack_q4_k(struct source s, struct block256 *to) {
    unpack_scales_of_q4_k(s, to);
    UNROLL for (int piece = 0; piece < 8; piece++) {
        ints lanes[4];
        turn(s, (size_t)(16 + 16 * piece), lanes);
        int8_t(*const quants)[64] = to->quants + 16 * (piece / 2) + 4 * (piece % 2);
        UNROLL for (int i = 0; i < 4; i++) {
            put(quants[i], bytes_of(lanes[i], 15));
            put(quants[8 + i], bytes_of(right(lanes[i], 4), 15));
        }
    }
}

INLINE void unpack_q5_k(struct source s, struct block256 *to) {
    unpack_scales_of_q4_k(s, to);
    ints highs[8];
    turn(s, 16, highs);
    turn(s, 32, highs + 4);
    UNROLL for (int piece = 0; piece < 8; piece++) {
        ints lanes[4];
        turn(s, (size_t)(48 + 16 * piece), lanes);
        const int first = 4 * (piece % 2), run = piece / 2 * 2;
        UNROLL for (int i = 0; i < 4; i++) {
            const ints low = moved_bit(highs[first + i], run, 4);
            const ints high = moved_bit(highs[first + i], run + 1, 4);
            put(to->quants[8 * run + first + i], _mm512_or_si512(bytes_of(lanes[i], 15), low));
            put(to->quants[8 * run + 8 + first + i], _mm512_or_si512(bytes_of(right(lanes[i], 4), 15), high));
        }
    }
}

INLINE void unpack_q6_k(struct source s, struct block256 *to) {
    ints lanes[4], highs[4];
    turn(s, 192, lanes);
    UNROLL for (int i = 0; i < 4; i++) put_signed_scales(to->scales + 4 * i, lanes[i]);
    turn(s, 194, lanes);
    put_halves(to->d, right(lanes[3], 16));
    UNROLL for (int piece = 0; piece < 4; piece++) {
        // Of each half, first the sixteen values at the start of four runs, then those at their end.
        const int half = piece / 2, place = piece % 2;
        turn(s, (size_t)(128 + 32 * half + 16 * place), highs);
        UNROLL for (int odd = 0; odd < 2; odd++) {
            turn(s, (size_t)(64 * half + 32 * odd + 16 * place), lanes);
            int8_t(*const quants)[64] = to->quants + 32 * half + 8 * odd + 4 * place;
            UNROLL for (int i = 0; i < 4; i++) {
                const ints low = bytes_of(left(highs[i], 4 - 2 * odd), 0x30);
                const ints high = bytes_of(odd ? right(highs[i], 2) : highs[i], 0x30);
                put(quants[i], _mm512_or_si512(bytes_of(lanes[i], 15), low));
                put(quants[16 + i], _mm512_or_si512(bytes_of(right(lanes[i], 4), 15), high));
            }
        }
    }
}

// The levels of sixteen nibbles, 128 larger, so that none is negative.
INLINE ints levels_of(ints nibbles) {
    const ints table = _mm512_broadcast_i32x4(sixteen((const uint8_t *)isobath_levels_of_iq4));
    return _mm512_shuffle_epi8(_mm512_xor_si512(table, _mm512_set1_epi8((char)128)), nibbles);
}

INLINE void unpack_iq4_xs(struct source s, struct block256 *to) {
    ints head[4];
    turn(s, 0, head);
    put_halves(to->d, head[0]);
    UNROLL for (int run = 0; run < 8; run++) {
        const ints low = both(right(head[1], 4 * run), 15), high = left(both(right(head[0], 16 + 2 * run), 3), 4);
        put(to->scales[run], _mm512_sub_epi32(_mm512_or_si512(low, high), _mm512_set1_epi32(32)));
    }
    UNROLL for (int run = 0; run < 8; run++) {
        ints lanes[4];
        turn(s, (size_t)(8 + 16 * run), lanes);
        UNROLL for (int i = 0; i < 4; i++) {
            put(to->quants[8 * run + i], levels_of(bytes_of(lanes[i], 15)));
            put(to->quants[8 * run + 4 + i], levels_of(bytes_of(right(lanes[i], 4), 15)));
        }
    }
}

// MARK: Blocks of 32

INLINE void unpack_nibbles(struct source s, size_t at, ints quants[8]) {
    ints lanes[4];
    turn(s, at, lanes);
    UNROLL for (int i = 0; i < 4; i++) {
        quants[i] = bytes_of(lanes[i], 15);
        quants[4 + i] = bytes_of(right(lanes[i], 4), 15);
    }
}

// Adds 16 to the quants whose bit of 32 is set.
INLINE void add_fifth_bits(ints bits, ints quants[8]) {
    const ints first = _mm512_set4_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0);
    UNROLL for (int i = 0; i < 8; i++) {
        const ints byte = _mm512_shuffle_epi8(bits, _mm512_add_epi8(first, _mm512_set1_epi8((char)(i / 2))));
        const __mmask64 set =
            _mm512_test_epi8_mask(byte, _mm512_set1_epi32(i % 2 ? (int)0x80402010 : 0x08040201));
        quants[i] = _mm512_mask_or_epi32(quants[i], 0xFFFF, quants[i], _mm512_maskz_set1_epi8(set, 16));
    }
}

INLINE void put_quants(struct block32 *to, const ints quants[8]) {
    UNROLL for (int i = 0; i < 8; i++) put(to->quants[i], quants[i]);
}

INLINE void unpack_q4_0(struct source s, struct block32 *to) {
    ints quants[8];
    put_halves(to->d, four_bytes(s, 0));
    unpack_nibbles(s, 2, quants);
    put_quants(to, quants);
}

INLINE void unpack_q4_1(struct source s, struct block32 *to) {
    ints quants[8];
    put_both_halves(to->d, to->m, four_bytes(s, 0));
    unpack_nibbles(s, 4, quants);
    put_quants(to, quants);
}

INLINE void unpack_q5_0(struct source s, struct block32 *to) {
    ints quants[8];
    put_halves(to->d, four_bytes(s, 0));
    unpack_nibbles(s, 6, quants);
    add_fifth_bits(four_bytes(s, 2), quants);
    put_quants(to, quants);
}

INLINE void unpack_q5_1(struct source s, struct block32 *to) {
    ints quants[8];
    put_both_halves(to->d, to->m, four_bytes(s, 0));
    unpack_nibbles(s, 8, quants);
    add_fifth_bits(four_bytes(s, 4), quants);
    put_quants(to, quants);
}

INLINE void unpack_q8_0(struct source s, struct block32 *to) {
    put_halves(to->d, four_bytes(s, 0));
    UNROLL for (int half = 0; half < 2; half++) {
        ints lanes[4];
        turn(s, (size_t)(2 + 16 * half), lanes);
        UNROLL for (int i = 0; i < 4; i++) {
            put(to->quants[4 * half + i], _mm512_xor_si512(lanes[i], _mm512_set1_epi8((char)128)));
        }
    }
}

INLINE void unpack_iq4_nl(struct source s, struct block32 *to) {
    ints quants[8];
    put_halves(to->d, four_bytes(s, 0));
    unpack_nibbles(s, 2, quants);
    UNROLL for (int i = 0; i < 8; i++) quants[i] = levels_of(quants[i]);
    put_quants(to, quants);
}
