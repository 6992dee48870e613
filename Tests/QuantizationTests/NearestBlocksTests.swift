import Foundation
import TestSupport
import Testing

@testable import Quantization
@testable import Tensors

/// The plain quantizers, through the decoders, which are bit for bit the formats'.
struct NearestBlocksTests {
    /// A format's runs: values that share a scale, and how many codes a value has.
    struct Format: Sendable, CustomTestStringConvertible {
        let type: ElementType
        let run: Int
        let codes: Int
        /// Whether the codes reach from the run's least value to its greatest, or lie around zero.
        let isAffine: Bool

        var testDescription: String { type.rawValue }
    }

    static let formats = [
        Format(type: .q8_0, run: 32, codes: 255, isAffine: false),
        Format(type: .q4_0, run: 32, codes: 16, isAffine: false),
        Format(type: .q4_1, run: 32, codes: 16, isAffine: true),
        Format(type: .q5_0, run: 32, codes: 32, isAffine: false),
        Format(type: .q5_1, run: 32, codes: 32, isAffine: true),
        Format(type: .q2_k, run: 16, codes: 4, isAffine: true), Format(type: .q3_k, run: 16, codes: 8, isAffine: false),
        Format(type: .q4_k, run: 32, codes: 16, isAffine: true),
        Format(type: .q5_k, run: 32, codes: 32, isAffine: true),
        Format(type: .q6_k, run: 16, codes: 64, isAffine: false),
    ]

    /// Rounding to steps of s leaves errors spread evenly over ± s / 2, of root mean square s / √12. A fifth more is for
    /// scales that are whole numbers of few bits, and for what the one code fewer on one side of zero cuts off.
    @Test(arguments: formats)
    func errorIsThatOfTheSteps(_ format: Format) {
        let values = normals(64 * 256)
        let error = rootMeanSquare(zip(values, roundTrip(values, format.type)).map { $0 - $1 })
        let steps = stride(from: 0, to: values.count, by: format.run).map { start in
            let run = values[start..<start + format.run]
            let (least, most) = (run.min() ?? 0, run.max() ?? 0)
            return format.isAffine
                ? (most - least) / Float(format.codes - 1) : 2 * max(most, -least) / Float(format.codes)
        }
        let expected = rootMeanSquare(steps) / Float(12).squareRoot()
        #expect(error < 1.2 * expected && error > 0.8 * expected, "\(error) for \(expected)")
    }

    /// The levels of the IQ4 formats lie 10 to 24 apart where 127 is the run's largest value; an error is at most half of it,
    /// but beyond the last level, 113, where it may reach 14.
    @Test(arguments: [ElementType.iq4_nl, .iq4_xs])
    func errorIsThatOfTheLevels(_ type: ElementType) {
        let values = normals(64 * 256)
        let found = roundTrip(values, type)
        for start in stride(from: 0, to: values.count, by: 32) {
            let range = start..<start + 32
            let unit = (values[range].map(abs).max() ?? 0) / 127
            // A scale of six bits is off by a sixtieth at most where it is half of the block's.
            for index in range { #expect(abs(values[index] - found[index]) < 14 * unit + 127 * unit / 30) }
        }
        let error = rootMeanSquare(zip(values, found).map { $0 - $1 })
        #expect(error < 0.1 * rootMeanSquare(values))
    }

    /// What the formats' reference implementation makes of the same values.
    @Test(arguments: [ElementType.q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .f16, .bf16], ["normal", "edge"])
    func simpleFormatsEqualTheReference(_ type: ElementType, _ source: String) throws {
        let values = try Fixture.data("quant/src_\(source).f32").withUnsafeBytes { raw in
            (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
        }
        let expected = [UInt8](try Fixture.data("quant/\(type.rawValue.lowercased())_\(source).bin"))
        #expect(NearestBlocks.encoded(values, as: type) == expected)
    }

    @Test(arguments: ElementType.allCases.filter(NearestBlocks.canEncode))
    func constantsSurvive(_ type: ElementType) {
        for value: Float in [0, 1, -1, 0.5] {
            for found in roundTrip([Float](repeating: value, count: 256), type) {
                #expect(abs(found - value) <= abs(value) / 60, "\(type): \(found) for \(value)")
            }
        }
    }

    @Test func typesThatFilesAreMadeOfAreAllThere() {
        for type in FileType.allCases { #expect(NearestBlocks.canEncode(type.elementType)) }
        #expect(!NearestBlocks.canEncode(.iq2_xs) && !NearestBlocks.canEncode(.i32))
    }

    // MARK: Arithmetic

    private func normals(_ count: Int) -> [Float] {
        var numbers = NormalNumbers(seed: 5, name: "test")
        return numbers.next(count, deviation: 1 / 64)
    }

    private func roundTrip(_ values: [Float], _ type: ElementType) -> [Float] {
        NearestBlocks.encoded(values, as: type).withUnsafeBytes { source in
            [Float](unsafeUninitializedCapacity: values.count) { buffer, count in
                if let start = source.baseAddress {
                    decodeValues(start, type, into: .init(rebasing: buffer[..<values.count]))
                }
                count = values.count
            }
        }
    }

    private func rootMeanSquare(_ values: [Float]) -> Float {
        (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    }
}
