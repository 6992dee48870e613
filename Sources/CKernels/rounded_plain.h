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
