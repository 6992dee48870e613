// The blocks in vectors that any processor has, with the model of the instruction.
#include "bfloat_models.h"

#include <string.h>

#include "bfloat_pairs.h"

struct sums {
    float lanes[16];
};

struct pairs {
    uint16_t values[32];
};

void add_modelled_pairs(float sums[16], const uint16_t a[32], const uint16_t b[32]) {
    for (int lane = 0; lane < 16; lane++) {
        sums[lane] = isobath_add_pair_of_bfloats(sums[lane], a + 2 * lane, b + 2 * lane);
    }
}

static struct pairs first_values(const void *p, size_t count) {
    struct pairs pairs = {{0}};
    memcpy(&pairs, p, 2 * count);
    return pairs;
}

static struct sums add_pairs(struct sums sums, struct pairs a, struct pairs b) {
    add_modelled_pairs(sums.lanes, a.values, b.values);
    return sums;
}

static float total(struct sums sums) {
    for (int half = 8; half > 0; half /= 2) {
        for (int lane = 0; lane < half; lane++) sums.lanes[lane] += sums.lanes[lane + half];
    }
    return sums.lanes[0];
}

static void store_totals(float *to, const struct sums v[4]) {
    for (int i = 0; i < 4; i++) to[i] = total(v[i]);
}

#define TARGET
#define SUMS struct sums
#define PAIRS struct pairs
#define NO_SUMS (struct sums){{0}}
#define LOAD_PAIRS(p) first_values(p, 32)
#define LOAD_FIRST(p, n) first_values(p, n)
#define ADD_PAIRS(sums, a, b) add_pairs(sums, a, b)
#define TOTAL(v) total((v)[0])
#define STORE_TOTALS(p, v) store_totals(p, v)
#include "bfloat_products.h"

const struct isobath_bfloat_kernels *bfloat_kernels_of_plain_vectors(void) {
    static const struct isobath_bfloat_kernels kernels = {"bf16-plain", multiply};
    return &kernels;
}
