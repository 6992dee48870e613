import Testing

@testable import Tensors

struct OperationTests {
    /// Random shapes with an empty one and one that no thread count divides.
    private static func shapes(_ generator: inout SeededGenerator) -> [Shape] {
        let fixed = [Shape(0, 5), Shape(1, 1), Shape(7, 33), Shape(3, 257)]
        return fixed + (0..<4).map { _ in Shape(generator.integer(1...20), generator.integer(1...100)) }
    }

    @Test func elements() {
        var generator = SeededGenerator(30)
        for shape in OperationTests.shapes(&generator) {
            let (a, b) = (generator.tensor(shape, in: -30...30), generator.tensor(shape))
            let bias = generator.tensor([shape.width])
            expectLikeReference(tolerance: 0) { $0.add(a, b) }
            expectLikeReference(tolerance: 0) { $0.addBias(a, bias) }
            expectLikeReference(tolerance: 0) { $0.scale(a, by: 1.7) }
            // The exponential is within a unit in the last place of the reference's.
            expectLikeReference(tolerance: 1e-6) { $0.gatedSiLU(a, b) }
            expectLikeReference(tolerance: 0) { $0.sigmoid(a) }
        }
    }

    @Test func rows() {
        var generator = SeededGenerator(31)
        for shape in OperationTests.shapes(&generator) {
            let x = generator.tensor(shape, in: -10...10)
            let (weight, positive) = (generator.tensor([shape.width]), generator.tensor(shape, in: 0...1))
            expectLikeReference(tolerance: 1e-6) { $0.normalize(x, weight: weight, epsilon: 1e-6) }
            expectLikeReference(tolerance: 1e-6) { $0.softmax(x) }
            expectLikeReference(tolerance: 0) { $0.divideBySum(positive, epsilon: 1e-20) }
            let columns = generator.indices(shape.rows * 3, below: shape.width)
            expectLikeReference(tolerance: 0) { $0.pick(x, columns) }
        }
    }

    @Test func extremeValues() {
        let x = Tensor([1e30, -1e30, 0, 88, -104, 1e-30, -.infinity, 700], shape: [2, 4])
        expectLikeReference(tolerance: 1e-6) { $0.softmax(x) }
        expectLikeReference(tolerance: 0) { $0.sigmoid(x) }
        expectLikeReference(tolerance: 1e-6) {
            $0.normalize(
                Tensor([1e-20, 0, 0, 0], shape: [1, 4]), weight: Tensor([1, 1, 1, 1], shape: [4]), epsilon: 1e-6)
        }
    }

    @Test func movement() {
        var generator = SeededGenerator(32)
        for _ in 0..<6 {
            let (n, heads, width) = (generator.integer(1...9), generator.integer(1...4), generator.integer(1...40))
            let x = generator.tensor([n, heads, width])
            let (own, shared) = (generator.tensor([n, heads, 5]), generator.tensor([n, 1, 5]))
            let first = generator.integer(0...width - 1)
            expectLikeReference(tolerance: 0) { $0.columns(x, first..<width) }
            expectLikeReference(tolerance: 0) { $0.join(x, own) }
            expectLikeReference(tolerance: 0) { $0.join(x, shared) }
            expectLikeReference(tolerance: 0) { $0.stack([x, x.slice(0..<1), x]) }
            let flat = x.reshaped(Shape(n * heads, width))
            let indices = generator.indices(13, below: n * heads)
            expectLikeReference(tolerance: 0) { $0.gatherRows(flat, indices) }
            expectLikeReference(tolerance: 0) { $0.join(flat, flat) }
        }
    }

    @Test func combination() {
        var generator = SeededGenerator(33)
        for k in [1, 3, 6] {
            let (n, m, width) = (generator.integer(1...9), generator.integer(1...30), generator.integer(1...70))
            let (x, weights) = (generator.tensor([m, width]), generator.tensor([n, k]))
            let places = generator.indices(n * k, below: m)
            expectLikeReference(tolerance: 1e-6) { $0.combineRows(x, weights: weights, places: places) }
        }
    }

    @Test(arguments: [Rotation.Pairing.adjacent, .halves])
    func rotation(_ pairing: Rotation.Pairing) {
        var generator = SeededGenerator(34)
        for (n, heads, half) in [(1, 1, 1), (5, 3, 8), (9, 2, 33)] {
            let x = generator.tensor([n, heads, 2 * half])
            let rotation = Rotation(
                cosines: generator.tensor([n, half]), sines: generator.tensor([n, half]), pairing: pairing)
            expectLikeReference(tolerance: 0) { $0.rotate(x, rotation) }
        }
    }
}
