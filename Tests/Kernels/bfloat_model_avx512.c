// The blocks as the AVX-512 form has them, with the model in the instruction's place; and the instruction by itself.
#include "bfloat_models.h"

#if defined(__x86_64__)
#include "bfloat_pairs.h"

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl")))
#include "bfloat_vectors_avx512.h"

TARGET static __m512 add_modelled(__m512 sums, __m512i a, __m512i b) {
    float lanes[16];
    uint16_t x[32], y[32];
    _mm512_storeu_ps(lanes, sums);
    _mm512_storeu_si512(x, a);
    _mm512_storeu_si512(y, b);
    add_modelled_pairs(lanes, x, y);
    return _mm512_loadu_ps(lanes);
}

#define ADD_PAIRS(sums, a, b) add_modelled(sums, a, b)
#include "bfloat_products.h"

static int has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl");
}

const struct isobath_bfloat_kernels *bfloat_kernels_of_modelled_instruction(void) {
    static const struct isobath_bfloat_kernels kernels = {"bf16-avx512", multiply};
    return has_avx512() ? &kernels : 0;
}

TARGET static __m512 upper(__m512i pairs) {
    return _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32((int)0xFFFF0000)));
}

TARGET static __m512 lower(__m512i pairs) { return _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)); }

TARGET static void fuse(float sums[16], const uint16_t a[32], const uint16_t b[32]) {
    const __m512i x = _mm512_loadu_si512(a), y = _mm512_loadu_si512(b);
    const __m512 first = _mm512_fmadd_ps(upper(x), upper(y), _mm512_loadu_ps(sums));
    _mm512_storeu_ps(sums, _mm512_fmadd_ps(lower(x), lower(y), first));
}

// Through a pointer that no compiler looks behind, so that nothing of the call moves out from between the two settings.
static void add_fused(float sums[16], const uint16_t a[32], const uint16_t b[32]) {
    static const add_pairs_of_bfloats volatile hidden = fuse;
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040);
    hidden(sums, a, b);
    _mm_setcsr(before);
}

add_pairs_of_bfloats add_fused_pairs(void) { return has_avx512() ? add_fused : 0; }

__attribute__((target("avx512f,avx512bf16"))) static void add_at_once(
    float sums[16], const uint16_t a[32], const uint16_t b[32]) {
    const __m512i x = _mm512_loadu_si512(a), y = _mm512_loadu_si512(b);
    _mm512_storeu_ps(sums, _mm512_dpbf16_ps(_mm512_loadu_ps(sums), (__m512bh)x, (__m512bh)y));
}

add_pairs_of_bfloats add_pairs_at_once(void) {
    return has_avx512() && __builtin_cpu_supports("avx512bf16") ? add_at_once : 0;
}
#else
const struct isobath_bfloat_kernels *bfloat_kernels_of_modelled_instruction(void) { return 0; }
add_pairs_of_bfloats add_fused_pairs(void) { return 0; }
add_pairs_of_bfloats add_pairs_at_once(void) { return 0; }
#endif
