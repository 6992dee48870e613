import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Runs `operation` with every form of the kernels on 1, 2, 3 and 5 threads: all must give the same bits, and be within
/// `tolerance` (‖a − b‖ / ‖b‖) of the reference; 0 means equal bits.
func expectLikeReference(
    tolerance: Double, _ arithmetic: Arithmetic = .exact, sourceLocation: SourceLocation = #_sourceLocation,
    _ operation: (any Operations) -> Tensor
) {
    // Pools of this check's own: a pool that another test keeps busy would not share the loop out.
    let pools = [1, 2, 3, 5].map { ThreadPool(threads: $0) }
    let expected = operation(ReferenceOperations())
    var first: Tensor?
    for kernels in FloatKernels.available {
        for pool in pools {
            let found = operation(
                CPUOperations(kernels: kernels, pool: pool, workOfOneThread: 1, arithmetic: arithmetic))
            let name = Comment(rawValue: "\(kernels.form.rawValue), \(pool.threads) threads")
            #expect(found.shape == expected.shape, name, sourceLocation: sourceLocation)
            if let first {
                #expect(found.floats.bits == first.floats.bits, name, sourceLocation: sourceLocation)
            }
            first = first ?? found
        }
    }
    guard let first else { return }
    if tolerance == 0 {
        #expect(first.floats.bits == expected.floats.bits, sourceLocation: sourceLocation)
    } else {
        #expect(distance(first.floats, expected.floats) <= tolerance, sourceLocation: sourceLocation)
    }
}

/// ‖a − b‖ / ‖b‖; infinite if anything is no number.
func distance(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    let difference = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    let size = b.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard difference.isFinite else { return .infinity }
    return size == 0 ? difference.squareRoot() : (difference / size).squareRoot()
}

extension SeededGenerator {
    mutating func integer(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func tensor(_ shape: Shape, in range: ClosedRange<Float> = -1...1) -> Tensor {
        Tensor(floats(shape.count, in: range), shape: shape)
    }

    /// `count` indices below `limit`.
    mutating func indices(_ count: Int, below limit: Int) -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<Int32(limit), using: &self) }
    }

    /// A matrix of any real type: 512 columns of recorded blocks, or of random numbers where none are recorded.
    mutating func weight(_ type: ElementType, rows: Int, columns: Int = 512) throws -> Weight {
        let shape = Shape(rows, columns)
        switch type {
        case .f64:
            let bytes = floats(shape.count).flatMap { value in
                withUnsafeBytes(of: Double(value).bitPattern.littleEndian) { Array($0) }
            }
            return Weight(try #require(tensorOfBytes(bytes, type, shape)))
        case .f32, .f16, .bf16:
            return Weight(try #require(tensorOfBytes(encoded(floats(shape.count), type), type, shape)))
        case .f8e4m3:
            let codes = try #require(tensorOfBytes(encoded(floats(shape.count), type), type, shape))
            let blocks = Shape((rows + 127) / 128, (columns + 127) / 128)
            return Weight(codes, scales: BlockScales(tensor(blocks, in: 0.5...2)))
        default:
            return try recordedWeight(type, rows: rows)
        }
    }

    private mutating func recordedWeight(_ type: ElementType, rows: Int) throws -> Weight {
        let bytes = [UInt8](try Fixture.data("quant/\(type.rawValue.lowercased())_normal.bin"))
        let rowBytes = bytes.count / 8
        let chosen = indices(rows, below: 8).flatMap { bytes[Int($0) * rowBytes..<(Int($0) + 1) * rowBytes] }
        return Weight(try #require(tensorOfBytes(chosen, type, Shape(rows, 512))))
    }
}

private func tensorOfBytes(_ bytes: [UInt8], _ type: ElementType, _ shape: Shape) -> Tensor? {
    tensor(bytes, type, shape)
}
