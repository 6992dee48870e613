import Tensors

/// Quantized random rows, made once and repeated over all tensors of one type and width.
///
/// A tensor takes the pool's blocks as a ring, from a place of its own, and each time around it skips some, so that rows,
/// experts and tensors differ though the pool is small. Where the skip cuts across rows, their blocks come from two; but
/// blocks stand for themselves, and all have one deviation.
struct RowPool {
    /// The most values of a pool, about: so many that rows hardly ever repeat, and few enough to be made in a second.
    static let valueLimit = 1 << 22

    /// All blocks twice, so that any turn of the ring is one slice.
    private let bytes: [UInt8]
    private let blockCount: Int
    private let blockBytes: Int
    private let blocksPerRow: Int

    /// `rows` rows, or as many as the limit allows, of `width` normal numbers of deviation `deviation` in `type`.
    /// - Precondition: a row is a whole number of blocks, and there is one at least.
    init(type: ElementType, width: Int, rows: Int, deviation: Float, seed: UInt64) {
        var numbers = NormalNumbers(seed: seed, name: "\(type.rawValue), \(width), \(deviation)")
        var once: [UInt8] = []
        for _ in 0..<min(rows, max(RowPool.valueLimit / width, 1)) {
            once += type.encoded(numbers.next(width, deviation: deviation))
        }
        blockBytes = type.bytesPerBlock
        blockCount = once.count / blockBytes
        blocksPerRow = width / type.valuesPerBlock
        bytes = once + once
    }

    /// Calls `body` with the bytes of the `rows` rows of tensor number `tensor`, piece by piece.
    func forEachPiece(rows: Int, tensor: Int, _ body: (ArraySlice<UInt8>) throws -> Void) rethrows {
        var remaining = rows * blocksPerRow
        var turn = 0
        while remaining > 0 {
            // Primes, so that neither tensors nor turns meet again soon; no overflow for any file that fits a disk.
            let first = (tensor * 7_919 + turn * 104_729) % blockCount * blockBytes
            let count = min(remaining, blockCount)
            try body(bytes[first..<first + count * blockBytes])
            remaining -= count
            turn += 1
        }
    }
}
