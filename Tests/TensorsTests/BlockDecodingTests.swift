import Foundation
import TestSupport
import Testing

@testable import Tensors

struct QuantizedFixture: Decodable, Sendable, CustomTestStringConvertible {
    struct File: Decodable, Sendable {
        let file: String
        let bytes: Int
    }

    let name: String
    let type: String
    let shape: [Int]
    let block_size: Int
    let block_bytes: Int
    let quantized: File
    let dequantized: File

    var testDescription: String { name }

    private struct Manifest: Decodable { let tensors: [QuantizedFixture] }

    static let all = (try? JSONDecoder().decode(Manifest.self, from: Fixture.data("quant/manifest.json")).tensors) ?? []
}

struct BlockDecodingTests {
    @Test func everyQuantizedTypeIsRecorded() {
        #expect(QuantizedFixture.all.count == 42)
        let real = Set(ElementType.allCases.filter(\.isReal)).subtracting([.f64, .f32, .f8e4m3])
        #expect(Set(QuantizedFixture.all.compactMap { ElementType(rawValue: $0.type) }) == real)
    }

    /// ggml's own dequantization, bit for bit, through every way into the decoder.
    @Test(arguments: QuantizedFixture.all)
    func decodesAsTheReference(_ fixture: QuantizedFixture) throws {
        let type = try #require(ElementType(rawValue: fixture.type))
        let shape = try #require(Shape(checking: fixture.shape))
        let bytes = [UInt8](try Fixture.data("quant/" + fixture.quantized.file))
        let expected = floatValues([UInt8](try Fixture.data("quant/" + fixture.dequantized.file)))
        #expect(type.valuesPerBlock == fixture.block_size && type.bytesPerBlock == fixture.block_bytes)
        // An odd offset: blocks in a file need not be aligned.
        let quantized = try #require(tensor(bytes, type, shape, offset: 3))
        #expect(quantized.byteCount == bytes.count)
        #expect(quantized.decoded().floats.bits == expected.bits)
        let weight = Weight(quantized)
        #expect((0..<weight.rows).flatMap(weight.row).bits == expected.bits)
    }

    /// gguf-py's dequantization of random block bytes: every bit pattern of scales and signs, not only a quantizer's.
    @Test(arguments: ElementType.allCases.filter { $0.valuesPerBlock > 1 })
    func decodesRandomBlocks(_ type: ElementType) throws {
        let goldens = try Goldens("quantization/gguf_blocks")
        let bytes = try goldens.bytes("\(type.rawValue).bytes")
        let expected = try goldens.floats("\(type.rawValue).values")
        #expect(expected.count == 8 * type.valuesPerBlock)
        #expect(decoded(bytes, type, count: expected.count).bits == expected.bits)
    }

    @Test func halfCodesEqualTheHardwares() {
        let codes = (0...UInt16.max).map { $0 }
        let values = decoded(codes.flatMap(littleEndian), .f16, count: codes.count)
        for (code, value) in zip(codes, values) {
            let expected = Float(Float16(bitPattern: code))
            #expect(value.isNaN ? expected.isNaN : value.bitPattern == expected.bitPattern, "code \(code)")
        }
        #expect(values.filter(\.isNaN).count == 2 * 1023)
    }

    @Test func bfloatCodesAreTheUpperHalf() {
        let codes = (0...UInt16.max).map { $0 }
        let values = decoded(codes.flatMap(littleEndian), .bf16, count: codes.count)
        #expect(values.bits == codes.map { UInt32($0) << 16 })
    }

    @Test func float8CodesEqualTheFormulaAndTorch() throws {
        let codes = (0...UInt8.max).map { $0 }
        let values = decoded(codes, .f8e4m3, count: 256)
        let torch = try Goldens("quantization/fp8").floats("decode")
        for code in codes.indices {
            #expect(values[code].isNaN == (code & 0x7F == 0x7F) && torch[code].isNaN == values[code].isNaN)
            guard !values[code].isNaN else { continue }
            let (exponent, mantissa) = (code >> 3 & 15, Double(code & 7) / 8)
            let size = exponent == 0 ? mantissa * exp2(-6) : (1 + mantissa) * exp2(Double(exponent) - 7)
            let expected = Float(code < 128 ? size : -size)
            #expect(values[code].bitPattern == expected.bitPattern && torch[code].bitPattern == expected.bitPattern)
        }
    }

    @Test func doublesAreRounded() {
        let values: [Double] = [0, -0.0, 1.0 / 3, 1e300, -1e300, .leastNonzeroMagnitude, .infinity, .nan, 16_777_217]
        let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        let found = decoded(bytes, .f64, count: values.count)
        for (value, result) in zip(values, found) {
            #expect(value.isNaN ? result.isNaN : result.bitPattern == Float(value).bitPattern)
        }
    }

    @Test func emptyRowsAreFine() throws {
        for type in ElementType.allCases where type.isReal {
            #expect(try #require(tensor([], type, Shape(0, 256))).decoded().floats.isEmpty)
            #expect(try #require(tensor([], type, Shape(3, 0))).decoded().floats.isEmpty)
        }
    }
}

func littleEndian(_ code: UInt16) -> [UInt8] { [UInt8(code & 255), UInt8(code >> 8)] }
