// How tiles look on 64-bit Arm. The file that includes this has defined TARGET, and
//   SCALE_LANES   how many 32-bit numbers the scales of a group of values take.
#include "integer_blocks_neon.h"

#define ROWS 8
#define COLUMNS 4

// Sums stay in registers only where the loop over columns is gone.
#define EACH_COLUMN(columns) _Pragma("clang loop unroll(full)") for (int c = 0; c < (columns); c++)

// Quants as they count: offsets are subtracted. Where 32 values make a group, the first eight of 16 are all.
struct block256 {
    int8_t quants[256 * ROWS];
    int32_t scales[16][SCALE_LANES];
    int16_t minima[16][ROWS];
    float d[ROWS], dmin[ROWS];
};

struct block32 {
    int8_t quants[32 * ROWS];
    float d[ROWS], m[ROWS];
};
