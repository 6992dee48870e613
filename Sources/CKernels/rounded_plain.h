// Rounded rows and tiles without vectors of any one processor.

TARGET static void turn_rows(const int8_t *values, size_t row_bytes, size_t count, size_t width, uint8_t *tile) {
    for (size_t j = 0; j < TILE; j++) {
        for (size_t i = 0; i < width / 4; i++) {
            uint32_t word = 0;
            if (j < count) memcpy(&word, values + j * row_bytes + 4 * i, sizeof word);
            word ^= TILE_OFFSET * 0x01010101u;
            memcpy(tile + 4 * (TILE * i + j), &word, sizeof word);
        }
    }
}

TARGET static void interleave_rows(const int8_t *values, size_t row_bytes, size_t count, size_t width, int8_t *packed) {
    for (size_t j = 0; j < TILE; j++) {
        for (size_t c = 0; c < width; c++) {
            packed[((c / VALUE_BLOCK * 16 + j / 4) * VALUE_BLOCK + c % VALUE_BLOCK) * 4 + j % 4] =
                j < count ? values[j * row_bytes + c] : 0;
        }
    }
}

TARGET static void regroup_rows(
    const uint8_t *rows, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales) {
    for (size_t j = 0; j < TILE; j++) {
        regroup_row(j < count ? rows + j * row_bytes : 0, width, values + j * width, scales + j);
    }
}

TARGET static void round_halves(
    const uint8_t *rows, int is_bf16, size_t row_bytes, size_t count, size_t width, int8_t *values, float *scales) {
    for (size_t j = 0; j < count; j++) {
        round_row_of_halves(rows + j * row_bytes, is_bf16, width, values + j * width, scales + j);
    }
    clear_scales(count, width, scales);
}
