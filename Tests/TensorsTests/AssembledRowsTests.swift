import Testing

@testable import Tensors

struct AssembledRowsTests {
    private let pool = ThreadPool(threads: 2)

    /// A matrix of whole numbers, each told by its place.
    private func matrix(_ rows: Int, _ columns: Int, from first: Int = 0) -> Tensor {
        Tensor((0..<rows * columns).map { Float(first + $0) }, shape: [rows, columns])
    }

    private func floats(_ rows: AssembledRows, _ range: Range<Int>? = nil) throws -> [Float] {
        floatValues(try rows.encoded(range ?? 0..<rows.count, as: .f32, pool: pool))
    }

    private func part(_ tensor: Tensor, _ order: AssembledRows.Part.Order = .stored) -> AssembledRows.Part {
        .init(Weight(tensor), order)
    }

    @Test func rowsOfSeveralPartsFollowEachOther() throws {
        let rows = AssembledRows([
            part(matrix(3, 4)), part(matrix(1, 4, from: 100)), part(matrix(4, 2, from: 200), .transposed),
        ])
        #expect(rows.count == 6 && rows.width == 4)
        let all = try floats(rows)
        #expect(all.prefix(12) == matrix(3, 4).floats[...])
        #expect(all[12..<16] == [100, 101, 102, 103] && all[16...] == [200, 202, 204, 206, 201, 203, 205, 207])
        for first in 0...6 {
            for end in first...6 { #expect(try floats(rows, first..<end) == Array(all[4 * first..<4 * end])) }
        }
    }

    /// Two heads of four rows: [a b | c d] becomes [a c b d].
    @Test func interleavingAndSeparatingAreInverse() throws {
        let original = matrix(8, 2)
        let turned = AssembledRows([part(original, .interleaved(headSize: 4))])
        let values = try floats(turned)
        #expect(values == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15])
        let back = AssembledRows([part(Tensor(values, shape: [8, 2]), .separated(headSize: 4))])
        #expect(try floats(back) == original.floats)
        #expect(try floats(back, 3..<7) == Array(original.floats[6..<14]))
    }

    /// By way of f32 or as bytes, the same.
    @Test(arguments: [ElementType.f16, .bf16, .q8_0])
    func storedBytesAreCopied(_ type: ElementType) throws {
        var numbers = SeededGenerator(3)
        let values = numbers.floats(64 * 32)
        let bytes = type.encoded(values, width: 32)
        let stored = try #require(tensor(bytes, type, [64, 32]))
        let rows = AssembledRows([part(stored, .interleaved(headSize: 8))])
        let found = try rows.encoded(5..<60, as: type, pool: pool)
        let plain = AssembledRows(stored.decoded())
        #expect(try plain.encoded(0..<64, as: type, pool: pool) == bytes)
        let rowBytes = stored.rowBytes
        for (place, row) in (5..<60).enumerated() {
            let origin = row / 8 * 8 + row % 2 * 4 + row % 8 / 2
            let expected = bytes[origin * rowBytes..<(origin + 1) * rowBytes]
            #expect(found[place * rowBytes..<(place + 1) * rowBytes] == expected)
        }
    }

    /// 140 × 270 values, so that blocks at both edges are smaller, one of them zeros: DeepSeek's scheme in PyTorch.
    @Test func blocksOfFP8AreTheReferences() throws {
        let goldens = try Goldens("quantization/fp8")
        let rows = AssembledRows(Tensor(try goldens.floats("weight.input"), shape: [140, 270]))
        let found = try rows.encodedInBlocks(0..<140, pool: pool)
        #expect(try found.codes == goldens.bytes("weight.code"))
        #expect(try found.scales == goldens.floats("weight.scale_inv"))
        let first = try rows.encodedInBlocks(0..<128, pool: pool)
        let rest = try rows.encodedInBlocks(128..<140, pool: pool)
        #expect(first.codes + rest.codes == found.codes && first.scales + rest.scales == found.scales)
    }

    /// What FP8 values and their scales stand for, of any rows.
    @Test func scalesOfFP8AreApplied() throws {
        let goldens = try Goldens("quantization/fp8")
        let codes = try #require(tensor(goldens.bytes("weight.code"), .f8e4m3, [140, 270]))
        let scales = BlockScales(Tensor(try goldens.floats("weight.scale_inv"), shape: [2, 3]))
        let weight = Weight(codes, scales: scales)
        let expected = try goldens.floats("weight.dequantized")
        #expect(try floats(AssembledRows([.init(weight)])) == expected)
        let late = AssembledRows([.init(weight.rows(100..<140))])
        #expect(try floats(late, 20..<40) == Array(expected[120 * 270..<140 * 270]))
        let columns = try floats(AssembledRows([.init(weight.rows(120..<140), .transposed)]))
        #expect(columns == (0..<270).flatMap { column in (120..<140).map { expected[$0 * 270 + column] } })
        #expect(AssembledRows([.init(weight)]).storedScales != nil && late.storedScales == nil)
    }

    @Test(arguments: [Float.infinity, -.infinity, .nan])
    func valuesWithoutAScaleAreRefused(_ value: Float) {
        var values = [Float](repeating: 1, count: 200 * 130)
        values[150 * 130 + 129] = value
        let rows = AssembledRows(Tensor(values, shape: [200, 130]))
        #expect(throws: NotFinite.self) { try rows.encodedInBlocks(0..<200, pool: pool) }
    }
}
