// Rows of weights as they are stored, and the floats that they stand for; see dot_rows.h for what the file that includes this has
// defined.

// Bytes of 32 weights in Q8_0: their scale and their codes.
#define BLOCK_BYTES 34

// How weights are stored. A literal where it is first written: what depends on it is decided by the compiler.
enum stored { STORED_F32, STORED_F16, STORED_BF16, STORED_Q8_0 };

// The weights of a tile, from their first column; rows lie `stride` bytes apart.
struct tile_weights {
    enum stored kind;
    const uint8_t *rows;
    size_t stride;
};

INLINE struct tile_weights tile_weights_at(const struct tile_weights *all, size_t row) {
    return (struct tile_weights){all->kind, all->rows + row * all->stride, all->stride};
}

// How far from its row's beginning the weight in column `place` lies, or the block that it is in.
INLINE size_t bytes_before(enum stored kind, size_t place) {
    return kind == STORED_Q8_0 ? place / 32 * BLOCK_BYTES : kind == STORED_F32 ? 4 * place : 2 * place;
}

INLINE const uint8_t *weight_at(const struct tile_weights *weights, int row, size_t place) {
    return weights->rows + (size_t)row * weights->stride + bytes_before(weights->kind, place);
}

// What the codes of a block are multiplied with.
INLINE VECTOR scale_at(const struct tile_weights *weights, int row, size_t place) {
    return weights->kind == STORED_Q8_0 ? ALL_HALF(weight_at(weights, row, place)) : ZERO;
}

INLINE VECTOR weights_at(const struct tile_weights *weights, int row, size_t place, VECTOR scale) {
    const uint8_t *const first = weight_at(weights, row, place);
    switch (weights->kind) {
    case STORED_F32: return LOAD((const float *)(const void *)first);
    case STORED_F16: return LOAD_F16(first);
    case STORED_BF16: return LOAD_BF16(first);
    default: return MULTIPLY(LOAD_I8(first + 2 + place % 32), scale);
    }
}

INLINE VECTOR load_lanes(const float *p, long left) {
    return left >= WIDTH ? LOAD(p) : left > 0 ? LOAD_SOME(p, (size_t)left) : ZERO;
}

// The last `left` weights of a row, fewer than there are lanes or not; blocks are whole.
INLINE VECTOR last_weights(const struct tile_weights *weights, int row, size_t place, long left) {
    if (left >= WIDTH || left <= 0 || weights->kind == STORED_Q8_0) return left > 0 ? weights_at(weights, row, place, ZERO) : ZERO;
    const uint8_t *const first = weight_at(weights, row, place);
    if (weights->kind == STORED_F32) return LOAD_SOME((const float *)(const void *)first, (size_t)left);
    uint16_t halves[WIDTH] = {0};
    memcpy(halves, first, (size_t)left * 2);
    const struct tile_weights some = {weights->kind, (const uint8_t *)halves, 0};
    return weights_at(&some, 0, 0, ZERO);
}

// Weights of `rows` rows from column `start` on in f32: where they lie, or decoded into `memory`.
INLINE struct tile_weights decoded(
    const struct tile_weights *weights, size_t start, size_t count, float memory[ROWS * STRETCH], int rows) {
    const struct tile_weights from = {
        weights->kind, weights->rows + bytes_before(weights->kind, start), weights->stride};
    if (from.kind == STORED_F32) return from;
    for (int r = 0; r < rows; r++) {
        for (size_t i = 0; i < count; i += 32) {
            // Converted beside the vectors, which have enough to do.
            const VECTOR scale = from.kind == STORED_Q8_0 ? ALL(isobath_load_half(weight_at(&from, r, i))) : ZERO;
            for (size_t k = i; k < i + 32 && k < count; k += WIDTH) {
                const long left = (long)(count - k);
                STORE(memory + r * STRETCH + k, left < WIDTH ? last_weights(&from, r, k, left) : weights_at(&from, r, k, scale));
            }
        }
    }
    return (struct tile_weights){STORED_F32, (const uint8_t *)memory, STRETCH * sizeof *memory};
}
