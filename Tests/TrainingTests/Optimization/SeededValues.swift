import Generation

@testable import Tensors

/// Random numbers of tests, the same in every run.
struct SeededValues {
    private var source: RandomSource

    init(seed: UInt64) { source = RandomSource(seed: seed) }

    mutating func values(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &source) }
    }

    mutating func tensor(_ shape: Shape, in range: ClosedRange<Float> = -1...1) -> Tensor {
        Tensor(values(shape.count, in: range), shape: shape)
    }

    mutating func integers(_ count: Int, below bound: Int) -> [Int] {
        (0..<count).map { _ in Int.random(in: 0..<bound, using: &source) }
    }
}
