#pragma once
// How tiles look on 512-bit vectors, and how sixteen rows of a weight become one.
//
// A vector holds the same four values of sixteen rows: a lane is a row. Rows are turned while they are still packed,
// 16 bytes of each at a time, so that all that follows (nibbles, scales, minima) is done for sixteen rows at once.
// Quants go into a block of a tile, or, where there is one row of activations, straight into its products.
#include "integer_formats.h"
#include "turned_rows_avx512.h"
#include "unpacked.h"

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

// How a format's products add up.
struct shape {
    int chain;       // groups of four values whose products add up before they are scaled
    int run;         // groups that share a scale
    int is_wide;     // whether such a sum may need more than 16 bits
    int has_offset;  // whether quants are stored too large by a constant
    int minima;      // pairs of minima in a block
};

// Sums of a chain of 16-bit size are scaled by multiplying halves of lanes; 32-bit ones take three instructions.
//   bound: 2 · chain · 2 · (largest quant, less the offset) · 127 < 2¹⁵
static const struct shape shape_q2_k = {4, 4, 0, 0, 8};   // 16 · 3 · 127 = 6096
static const struct shape shape_q3_k = {4, 4, 0, 4, 0};   // 16 · 4 · 127 = 8128
static const struct shape shape_q4_k = {4, 8, 0, 0, 4};   // 16 · 15 · 127 = 30480
static const struct shape shape_q5_k = {8, 8, 1, 0, 4};
static const struct shape shape_q6_k = {2, 4, 0, 32, 0};  // 8 · 32 · 127 = 32512
static const struct shape shape_iq4_xs = {8, 8, 1, 128, 0};

// The products of one row of activations with a block, summed while the block is unpacked.
struct products {
    const int8_t *values;
    const int32_t *extra;
    ints chains[32];  // those that have begun; few at a time
    ints sums[2];     // of scaled chains in turn, so that they do not wait for each other
};

// MARK: Products

// sum + the product of pairs of 16-bit numbers. Compilers take two instructions where they see that sums wait for each
// other; what is short here is room in the pipes, not time.
INLINE ints scaled_sum(ints sum, ints a, ints b) {
    __asm__("vpdpwssd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}

INLINE ints sum_of_chain(ints sum, ints chain, ints scale, int is_wide) {
    return is_wide ? _mm512_add_epi32(sum, _mm512_mullo_epi32(chain, scale)) : scaled_sum(sum, chain, scale);
}

INLINE ints fours_at(const int8_t *values) { return _mm512_set1_epi32((int)isobath_load32(values)); }

// Four groups of quants, from number `group` on; a block's scales are there before its quants.
INLINE void put_four(struct block256 *to, struct products *x, int group, const ints quants[4], struct shape s) {
    UNROLL for (int i = 0; i < 4; i++) {
        const int at = group + i, chain = at / s.chain;
        if (!x) {
            put(to->quants[at], quants[i]);
            continue;
        }
        if (at % s.chain == 0) x->chains[chain] = _mm512_set1_epi32(s.has_offset ? x->extra[chain] : 0);
        x->chains[chain] = _mm512_dpbusd_epi32(x->chains[chain], quants[i], fours_at(x->values + 4 * at));
        if (at % s.chain == s.chain - 1) {
            const ints scale = _mm512_load_si512(to->scales[at / s.run]);
            x->sums[chain % 2] = sum_of_chain(x->sums[chain % 2], x->chains[chain], scale, s.is_wide);
        }
    }
}

// A block of 32.
INLINE void put_eight(struct block32 *to, struct products *x, const ints quants[8]) {
    UNROLL for (int i = 0; i < 8; i++) {
        if (x) {
            x->sums[0] = _mm512_dpbusd_epi32(x->sums[0], quants[i], fours_at(x->values + 4 * i));
        } else {
            put(to->quants[i], quants[i]);
        }
    }
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

INLINE void unpack_q2_k(struct source s, struct block256 *to, struct products *x) {
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
        UNROLL for (int k = 0; k < 4; k++) {
            ints quants[4];
            UNROLL for (int i = 0; i < 4; i++) quants[i] = bytes_of(right(lanes[i], 2 * k), 3);
            put_four(to, x, 32 * (piece / 2) + 4 * (piece % 2) + 8 * k, quants, shape_q2_k);
        }
    }
}

INLINE void unpack_q3_k(struct source s, struct block256 *to, struct products *x) {
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
            ints quants[4];
            UNROLL for (int i = 0; i < 4; i++) {
                const ints high = moved_bit(highs[first + i], run + k, 2);
                quants[i] = _mm512_or_si512(bytes_of(right(lanes[i], 2 * k), 3), high);
            }
            put_four(to, x, 8 * (run + k) + first, quants, shape_q3_k);
        }
    }
}

INLINE void unpack_q4_k(struct source s, struct block256 *to, struct products *x) {
    unpack_scales_of_q4_k(s, to);
    UNROLL for (int piece = 0; piece < 8; piece++) {
        ints quants[8];
        turn_nibbles(s, (size_t)(16 + 16 * piece), quants);
        const int group = 16 * (piece / 2) + 4 * (piece % 2);
        put_four(to, x, group, quants, shape_q4_k);
        put_four(to, x, group + 8, quants + 4, shape_q4_k);
    }
}

INLINE void unpack_q5_k(struct source s, struct block256 *to, struct products *x) {
    unpack_scales_of_q4_k(s, to);
    ints highs[8];
    turn(s, 16, highs);
    turn(s, 32, highs + 4);
    UNROLL for (int piece = 0; piece < 8; piece++) {
        ints quants[8];
        turn_nibbles(s, (size_t)(48 + 16 * piece), quants);
        const int first = 4 * (piece % 2), run = piece / 2 * 2;
        UNROLL for (int i = 0; i < 4; i++) {
            quants[i] = _mm512_or_si512(quants[i], moved_bit(highs[first + i], run, 4));
            quants[4 + i] = _mm512_or_si512(quants[4 + i], moved_bit(highs[first + i], run + 1, 4));
        }
        put_four(to, x, 8 * run + first, quants, shape_q5_k);
        put_four(to, x, 8 * run + 8 + first, quants + 4, shape_q5_k);
    }
}

INLINE void unpack_q6_k(struct source s, struct block256 *to, struct products *x) {
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
            ints quants[8];
            turn_nibbles(s, (size_t)(64 * half + 32 * odd + 16 * place), quants);
            UNROLL for (int i = 0; i < 4; i++) {
                const ints low = bytes_of(left(highs[i], 4 - 2 * odd), 0x30);
                const ints high = bytes_of(odd ? right(highs[i], 2) : highs[i], 0x30);
                quants[i] = _mm512_or_si512(quants[i], low);
                quants[4 + i] = _mm512_or_si512(quants[4 + i], high);
            }
            const int group = 32 * half + 8 * odd + 4 * place;
            put_four(to, x, group, quants, shape_q6_k);
            put_four(to, x, group + 16, quants + 4, shape_q6_k);
        }
    }
}

// The levels of sixteen nibbles, 128 larger, so that none is negative.
INLINE ints levels_of(ints nibbles) {
    const ints table = _mm512_broadcast_i32x4(sixteen((const uint8_t *)isobath_levels_of_iq4));
    return _mm512_shuffle_epi8(_mm512_xor_si512(table, _mm512_set1_epi8((char)128)), nibbles);
}

INLINE void unpack_iq4_xs(struct source s, struct block256 *to, struct products *x) {
    ints head[4];
    turn(s, 0, head);
    put_halves(to->d, head[0]);
    UNROLL for (int run = 0; run < 8; run++) {
        const ints low = both(right(head[1], 4 * run), 15), high = left(both(right(head[0], 16 + 2 * run), 3), 4);
        put(to->scales[run], _mm512_sub_epi32(_mm512_or_si512(low, high), _mm512_set1_epi32(32)));
    }
    UNROLL for (int run = 0; run < 8; run++) {
        ints quants[8];
        turn_nibbles(s, (size_t)(8 + 16 * run), quants);
        UNROLL for (int i = 0; i < 8; i++) quants[i] = levels_of(quants[i]);
        put_four(to, x, 8 * run, quants, shape_iq4_xs);
        put_four(to, x, 8 * run + 4, quants + 4, shape_iq4_xs);
    }
}

// MARK: Blocks of 32

// Adds 16 to the quants whose bit of 32 is set.
INLINE void add_fifth_bits(ints bits, ints quants[8]) {
    const ints first = _mm512_set4_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0);
    UNROLL for (int i = 0; i < 8; i++) {
        const ints byte = _mm512_shuffle_epi8(bits, _mm512_add_epi8(first, _mm512_set1_epi8((char)(i / 2))));
        const __mmask64 set =
            _mm512_test_epi8_mask(byte, _mm512_set1_epi32(i % 2 ? (int)0x80402010 : 0x08040201));
        quants[i] = _mm512_mask_add_epi8(quants[i], set, quants[i], _mm512_set1_epi8(16));
    }
}

enum { NIBBLES, FIFTH_BITS, LEVELS };

// A block of `bytes`: d, and m if it has a minimum, fifth bits if it has them, 16 bytes of nibbles.
INLINE void unpack_nibbles(
    struct source s, struct block32 *to, struct products *x, size_t bytes, int has_minimum, int kind) {
    ints head[4], quants[8];
    ask_block(s, bytes);
    turn_quietly(s, 0, head);
    if (has_minimum) {
        put_both_halves(to->d, to->m, head[0]);
    } else {
        put_halves(to->d, head[0]);
    }
    turn_nibbles_quietly(s, bytes - 16, quants);
    if (kind == FIFTH_BITS) {
        add_fifth_bits(has_minimum ? head[1] : _mm512_or_si512(right(head[0], 16), left(head[1], 16)), quants);
    }
    if (kind == LEVELS) {
        UNROLL for (int i = 0; i < 8; i++) quants[i] = levels_of(quants[i]);
    }
    put_eight(to, x, quants);
}

#define DEFINE_UNPACK_NIBBLES(name, bytes, has_minimum, kind)                                          \
    INLINE void unpack_##name(struct source s, struct block32 *to, struct products *x) {               \
        unpack_nibbles(s, to, x, bytes, has_minimum, kind);                                            \
    }

DEFINE_UNPACK_NIBBLES(q4_0, 18, 0, NIBBLES)
DEFINE_UNPACK_NIBBLES(q4_1, 20, 1, NIBBLES)
DEFINE_UNPACK_NIBBLES(q5_0, 22, 0, FIFTH_BITS)
DEFINE_UNPACK_NIBBLES(q5_1, 24, 1, FIFTH_BITS)
DEFINE_UNPACK_NIBBLES(iq4_nl, 18, 0, LEVELS)

INLINE void unpack_q8_0(struct source s, struct block32 *to, struct products *x) {
    ints head[4], quants[8];
    ask_block(s, 34);
    turn_quietly(s, 0, head);
    put_halves(to->d, head[0]);
    turn_quietly(s, 2, quants);
    turn_quietly(s, 18, quants + 4);
    UNROLL for (int i = 0; i < 8; i++) quants[i] = _mm512_xor_si512(quants[i], _mm512_set1_epi8((char)128));
    put_eight(to, x, quants);
}
