#pragma once
// The softmax of a tile with a lane's 64 scores in four registers: the same operations as in attention_loops.h, and so
// the same bits.
#include "exponential.h"

#define SOFTEN_TARGET __attribute__((target("avx512f,avx2,fma,f16c")))
#define SOFTEN_INLINE SOFTEN_TARGET static inline __attribute__((always_inline))
#define SOFTEN_UNROLL _Pragma("clang loop unroll(full)")

// As `weight_of`: the result is 0 or a normal number, so that it can be scaled in one step.
SOFTEN_INLINE __m512 weight_avx512(__m512 x) {
    const __m512 least = _mm512_set1_ps(-87.0f), rounder = _mm512_set1_ps(ISOBATH_EXP_ROUNDER);
    const __mmask16 is_kept = _mm512_cmp_ps_mask(x, least, _CMP_NLT_UQ);
    x = _mm512_max_ps(least, x);
    const __m512 n = _mm512_sub_ps(_mm512_fmadd_ps(x, _mm512_set1_ps(ISOBATH_EXP_LOG2E), rounder), rounder);
    __m512 r = _mm512_fmadd_ps(n, _mm512_set1_ps(-ISOBATH_EXP_LN2_HIGH), x);
    r = _mm512_fmadd_ps(n, _mm512_set1_ps(-ISOBATH_EXP_LN2_LOW), r);
    __m512 q = _mm512_fmadd_ps(_mm512_set1_ps(ISOBATH_EXP_Q4), r, _mm512_set1_ps(ISOBATH_EXP_Q3));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(ISOBATH_EXP_Q2));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(ISOBATH_EXP_Q1));
    q = _mm512_fmadd_ps(q, r, _mm512_set1_ps(ISOBATH_EXP_Q0));
    const __m512 power = _mm512_add_ps(_mm512_fmadd_ps(_mm512_mul_ps(r, r), q, r), _mm512_set1_ps(1));
    return _mm512_maskz_scalef_ps(is_kept, power, n);
}

// The other half, quarter, … of the lanes, for joining lanes 8, 4, 2 and 1 apart.
SOFTEN_INLINE __m512 eight_apart(__m512 x) { return _mm512_shuffle_f32x4(x, x, 0x4E); }
SOFTEN_INLINE __m512 four_apart(__m512 x) { return _mm512_shuffle_f32x4(x, x, 0xB1); }
SOFTEN_INLINE __m512 two_apart(__m512 x) { return _mm512_permute_ps(x, 0x4E); }
SOFTEN_INLINE __m512 one_apart(__m512 x) { return _mm512_permute_ps(x, 0xB1); }

SOFTEN_INLINE float largest_avx512(__m512 x) {
    x = _mm512_max_ps(eight_apart(x), x);
    x = _mm512_max_ps(four_apart(x), x);
    x = _mm512_max_ps(two_apart(x), x);
    return _mm512_cvtss_f32(_mm512_max_ps(one_apart(x), x));
}

SOFTEN_INLINE float sum_avx512(__m512 x) {
    x = _mm512_add_ps(x, eight_apart(x));
    x = _mm512_add_ps(x, four_apart(x));
    x = _mm512_add_ps(x, two_apart(x));
    return _mm512_cvtss_f32(_mm512_add_ps(x, one_apart(x)));
}

// The weights of one lane. `most` and `total` get the largest score so far and the sum of the weights.
SOFTEN_INLINE void soften_lane_avx512(
    float *scores, size_t count, float scale, float largest, float *most, float *total) {
    __m512 x[4];
    SOFTEN_UNROLL for (int i = 0; i < 4; i++) {
        x[i] = _mm512_mul_ps(_mm512_loadu_ps(scores + 16 * i), _mm512_set1_ps(scale));
    }
    if (count < ISOBATH_ATTENTION_TILE) {
        const uint64_t seen = (UINT64_C(1) << count) - 1;
        SOFTEN_UNROLL for (int i = 0; i < 4; i++) {
            x[i] = _mm512_mask_mov_ps(_mm512_set1_ps(-INFINITY), (__mmask16)(seen >> 16 * i), x[i]);
        }
    }
    __m512 high = x[0], sum = _mm512_setzero_ps();
    SOFTEN_UNROLL for (int i = 1; i < 4; i++) high = _mm512_max_ps(x[i], high);
    const float found = largest_avx512(high);
    *most = found > largest ? found : largest;
    const __m512 top = _mm512_set1_ps(*most);
    SOFTEN_UNROLL for (int i = 0; i < 4; i++) {
        const __m512 weight = weight_avx512(_mm512_sub_ps(x[i], top));
        _mm512_storeu_ps(scores + 16 * i, weight);
        sum = _mm512_add_ps(sum, weight);
    }
    *total = sum_avx512(sum);
}

// Brings the state of at most sixteen lanes to their new largest scores.
SOFTEN_INLINE void join_lanes_avx512(
    const float most[16], const float totals[16], float *largest, float *sums, float *factors, size_t lanes) {
    const __mmask16 some = (__mmask16)((1u << lanes) - 1);
    const __m512 top = _mm512_loadu_ps(most), before = _mm512_maskz_loadu_ps(some, largest);
    const __mmask16 is_higher = _mm512_cmp_ps_mask(top, before, _CMP_NEQ_UQ);
    const __m512 factor =
        _mm512_mask_mov_ps(_mm512_set1_ps(1), is_higher, exponential(_mm512_sub_ps(before, top)));
    const __m512 sum = _mm512_mul_ps(_mm512_maskz_loadu_ps(some, sums), factor);
    _mm512_mask_storeu_ps(largest, some, top);
    _mm512_mask_storeu_ps(sums, some, _mm512_add_ps(sum, _mm512_loadu_ps(totals)));
    _mm512_mask_storeu_ps(factors, some, factor);
}

SOFTEN_TARGET static void soften_avx512(
    float *scores, const size_t *counts, size_t lanes, float scale, float *largest, float *sums, float *factors) {
    for (size_t lane = 0; lane < lanes; lane += 16) {
        float most[16] = {0}, totals[16] = {0};
        const size_t some = lanes - lane < 16 ? lanes - lane : 16;
        for (size_t i = 0; i < some; i++) {
            soften_lane_avx512(
                scores + (lane + i) * ISOBATH_ATTENTION_TILE, counts[lane + i], scale, largest[lane + i], most + i,
                totals + i);
        }
        join_lanes_avx512(most, totals, largest + lane, sums + lane, factors + lane, some);
    }
}
