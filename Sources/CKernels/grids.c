#pragma STDC FP_CONTRACT OFF
// The grids of the IQ formats as encoders want them: levels in place of values, and what lies near every place.
#include <string.h>

#include "codebooks.h"
#include "isobath_grid_encoders.h"

enum { MOST_POINTS = 2048 };

struct isobath_grid_size isobath_grid_size(enum isobath_element_type type) {
    switch (type) {
        case ISOBATH_IQ2_XXS: return (struct isobath_grid_size){8, 2, 256, 1 << 16};
        case ISOBATH_IQ2_XS: return (struct isobath_grid_size){8, 2, 512, 1 << 16};
        case ISOBATH_IQ2_S: return (struct isobath_grid_size){8, 2, 1024, 1 << 16};
        case ISOBATH_IQ1_S:
        case ISOBATH_IQ1_M: return (struct isobath_grid_size){8, 2, 2048, 1 << 16};
        case ISOBATH_IQ3_XXS: return (struct isobath_grid_size){4, 3, 256, 1 << 12};
        case ISOBATH_IQ3_S: return (struct isobath_grid_size){4, 3, 512, 1 << 12};
        default: return (struct isobath_grid_size){0, 0, 0, 0};
    }
}

// The bytes of a point as decoders have them: magnitudes 8, 25 and 43, 4 … 62 or 1 … 15, or −1, 0 and 1.
static const uint8_t *bytes_of(enum isobath_element_type type) {
    switch (type) {
        case ISOBATH_IQ2_XXS: return (const uint8_t *)isobath_grid_iq2_xxs;
        case ISOBATH_IQ2_XS: return (const uint8_t *)isobath_grid_iq2_xs;
        case ISOBATH_IQ2_S: return (const uint8_t *)isobath_grid_iq2_s;
        case ISOBATH_IQ3_XXS: return (const uint8_t *)isobath_grid_iq3_xxs;
        case ISOBATH_IQ3_S: return (const uint8_t *)isobath_grid_iq3_s;
        default: return (const uint8_t *)isobath_grid_iq1_s;
    }
}

static uint8_t level_of(enum isobath_element_type type, uint8_t byte) {
    switch (type) {
        case ISOBATH_IQ3_XXS: return (uint8_t)((byte - 4) / 8);
        case ISOBATH_IQ3_S: return (uint8_t)((byte - 1) / 2);
        case ISOBATH_IQ1_S:
        case ISOBATH_IQ1_M: return (uint8_t)(byte + 1);
        default: return byte / 16;
    }
}

void isobath_grid_levels(enum isobath_element_type type, uint8_t *levels) {
    const struct isobath_grid_size size = isobath_grid_size(type);
    const uint8_t *const bytes = bytes_of(type);
    for (size_t i = 0; i < size.count * (size_t)size.width; i++) levels[i] = level_of(type, bytes[i]);
}

static size_t place_of(const uint8_t *levels, int width, int bits) {
    size_t place = 0;
    for (int i = 0; i < width; i++) place |= (size_t)levels[i] << bits * i;
    return place;
}

// How many different distances the points that are tried may have.
static int shells_of(enum isobath_element_type type) {
    switch (type) {
        case ISOBATH_IQ1_S:
        case ISOBATH_IQ1_M:
        case ISOBATH_IQ3_S: return 3;
        case ISOBATH_IQ2_S: return 1;
        default: return 2;
    }
}

// The points of the nearest shells, by distance and then by number.
static size_t find_near(
    const uint8_t *levels, const struct isobath_grid_size *size, size_t place, int shells, uint16_t *near) {
    uint8_t distances[MOST_POINTS];
    int own[8];
    for (int i = 0; i < size->width; i++) own[i] = (int)(place >> size->bits * i & ((1u << size->bits) - 1));
    // No distance is larger than 4 · 7².
    int is_there[256] = {0};
    for (size_t j = 0; j < size->count; j++) {
        int distance = 0;
        for (int i = 0; i < size->width; i++) {
            const int step = levels[j * (size_t)size->width + (size_t)i] - own[i];
            distance += step * step;
        }
        distances[j] = (uint8_t)distance;
        is_there[distance] = 1;
    }
    size_t count = 0;
    for (int distance = 0; distance < 256 && shells > 0; distance++) {
        if (!is_there[distance]) continue;
        shells--;
        for (size_t j = 0; j < size->count; j++) {
            if (distances[j] != distance) continue;
            if (near) near[count] = (uint16_t)j;
            count++;
        }
    }
    return count;
}

size_t isobath_grid_map(enum isobath_element_type type, const uint8_t *levels, int32_t *map, uint16_t *near) {
    const struct isobath_grid_size size = isobath_grid_size(type);
    const int most = size.bits == 2 ? 2 : 7, shells = shells_of(type);
    memset(map, 0xFF, size.map_count * sizeof *map);
    for (size_t j = 0; j < size.count; j++) {
        map[place_of(levels + j * (size_t)size.width, size.width, size.bits)] = (int32_t)j;
    }
    size_t count = 0;
    for (size_t place = 0; place < size.map_count; place++) {
        if (map[place] >= 0) continue;
        int is_possible = 1;
        for (int i = 0; i < size.width; i++) {
            is_possible &= (int)(place >> size.bits * i & ((1u << size.bits) - 1)) <= most;
        }
        if (!is_possible) continue;
        map[place] = -1 - (int32_t)count;
        const size_t found = find_near(levels, &size, place, shells, near ? near + count + 1 : 0);
        if (near) near[count] = (uint16_t)found;
        count += 1 + found;
    }
    return count;
}
