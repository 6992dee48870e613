import Testing

@testable import Tensors

struct WeightTests {
    /// 140 × 270 codes: ragged blocks at both edges.
    private func recorded() throws -> (weight: Weight, values: [Float]) {
        let goldens = try Goldens("quantization/fp8")
        let codes = try #require(try tensor(goldens.bytes("weight.code"), .f8e4m3, [140, 270]))
        let scales = BlockScales(Tensor(try goldens.floats("weight.scale_inv"), shape: [2, 3]))
        return (Weight(codes, scales: scales), try goldens.floats("weight.dequantized"))
    }

    @Test func scaledRowsEqualTheReference() throws {
        let (weight, values) = try recorded()
        for row in 0..<140 { #expect(weight.row(row).bits == Array(values[row * 270..<(row + 1) * 270]).bits) }
    }

    @Test(arguments: [0..<140, 1..<2, 100..<130, 127..<129, 128..<140, 139..<140])
    func slicesKeepTheirScales(_ range: Range<Int>) throws {
        let (weight, values) = try recorded()
        let slice = weight.rows(range)
        #expect(slice.rows == range.count && slice.columns == 270)
        for row in 0..<slice.rows {
            let start = (range.lowerBound + row) * 270
            #expect(slice.row(row).bits == Array(values[start..<start + 270]).bits)
        }
    }

    @Test func slicesOfSlicesKeepTheirScales() throws {
        let (weight, values) = try recorded()
        let slice = weight.rows(50..<140).rows(60..<90)
        #expect(slice.row(20).bits == Array(values[130 * 270..<131 * 270]).bits)
    }

    @Test func rowsOfAQuantizedSlice() throws {
        let values = (0..<6 * 64).map { Float($0 % 127) }
        let weight = Weight(try #require(tensor(encoded(values, .q8_0), .q8_0, [6, 64])))
        #expect(weight.rows(2..<5).row(1).bits == weight.row(3).bits)
    }
}
