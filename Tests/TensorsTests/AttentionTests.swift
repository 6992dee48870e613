import Testing

@testable import Tensors

/// Inputs of one call of attention; the cached rows can be laid out in pages of any size.
private struct AttentionCase {
    let type: ElementType
    let query: Tensor
    let keys: Tensor
    let values: Tensor
    let heads: Int
    let firstPosition: Int
    /// Values that are the first part of the key rows, if not rows of their own.
    var narrowedWidth: Int?
    var scale: Float = 0.2

    init(
        _ generator: inout SeededGenerator, _ type: ElementType, n: Int, first: Int, heads: Int, shared: Int,
        keyWidth: Int, valueWidth: Int, latent: Bool = false
    ) {
        self.type = type
        query = generator.tensor([n, heads, keyWidth], in: -3...3)
        keys = generator.tensor([first + n, shared * keyWidth])
        values = generator.tensor([first + n, shared * valueWidth])
        self.heads = shared
        firstPosition = first
        narrowedWidth = latent ? min(keyWidth, valueWidth) : nil
    }

    /// Any numbers of queries, rows, heads and widths; many rows with few queries.
    static func random(_ generator: inout SeededGenerator, _ type: ElementType, deep: Bool) -> AttentionCase {
        let shared = generator.integer(1...3)
        return AttentionCase(
            &generator, type, n: generator.integer(1...(deep ? 4 : 30)),
            first: generator.integer(0...(deep ? 2000 : 150)), heads: shared * generator.integer(1...5), shared: shared,
            keyWidth: generator.integer(1...140), valueWidth: generator.integer(1...140),
            latent: generator.integer(0...2) == 0)
    }

    func rows(_ tensor: Tensor, rowsPerPage: Int) -> PagedRows {
        let width = tensor.shape.width / heads
        let rowBytes = PagedRows.rowBytes(type, values: tensor.shape.width) ?? 0
        let count = (tensor.shape[0] + rowsPerPage - 1) / rowsPerPage
        let rows = PagedRows(
            pages: (0..<count).map { _ in Storage(byteCount: 64 + rowsPerPage * rowBytes) }, byteOffset: 64,
            rowsPerPage: rowsPerPage, elementType: type, heads: heads, headStride: width, width: width)
        rows.store(tensor, at: 0)
        return rows
    }

    func views(rowsPerPage: Int = 64) -> (keys: PagedRows, values: PagedRows) {
        let keyRows = rows(keys, rowsPerPage: rowsPerPage)
        return (keyRows, narrowedWidth.map { keyRows.narrowed(to: $0) } ?? rows(values, rowsPerPage: rowsPerPage))
    }

    /// What queries `some` give.
    func attended(
        _ operations: any Operations, _ views: (keys: PagedRows, values: PagedRows), _ some: Range<Int>? = nil
    ) -> Tensor {
        let some = some ?? 0..<query.shape[0]
        return operations.attention(
            query.slice(some), keys: views.keys, values: views.values, scale: scale,
            firstPosition: firstPosition + some.lowerBound)
    }
}

struct AttentionTests {
    private static let cacheTypes: [ElementType] = [.f32, .f16, .bf16, .q8_0, .f8e4m3]

    private static func operations(threads: Int) -> CPUOperations {
        CPUOperations(kernels: .fastest, pool: ThreadPool(threads: threads), workOfOneThread: 1)
    }

    @Test(arguments: cacheTypes)
    func randomShapesEqualTheReference(_ type: ElementType) {
        var generator = SeededGenerator(40)
        for _ in 0..<8 {
            let call = AttentionCase.random(&generator, type, deep: false)
            let views = call.views(rowsPerPage: 3)
            expectLikeReference(tolerance: 2e-6) { call.attended($0, views) }
        }
    }

    /// Q8_0 rows are multiplied as they are, with queries and weights in 8 bits: what rounding queries and sums of
    /// weights leaves is about 1 / 127 / √12 of their largest values, several times less of the result.
    @Test(arguments: [3, 64, 200])
    func storedRowsAreCloseToTheReference(_ rowsPerPage: Int) {
        var generator = SeededGenerator(47)
        for index in 0..<12 {
            let shared = generator.integer(1...3)
            let call = AttentionCase(
                &generator, .q8_0, n: generator.integer(1...20),
                first: generator.integer(0...(index % 3 == 0 ? 900 : 90)),
                heads: shared * generator.integer(1...7), shared: shared, keyWidth: 32 * generator.integer(1...6),
                valueWidth: 32 * generator.integer(1...4), latent: index % 2 == 0)
            let views = call.views(rowsPerPage: rowsPerPage)
            expectLikeReference(tolerance: 0.02, .eightBit) { call.attended($0, views) }
        }
    }

    /// Latents of caches that are not exact get one scale for 128 values, whatever they are kept in; one rounding more
    /// than for those that are 8 bits already.
    @Test(arguments: [ElementType.q8_0, .f16, .bf16], [1, 3, 40])
    func latentsAreCloseToTheReference(_ type: ElementType, _ n: Int) {
        var generator = SeededGenerator(49)
        for (first, width, valueWidth) in [(0, 576, 512), (301, 576, 512), (77, 160, 128), (700, 256, 256)] {
            var call = AttentionCase(
                &generator, type, n: n, first: first, heads: generator.integer(1...7), shared: 1, keyWidth: width,
                valueWidth: valueWidth, latent: true)
            call.scale = 1 / Float(width).squareRoot()
            for rowsPerPage in [5, 64] {
                let views = call.views(rowsPerPage: rowsPerPage)
                expectLikeReference(tolerance: 0.025, .eightBit) { call.attended($0, views) }
            }
        }
    }

    /// What a query gets depends neither on the queries beside it nor on rows that come later.
    @Test(arguments: [ElementType.q8_0, .f16, .bf16], [false, true])
    func storedRowsServeQueriesAlike(_ type: ElementType, isLatent: Bool) {
        var generator = SeededGenerator(48)
        let call = AttentionCase(
            &generator, type, n: 40, first: 290, heads: 8, shared: isLatent ? 1 : 2, keyWidth: isLatent ? 192 : 96,
            valueWidth: isLatent ? 128 : 64, latent: isLatent)
        let operations = CPUOperations(
            kernels: .fastest, pool: ThreadPool(threads: 2), workOfOneThread: 1, arithmetic: .eightBit)
        let views = call.views()
        let together = call.attended(operations, views).floats
        let width = together.count / 40
        for query in 0..<40 {
            let alone = call.attended(operations, views, query..<query + 1).floats
            #expect(alone.bits == Array(together[query * width..<(query + 1) * width]).bits)
        }
    }

    @Test(arguments: cacheTypes)
    func manyRowsEqualTheReference(_ type: ElementType) {
        var generator = SeededGenerator(41)
        for _ in 0..<3 {
            let call = AttentionCase.random(&generator, type, deep: true)
            let views = call.views()
            expectLikeReference(tolerance: 2e-6) { call.attended($0, views) }
        }
    }

    /// DeepSeek-V2-Lite's own sizes: absorbed, one row serves as key and, without its last values, as value.
    @Test(arguments: [ElementType.f32, .f16, .q8_0], [1, 3])
    func latentRows(_ type: ElementType, _ n: Int) {
        var generator = SeededGenerator(42)
        var call = AttentionCase(
            &generator, type, n: n, first: 300, heads: 16, shared: 1, keyWidth: 576, valueWidth: 512, latent: true)
        call.scale = 1 / Float(192).squareRoot()
        let views = call.views()
        expectLikeReference(tolerance: 2e-6) { call.attended($0, views) }
    }

    /// Rows a multiple of 1 KiB apart are copied before many queries look at them.
    @Test func rowsFarApart() {
        var generator = SeededGenerator(43)
        let call = AttentionCase(
            &generator, .f32, n: 20, first: 70, heads: 4, shared: 4, keyWidth: 192, valueWidth: 128)
        let views = call.views(rowsPerPage: 90)
        expectLikeReference(tolerance: 2e-6) { call.attended($0, views) }
    }

    @Test func noQueries() {
        var generator = SeededGenerator(44)
        let call = AttentionCase(
            &generator, .f32, n: 0, first: 3, heads: 2, shared: 1, keyWidth: 5, valueWidth: 4)
        #expect(call.attended(AttentionTests.operations(threads: 2), call.views()).shape == [0, 2, 4])
    }

    @Test func sharpScores() {
        var generator = SeededGenerator(45)
        let call = AttentionCase(
            &generator, .f32, n: 30, first: 0, heads: 2, shared: 1, keyWidth: 16, valueWidth: 16)
        let views = call.views()
        let sharp = call.query.floats.map { $0 * 3 }
        expectLikeReference(tolerance: 1e-4) {
            $0.attention(
                Tensor(sharp, shape: call.query.shape), keys: views.keys, values: views.values, scale: 5,
                firstPosition: 0)
        }
    }
}

// MARK: - What a result must not depend on

extension AttentionTests {
    /// Chunks of any length, and so the other queries of a call, leave a query's bits as they are.
    @Test(arguments: cacheTypes)
    func chunksDoNotMatter(_ type: ElementType) {
        var generator = SeededGenerator(46)
        for deep in [false, true, true] {
            let call = AttentionCase.random(&generator, type, deep: deep)
            let views = call.views()
            let whole = call.attended(AttentionTests.operations(threads: 2), views)
            let operations = AttentionTests.operations(threads: 3)
            var start = 0
            while start < call.query.shape[0] {
                let some = start..<min(start + generator.integer(1...7), call.query.shape[0])
                #expect(call.attended(operations, views, some).floats.bits == whole.slice(some).floats.bits)
                start = some.upperBound
            }
        }
    }

    @Test(arguments: cacheTypes)
    func pagesDoNotMatter(_ type: ElementType) {
        var generator = SeededGenerator(47)
        for deep in [false, true] {
            let call = AttentionCase.random(&generator, type, deep: deep)
            let operations = AttentionTests.operations(threads: 2)
            let expected = call.attended(operations, call.views(rowsPerPage: 64)).floats.bits
            for rowsPerPage in [1, 3, 50, 3000] {
                #expect(call.attended(operations, call.views(rowsPerPage: rowsPerPage)).floats.bits == expected)
            }
        }
    }

    /// Rows that a query does not look at may hold anything, even what 0 times is no number.
    @Test(arguments: [Float.infinity, .nan])
    func laterRowsDoNotMatter(_ spoiled: Float) {
        var generator = SeededGenerator(48)
        let call = AttentionCase(
            &generator, .f32, n: 9, first: 60, heads: 2, shared: 1, keyWidth: 20, valueWidth: 20)
        let operations = AttentionTests.operations(threads: 1)
        let expected = call.attended(operations, call.views()).slice(0..<5)
        let views = call.views()
        for rows in [views.keys, views.values] {
            rows.store(Tensor([Float](repeating: spoiled, count: 4 * 20), shape: [4, 20]), at: 65)
        }
        let found = call.attended(operations, views)
        #expect(found.slice(0..<5).floats.bits == expected.floats.bits)
        #expect(found.slice(5..<9).floats.allSatisfy { $0.isNaN })
    }
}
