import Foundation
import TestSupport
import Testing

@testable import Tensors

struct BlockEncodingTests {
    /// Types that rows can be written in and ggml has.
    static let types = ElementType.allCases.filter { $0.isEncodable && $0 != .f32 && $0 != .f8e4m3 }

    @Test(arguments: ["normal", "edge"], types)
    func encodesAsTheReference(_ source: String, _ type: ElementType) throws {
        let values = floatValues([UInt8](try Fixture.data("quant/src_\(source).f32")))
        let expected = [UInt8](try Fixture.data("quant/\(type.rawValue.lowercased())_\(source).bin"))
        // What cannot be written without importance was recorded with that of all columns alike.
        let importance = [Float](repeating: 1, count: 256)
        let found = type.encoded(values, importance: type.needsImportance ? importance : nil, width: 256)
        if type == .iq3_s { return expectBlocksOfIQ3S(found, values, expected) }
        #expect(found == expected)
    }

    /// ggml's encoder of IQ3_S loses its place behind a run of zeros: the points of later runs go where decoders look for
    /// those of earlier ones. Such blocks are better here; all others are equal.
    private func expectBlocksOfIQ3S(_ found: [UInt8], _ values: [Float], _ expected: [UInt8]) {
        for block in 0..<values.count / 256 {
            let bytes = 110 * block..<110 * (block + 1)
            guard found[bytes] != expected[bytes] else { continue }
            let source = Array(values[256 * block..<256 * (block + 1)])
            let zeros = stride(from: 0, to: 256, by: 32).map { source[$0..<$0 + 32].allSatisfy { $0 == 0 } }
            #expect(zeros.contains(true) && zeros.drop { !$0 }.contains(false))
            let error = { (bytes: [UInt8]) in
                zip(source, decoded(bytes, .iq3_s, count: 256)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            }
            #expect(error(Array(found[bytes])) < 0.5 * error(Array(expected[bytes])))
        }
    }

    /// Rows share the importance of their columns.
    @Test(arguments: types.filter { $0.valuesPerBlock > 1 && $0 != .q8_0 })
    func encodesAsTheReferenceByImportance(_ type: ElementType) throws {
        let values = floatValues([UInt8](try Fixture.data("quant/src_normal.f32")))
        let importance = floatValues([UInt8](try Fixture.data("quant/normal.importance.f32")))
        let expected = [UInt8](try Fixture.data("quant/\(type.rawValue.lowercased())_normal.importance.bin"))
        #expect(type.encoded(values, importance: importance, width: importance.count) == expected)
        let others = importance.reversed().map(\.self)
        #expect(type.encoded(values, importance: others, width: others.count) != expected)
    }

    @Test(arguments: FloatKernels.available.map(\.form), types)
    func formsAreEqual(_ form: FloatKernels.Form, _ type: ElementType) throws {
        let values = floatValues([UInt8](try Fixture.data("quant/src_edge.f32")))
        let importance = type.needsImportance ? [Float](repeating: 1, count: 256) : nil
        let expected = type.encoded(values, importance: importance, width: 256)
        let encoder = try #require(RowEncoder(type, form: form))
        let found = [UInt8](unsafeUninitializedCapacity: expected.count) { buffer, count in
            if let target = UnsafeMutableRawPointer(buffer.baseAddress) {
                values.withUnsafeBufferPointer { values in
                    guard let importance else { return encoder.encode(values, width: 256, to: target) }
                    importance.withUnsafeBufferPointer {
                        encoder.encode(values, importance: $0, width: 256, to: target)
                    }
                }
            }
            count = expected.count
        }
        #expect(found == expected)
    }

    /// Grids have few points, and perhaps none with equal values.
    @Test(arguments: types.filter { EncodingGrid.of($0) == nil })
    func constantsSurvive(_ type: ElementType) {
        for value: Float in [0, 1, -1, 0.5] {
            let values = [Float](repeating: value, count: 256)
            for found in decoded(type.encoded(values), type, count: 256) {
                #expect(abs(found - value) <= abs(value) / 60, "\(type): \(found) for \(value)")
            }
        }
    }

    /// Runs of zeros move nothing: each run's points stay where decoders look for them.
    @Test(arguments: types.filter { EncodingGrid.of($0) != nil })
    func zerosStayInTheirPlace(_ type: ElementType) {
        var generator = SeededGenerator(70)
        let importance = [Float](repeating: 1, count: 256)
        var values = generator.floats(256, in: -1...1)
        for index in values.indices where index / 32 % 2 == 0 { values[index] = 0 }
        let found = decoded(type.encoded(values, importance: importance, width: 256), type, count: 256)
        let error = zip(values, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(error < 0.6 * values.reduce(0) { $0 + $1 * $1 })
    }

    @Test func noRows() {
        for type in BlockEncodingTests.types { #expect(type.encoded([], width: 256).isEmpty) }
    }

    @Test func encodesQ8_0AsGGUFsPython() throws {
        let goldens = try Goldens("quantization/gguf_blocks")
        let found = encoded(try goldens.floats("encode.input"), .q8_0)
        #expect(try found == goldens.bytes("Q8_0.encoded"))
    }

    @Test func encodesFloat8AsTorch() throws {
        let goldens = try Goldens("quantization/fp8")
        let inputs = try goldens.floats("encode.input")
        let (found, expected) = (encoded(inputs, .f8e4m3), try goldens.bytes("encode.code"))
        for index in inputs.indices {
            #expect(found[index] == expected[index], "\(inputs[index])")
        }
    }

    /// Every code comes back, and so does the rounding of what lies between two codes.
    @Test func halvesEqualTheHardwares() {
        var values = (0...UInt16.max).map { Float(Float16(bitPattern: $0)) }
        values += zip(values, values.dropFirst()).map { ($0 + $1) / 2 }
        values += values.map(\.nextUp) + values.map(\.nextDown)
        values += [65519.996, 65520, 65536, 1e30, .infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-20]
        let codes = halfCodes(encoded(values, .f16))
        for (value, code) in zip(values, codes) {
            let expected = Float16(value)
            let found = Float16(bitPattern: code)
            #expect(value.isNaN ? found.isNaN : code == expected.bitPattern, "\(value)")
        }
    }

    @Test func bfloatsRoundToNearestEven() {
        var generator = SeededGenerator(3)
        var values = (0..<20_000).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)) }
        values += (0...UInt16.max).map { Float(bitPattern: UInt32($0) << 16 | 0x8000) }
        for (value, code) in zip(values, halfCodes(encoded(values, .bf16))) {
            #expect(code == nearestBfloat(value), "\(value) \(value.bitPattern)")
        }
    }

    @Test func rowsOfInfinitiesDoNotTrap() {
        let row = [Float](repeating: 1, count: 30) + [.infinity, .nan]
        #expect(encoded(row, .q8_0).count == 34)
        let tiny = [Float](repeating: .leastNonzeroMagnitude, count: 32)
        #expect(decoded(encoded(tiny, .q8_0), .q8_0, count: 32) == [Float](repeating: 0, count: 32))
    }
}

private func halfCodes(_ bytes: [UInt8]) -> [UInt16] {
    stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
}

/// The nearest of the two neighbours, by exact differences in f64; NaN stays NaN with its sign.
private func nearestBfloat(_ value: Float) -> UInt16 {
    let low = UInt16(value.bitPattern >> 16)
    guard !value.isNaN else { return low | 0x40 }
    guard value.isFinite else { return low }
    let high = low + 1
    let below = Double(Float(bitPattern: UInt32(low) << 16))
    // Beyond the largest finite value the next step counts as if exponents went on.
    let step = Double(Float(bitPattern: UInt32(low & 0x7F80) << 16)) / 128
    let unit = step == 0 ? Double(Float(bitPattern: 0x10000)) : step
    let distance = abs(Double(value)) - abs(below)
    if distance * 2 == unit { return low % 2 == 0 ? low : high }
    return distance * 2 < unit ? low : high
}
