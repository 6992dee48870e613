import Testing

@testable import Tensors

/// Inputs of one call of expanded latent attention.
private struct ExpandedCase {
    let query: Tensor
    let latents: PagedRows
    let expansion: LatentExpansion
    let firstPosition: Int

    /// - Parameter keyOutputs: what a key has beside its rotary part of 32 values.
    init(
        _ generator: inout SeededGenerator, cache: ElementType, weights: ElementType, n: Int, first: Int, heads: Int,
        keyOutputs: Int, valueOutputs: Int
    ) throws {
        let (latentSize, rowsPerPage) = (512, 48)
        let width = latentSize + 32
        query = generator.tensor([n, heads, keyOutputs + 32], in: -2...2)
        let rowBytes = PagedRows.rowBytes(cache, values: width) ?? 0
        latents = PagedRows(
            pages: (0...(first + n) / rowsPerPage).map { _ in Storage(byteCount: rowsPerPage * rowBytes) },
            byteOffset: 0,
            rowsPerPage: rowsPerPage, elementType: cache, heads: 1, headStride: width, width: width)
        latents.store(generator.tensor([first + n, 1, width]), at: 0)
        // Keys are stored the other way around where their width allows it, as GGUF files have them.
        let turns = keyOutputs == latentSize
        let matrices = { (generator: inout SeededGenerator, outputs: Int) in
            try (0..<heads).map { _ in try generator.weight(weights, rows: outputs, columns: latentSize) }
        }
        expansion = LatentExpansion(
            keys: HeadwiseWeight(try matrices(&generator, keyOutputs), turns ? .inputsByOutputs : .outputsByInputs),
            values: HeadwiseWeight(try matrices(&generator, valueOutputs), .outputsByInputs))
        firstPosition = first
    }

    func attended(_ operations: any Operations, _ some: Range<Int>? = nil) -> Tensor {
        let some = some ?? 0..<query.shape[0]
        // Keys are about 200 large, scores then about 1: were they larger, one row would take all the weight, and another one after rounding.
        let scale = 1 / (250 * Float(query.shape[2]).squareRoot())
        return operations.expandedAttention(
            query.slice(some), latents, expansion, scale: scale, firstPosition: firstPosition + some.lowerBound)
    }
}

struct ExpandedAttentionTests {
    /// Exact arithmetic decodes everything, whatever is stored.
    @Test(arguments: [ElementType.f32, .f16, .q8_0], [ElementType.f32, .q8_0, .q4_k])
    func equalsTheReference(_ cache: ElementType, _ weights: ElementType) throws {
        var generator = SeededGenerator(300)
        for _ in 0..<3 {
            let call = try ExpandedCase(
                &generator, cache: cache, weights: weights, n: generator.integer(1...20),
                first: generator.integer(0...100), heads: generator.integer(1...5),
                keyOutputs: generator.integer(0...1) == 0 ? 512 : 50, valueOutputs: generator.integer(1...70))
            expectLikeReference(tolerance: 2e-5) { call.attended($0) }
        }
    }

    /// In 8 bits, all forms and any number of threads give the same bits, near those of the reference.
    @Test(arguments: [ElementType.q8_0, .f16, .bf16], [ElementType.q8_0, .q5_0, .q4_k, .q6_k, .bf16])
    func roundedIsClose(_ cache: ElementType, _ weights: ElementType) throws {
        var generator = SeededGenerator(301)
        for (n, first) in [(1, 0), (70, 0), (130, 3), (9, 500), (3, 255), (2, 256)] {
            let call = try ExpandedCase(
                &generator, cache: cache, weights: weights, n: n, first: first, heads: generator.integer(1...6),
                keyOutputs: n == 130 ? 512 : 32 * generator.integer(1...3),
                valueOutputs: 32 * generator.integer(1...4))
            // Latents in Q8_0 are multiplied as they are; others are rounded once more.
            expectLikeReference(tolerance: cache == .q8_0 ? 0.02 : 0.025, .eightBit) { call.attended($0) }
        }
    }

    /// A lone row gets its own values: sums of products of which both factors are rounded, some of which nearly cancel. So
    /// each may be as far off as the roundings together permit.
    @Test(arguments: [ElementType.q8_0, .q5_0, .q4_k, .q6_k])
    func loneRowsAreCloseAsRoundingPermits(_ weights: ElementType) throws {
        var generator = SeededGenerator(305)
        let call = try ExpandedCase(
            &generator, cache: .q8_0, weights: weights, n: 1, first: 0, heads: 3, keyOutputs: 64, valueOutputs: 96)
        let found = call.attended(
            CPUOperations(kernels: .fastest, pool: ThreadPool(threads: 2), arithmetic: .eightBit)
        ).floats
        let latent = Array(call.latents.decoded(0..<1).floats.prefix(512))
        for (index, found) in found.enumerated() {
            let row = call.expansion.values.heads[index / 96].row(index % 96)
            let exact = zip(row, latent).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            // The sum itself is rounded last, beside others at most twice as large for their size.
            let size = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let last = 4 * 4 * Double(size) / 254
            #expect(abs(Double(found) - exact) <= mostError(row, latent) + last)
        }
    }

    /// How far off Σ a · b may be if both are rounded to 254 steps between the largest magnitudes of every 32.
    private func mostError(_ a: [Float], _ b: [Float]) -> Double {
        stride(from: 0, to: a.count, by: 32).reduce(0) { sum, first in
            let (a, b) = (a[first..<first + 32].map { Double(abs($0)) }, b[first..<first + 32].map { Double(abs($0)) })
            let (stepOfA, stepOfB) = ((a.max() ?? 0) / 254, (b.max() ?? 0) / 254)
            return sum + zip(a, b).reduce(0) { $0 + $1.0 * stepOfB + $1.1 * stepOfA + stepOfA * stepOfB }
        }
    }

    /// Widths that are no whole blocks go another way.
    @Test func oddWidths() throws {
        var generator = SeededGenerator(302)
        let call = try ExpandedCase(
            &generator, cache: .q8_0, weights: .q8_0, n: 7, first: 90, heads: 3, keyOutputs: 32,
            valueOutputs: 45)
        expectLikeReference(tolerance: 0.02, .eightBit) { call.attended($0) }
    }

    /// Heads that do not fit the memory for expanded rows come one after another, and give the same.
    @Test func headsInGroups() throws {
        var generator = SeededGenerator(303)
        let call = try ExpandedCase(
            &generator, cache: .q8_0, weights: .q8_0, n: 20, first: 100, heads: 7, keyOutputs: 64, valueOutputs: 32)
        let operations = { (budget: Int) in
            CPUOperations(
                kernels: .fastest, pool: ThreadPool(threads: 2), workOfOneThread: 1, arithmetic: .eightBit,
                expansionBudget: budget)
        }
        let together = call.attended(operations(1 << 30)).floats.bits
        #expect(call.attended(operations(1)).floats.bits == together)
        #expect(call.attended(operations(60_000)).floats.bits == together)
    }

    /// What a query gets depends neither on the queries beside it nor on rows that come later.
    @Test func queriesAreServedAlike() throws {
        var generator = SeededGenerator(304)
        let call = try ExpandedCase(
            &generator, cache: .q8_0, weights: .q4_k, n: 40, first: 290, heads: 4, keyOutputs: 512,
            valueOutputs: 64)
        let operations = CPUOperations(
            kernels: .fastest, pool: ThreadPool(threads: 2), workOfOneThread: 1, arithmetic: .eightBit)
        let together = call.attended(operations).floats
        let width = together.count / 40
        for query in 0..<40 {
            let alone = call.attended(operations, query..<query + 1).floats
            #expect(alone.bits == Array(together[query * width..<(query + 1) * width]).bits)
        }
    }
}
