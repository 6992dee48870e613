import Foundation
import Testing

@testable import Tensors
@testable import Training

/// Muon beside the same sentences in double precision.
@Suite struct MuonTests {
    /// A matrix of doubles, row by row.
    private struct Matrix {
        var rows: Int
        var columns: Int
        var values: [Double]

        init(_ tensor: Tensor) {
            (rows, columns, values) = (tensor.shape[0], tensor.shape[1], tensor.floats.map(Double.init))
        }

        init(rows: Int, columns: Int, _ value: (Int, Int) -> Double) {
            (self.rows, self.columns) = (rows, columns)
            values = (0..<rows * columns).map { value($0 / columns, $0 % columns) }
        }

        subscript(row: Int, column: Int) -> Double { values[row * columns + column] }

        var transposed: Matrix { Matrix(rows: columns, columns: rows) { self[$1, $0] } }

        static func * (a: Matrix, b: Matrix) -> Matrix {
            Matrix(rows: a.rows, columns: b.columns) { row, column in
                (0..<a.columns).reduce(0.0) { $0 + a[row, $1] * b[$1, column] }
            }
        }

        /// Without turning tall ones: the polynomials of X·Xᵀ from the left and of Xᵀ·X from the right are the same.
        func orthogonalized(_ iteration: Muon.Iteration) -> Matrix {
            let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            var x = self
            x.values = values.map { $0 / (length + 1e-7) }
            for (a, b, c) in iteration.coefficients {
                let square = x * x.transposed
                let (near, far) = (square * x, square * (square * x))
                x.values = x.values.indices.map {
                    Double(a) * x.values[$0] + Double(b) * near.values[$0] + Double(c) * far.values[$0]
                }
            }
            return x
        }
    }

    private func distance(_ a: Tensor, _ b: Matrix) -> Double {
        zip(a.floats, b.values).map { abs(Double($0) - $1) }.max() ?? .infinity
    }

    static let shapes: [Shape] = [[8, 8], [24, 8], [8, 24], [1, 5], [5, 1]]

    @Test(arguments: shapes, Muon.Iteration.allCases)
    func directionsAreThoseOfTheReference(_ shape: Shape, _ iteration: Muon.Iteration) throws {
        var numbers = SeededValues(seed: 5)
        let matrix = numbers.tensor(shape)
        let found = Muon.orthogonalized(matrix, iteration, ReferenceOperations())
        #expect(found.shape == shape)
        #expect(distance(found, Matrix(matrix).orthogonalized(iteration)) < 1e-4)
    }

    /// Singular values lie where the coefficients are made to bring them: rows of the shorter side are nearly orthonormal.
    @Test(arguments: [[16, 48], [48, 16]] as [Shape])
    func updatesAreNearlyOrthogonal(_ shape: Shape) {
        var numbers = SeededValues(seed: 6)
        let bounds: [(Muon.Iteration, Double)] = [(.quintic, 0.6), (.hybrid, 0.05)]
        for (iteration, bound) in bounds {
            let found = Matrix(Muon.orthogonalized(numbers.tensor(shape), iteration, ReferenceOperations()))
            let short = found.rows > found.columns ? found.transposed : found
            let square = short * short.transposed
            for row in 0..<16 {
                for column in 0..<16 {
                    #expect(abs(square[row, column] - (row == column ? 1 : 0)) < bound, "\(iteration)")
                }
            }
        }
    }

    @Test func stepsAreThoseOfTheReference() {
        var numbers = SeededValues(seed: 7)
        let (parameter, momentum) = (numbers.tensor([12, 6]), Tensor(zeros: [12, 6]))
        var (weights, memory) = (Matrix(parameter), Matrix(momentum))
        for step in 0..<4 {
            let gradient = numbers.tensor([12, 6])
            let rule = Muon()
            rule.update(parameter, momentum, gradient: gradient, rate: 0.02, operations: ReferenceOperations())
            let g = Matrix(gradient)
            memory.values = zip(memory.values, g.values).map { 0.95 * $0 + $1 }
            var direction = memory
            direction.values = zip(memory.values, g.values).map { 0.95 * $0 + $1 }
            let change = direction.orthogonalized(.quintic)
            weights.values = zip(weights.values, change.values).map {
                (1 - 0.02 * 0.1) * $0 - 0.02 * 0.2 * 12.0.squareRoot() * $1
            }
            #expect(distance(parameter, weights) < 1e-5, "step \(step)")
            #expect(distance(momentum, memory) < 1e-5)
        }
    }

    @Test func scalesAreThePublishedOnes() {
        #expect(Muon.Scale.moonlight.factor(rows: 100, columns: 25) == 2)
        #expect(Muon.Scale.keller.factor(rows: 100, columns: 25) == 2)
        #expect(Muon.Scale.keller.factor(rows: 25, columns: 100) == 1)
    }

    @Test func zerosStayZeros() {
        let found = Muon.orthogonalized(Tensor(zeros: [3, 4]), .quintic, ReferenceOperations())
        #expect(found.floats == [Float](repeating: 0, count: 12))
    }

    /// Every expert of a stacked tensor is a matrix of its own.
    @Test func expertsAreSingleMatrices() {
        var numbers = SeededValues(seed: 8)
        let (stacked, gradient) = (numbers.tensor([2, 4, 6]), numbers.tensor([2, 4, 6]))
        let single = Tensor(stacked.entry(1).floats, shape: [4, 6])
        var settings = OptimizerSettings()
        settings.kind = .muon
        let parameter = Parameter(name: "experts", tensor: stacked, kind: .matrix)
        var optimizer = Optimizer(settings, for: [parameter], operations: ReferenceOperations())
        let gradients = Gradients()
        gradients[stacked].accumulate(gradient)
        optimizer.update([parameter], gradients, rate: 0.1, step: 1)
        Muon().update(
            single, Tensor(zeros: [4, 6]), gradient: gradient.entry(1), rate: 0.1, operations: ReferenceOperations())
        #expect(stacked.entry(1).floats == single.floats)
    }
}
