#pragma STDC FP_CONTRACT OFF
#include "isobath_float_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#include "tail.h"

#define TARGET __attribute__((target("avx2,fma")))
#define VECTOR __m256
#define WIDTH 8
#define COLUMNS 3
#define ZERO _mm256_setzero_ps()
#define LOAD(p) _mm256_loadu_ps(p)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define REDUCE(v) reduce(v)

TARGET static inline float reduce(const __m256 sums[4]) {
    const __m256 eight = _mm256_add_ps(_mm256_add_ps(sums[0], sums[2]), _mm256_add_ps(sums[1], sums[3]));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

#include "dot_rows.h"

TARGET static void add_scaled(float factor, const float *x, float *y, size_t count) {
    const __m256 factors = _mm256_set1_ps(factor);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(factors, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
    }
    for (; i < count; i++) y[i] = fmaf(factor, x[i], y[i]);
}

const struct isobath_float_kernels *isobath_float_kernels_avx2(void) {
    static const struct isobath_float_kernels kernels = {"avx2", COLUMNS, dot, dot_row, add_scaled};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : 0;
}
#else
const struct isobath_float_kernels *isobath_float_kernels_avx2(void) { return 0; }
#endif
