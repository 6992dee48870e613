import Foundation
import TestSupport
import Testing

@testable import Tensors

/// The formats' numbers, and what is rounded to them, against tables that are derived here and against recorded references.
@Suite struct TileRoundingTests {
    /// A format as its definition says: the magnitudes of all codes in ascending order.
    struct Format: Sendable, CustomTestStringConvertible {
        let format: TileFormat
        let mantissaBits: Int
        let leastExponent: Int
        let exponents: Int
        let largest: Double

        var testDescription: String { "\(format)" }

        var magnitudes: [Double] {
            let steps = 1 << mantissaBits
            return (0..<exponents).flatMap { exponent in
                (0..<steps).map { mantissa in
                    let whole = exponent == 0 ? mantissa : steps + mantissa
                    return Double(whole) * pow(2, Double(leastExponent + max(exponent, 1) - 1 - mantissaBits))
                }
            }.filter { $0 <= largest }
        }
    }

    static let formats = [
        Format(format: .e4m3, mantissaBits: 3, leastExponent: -6, exponents: 16, largest: 448),
        Format(format: .e5m6, mantissaBits: 6, leastExponent: -14, exponents: 31, largest: 65024),
    ]

    private let pool = ThreadPool(threads: 2)

    /// What becomes of values in tiles whose scale is 1, since each holds the format's largest number.
    private func rounded(_ values: [Float], _ format: TileFormat) -> [Float] {
        let each = 100
        var tiles: [Float] = []
        for start in stride(from: 0, to: values.count, by: each) {
            let some = Array(values[start..<min(start + each, values.count)])
            tiles += [format.limit] + some + Array(repeating: 0, count: each - some.count)
        }
        let x = Tensor(tiles, shape: Shape(tiles.count / (each + 1), each + 1))
        let found = x.remembered(in: format, .exact, pool: pool).floats
        return values.indices.map { found[$0 / each * (each + 1) + 1 + $0 % each] }
    }

    @Test(arguments: formats) func nearestAndTiesToEven(_ format: Format) {
        let table = format.magnitudes
        #expect(table.count == (format.format == .e4m3 ? 127 : 31 * 64))
        #expect(table.last == Double(format.format.limit))
        var (probes, expected): ([Float], [Float]) = (table.map { Float($0) }, table.map { Float($0) })
        for (code, (low, high)) in zip(table, table.dropFirst()).enumerated() {
            let middle = Float((low + high) / 2)
            probes += [middle.nextDown, middle, middle.nextUp]
            expected += [Float(low), Float(code % 2 == 0 ? low : high), Float(high)]
        }
        #expect(rounded(probes, format.format).bits == expected.bits)
        #expect(rounded(probes.map { -$0 }, format.format).bits == expected.map { -$0 }.bits)
    }

    @Test func e4m3IsTheStoredFormat() throws {
        let golden = try Goldens("quantization/fp8")
        let inputs = try golden.floats("encode.input")
        let codes = decoded(try golden.bytes("encode.code"), .f8e4m3, count: inputs.count)
        let places = inputs.indices.filter { abs(inputs[$0]) <= 448 }
        #expect(places.count > 900)
        #expect(rounded(places.map { inputs[$0] }, .e4m3).bits == places.map { codes[$0] }.bits)
    }

    @Test(arguments: ["normal", "edge"]) func bf16IsTheStoredFormat(_ source: String) throws {
        let values = floatValues([UInt8](try Fixture.data("quant/src_\(source).f32")))
        let expected = floatValues([UInt8](try Fixture.data("quant/bf16_\(source).deq.f32")))
        #expect(Tensor(values, shape: [values.count]).roundedToBF16(pool: pool).floats.bits == expected.bits)
    }

    @Test func bf16OfAnyBits() {
        var generator = SeededGenerator(3)
        let values = (0..<20_000).map { _ in Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator)) }
        let expected = decoded(encoded(values, .bf16), .bf16, count: values.count)
        let found = Tensor(values, shape: [values.count]).roundedToBF16(pool: pool).floats
        for (found, expected) in zip(found, expected) {
            #expect(found.bitPattern == expected.bitPattern || found.isNaN && expected.isNaN)
        }
    }

    // MARK: Scales

    @Test(arguments: [false, true]) func activationsAreThoseOfTheReference(_ powers: Bool) throws {
        let golden = try Goldens("quantization/fp8")
        let name = powers ? "activation_ue8m0" : "activation"
        let x = Tensor(try golden.floats("activation.input"), shape: [5, 384])
        let tiles = RowTiles(x, powers ? .powerOfTwo : .exact, pool: pool)
        let codes = decoded(try golden.bytes(name + ".code"), .f8e4m3, count: 5 * 384)
        let scales = try golden.floats(name + ".scale")
        // The reference counts 1e-4 as the least amplitude, here 1e-12, which gradients need.
        let least: Float = powers ? 0x1p-22 : 1e-4 / 448
        for row in 0..<5 {
            for block in 0..<3 where scales[row * 3 + block] > least {
                #expect(tiles.scales.floats[block * 5 + row] == scales[row * 3 + block])
                let expected = codes[row * 384 + block * 128..<row * 384 + (block + 1) * 128]
                #expect(Array(tiles.codes[block].floats[row * 128..<(row + 1) * 128]).bits == Array(expected).bits)
            }
        }
    }

    @Test func weightsAreThoseOfTheReference() throws {
        let golden = try Goldens("quantization/fp8")
        let weight = Weight(Tensor(try golden.floats("weight.input"), shape: [140, 270]))
        let codes = decoded(try golden.bytes("weight.code"), .f8e4m3, count: 140 * 270)
        let scales = try golden.floats("weight.scale_inv")
        let byRows = BlockedWeight([weight], .rows, pool: pool)
        #expect((0..<2).flatMap { byRows.band($0).tensor.floats }.bits == codes.bits)
        #expect((0..<2).flatMap { byRows.scales(ofBand: $0) } == scales)
        let byColumns = BlockedWeight([weight], .columnBlocks, pool: pool)
        for (block, width) in [128, 128, 14].enumerated() {
            var expected: [Float] = []
            for row in 0..<140 {
                let start = row * 270 + block * 128
                expected += codes[start..<start + width]
            }
            #expect(byColumns.columnBlock(block).tensor.floats.bits == expected.bits)
            #expect(byColumns.scales(ofColumnBlock: block) == [scales[block], scales[3 + block]])
        }
    }

    @Test func columnTilesAreRowTilesOfTheTranspose() {
        var generator = SeededGenerator(8)
        let x = generator.tensor([300, 150])
        let columns = ColumnTiles(x, .exact, pool: pool)
        let rows = RowTiles(x.transposed(), .exact, pool: pool)
        #expect(columns.scales.floats == rows.scales.floats)
        for (column, row) in zip(columns.codes, rows.codes) {
            #expect(column.floats.bits == row.transposed().floats.bits)
        }
    }

    static let amplitudes: [(Float, Float)] = [
        (448, 1), (449, 2), (224, 0.5), (0, 0x1p-48), (1e-13, 0x1p-48), (3e38, 0x1p120),
    ]

    @Test(arguments: amplitudes) func powersOfTwoAreNotSmaller(_ amplitude: Float, _ scale: Float) {
        #expect(ScaleRule.powerOfTwo.scale(ofAmplitude: amplitude) == scale)
    }

    @Test(arguments: [Float.nan, .infinity]) func whatIsNoNumberIsNotHidden(_ value: Float) {
        var values = [Float](repeating: 1, count: 200)
        values[130] = value
        let x = Tensor(values, shape: [1, 200])
        for rule in [ScaleRule.exact, .powerOfTwo] {
            #expect(ScaleRule.exact.scale(ofAmplitude: value).isFinite == false)
            let kept = x.remembered(in: .e4m3, rule, pool: pool).floats
            #expect(kept[..<128].allSatisfy { $0 == 1 } && kept[130].isNaN)
            #expect(ColumnTiles(x, rule, pool: pool).codes[0].floats[130].isNaN)
        }
    }
}
