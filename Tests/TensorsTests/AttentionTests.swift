import Testing

@testable import Tensors

struct AttentionTests {
    private static let cacheTypes: [ElementType] = [.f32, .f16, .bf16, .q8_0, .f8e4m3]

    /// Rows of random values, in pages of three rows that begin at an offset.
    private func pages(
        _ generator: inout SeededGenerator, rows: Int, heads: Int, width: Int, _ type: ElementType
    ) -> PagedRows {
        let rowBytes = PagedRows.rowBytes(type, values: heads * width) ?? 0
        let pages = (0..<(rows + 2) / 3).map { _ in Storage(byteCount: 64 + 3 * rowBytes) }
        let paged = PagedRows(
            pages: pages, byteOffset: 64, rowsPerPage: 3, elementType: type, heads: heads, headStride: width,
            width: width)
        paged.store(generator.tensor([rows, heads * width]), at: 0)
        return paged
    }

    @Test(arguments: cacheTypes)
    func headsThatShareKeys(_ type: ElementType) {
        var generator = SeededGenerator(40)
        for (n, first, heads, shared) in [(1, 0, 1, 1), (1, 10, 4, 2), (7, 0, 4, 4), (5, 9, 6, 1), (0, 3, 2, 1)] {
            let (keyWidth, valueWidth) = (generator.integer(1...70), generator.integer(1...70))
            let keys = pages(&generator, rows: first + n, heads: shared, width: keyWidth, type)
            let values = pages(&generator, rows: first + n, heads: shared, width: valueWidth, type)
            let query = generator.tensor([n, heads, keyWidth], in: -3...3)
            expectLikeReference(tolerance: 2e-6) {
                $0.attention(query, keys: keys, values: values, scale: 0.3, firstPosition: first)
            }
        }
    }

    /// DeepSeek-V2's absorbed form: one row serves as key, and without its last values as value.
    @Test(arguments: cacheTypes)
    func valuesInsideKeys(_ type: ElementType) {
        var generator = SeededGenerator(41)
        let keys = pages(&generator, rows: 20, heads: 1, width: 72, type)
        let query = generator.tensor([4, 5, 72], in: -2...2)
        expectLikeReference(tolerance: 2e-6) {
            $0.attention(query, keys: keys, values: keys.narrowed(to: 64), scale: 0.2, firstPosition: 16)
        }
    }

    /// A query's result does not depend on how many queries share the call.
    @Test(arguments: cacheTypes)
    func queriesAreIndependent(_ type: ElementType) {
        var generator = SeededGenerator(42)
        let keys = pages(&generator, rows: 12, heads: 2, width: 40, type)
        let values = pages(&generator, rows: 12, heads: 2, width: 24, type)
        let query = generator.tensor([12, 4, 40])
        let operations = CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 3), workOfOneThread: 1)
        let together = operations.attention(query, keys: keys, values: values, scale: 1, firstPosition: 0)
        for position in 0..<12 {
            let alone = operations.attention(
                query.slice(position..<position + 1), keys: keys, values: values, scale: 1, firstPosition: position)
            #expect(alone.floats.bits == together.entry(position).floats.bits)
        }
    }

    @Test func sharpScores() {
        var generator = SeededGenerator(43)
        let keys = pages(&generator, rows: 30, heads: 1, width: 16, .f32)
        let query = generator.tensor([30, 2, 16], in: -10...10)
        expectLikeReference(tolerance: 1e-4) {
            $0.attention(query, keys: keys, values: keys, scale: 5, firstPosition: 0)
        }
    }
}
