import CKernels
import Foundation

// What losses and optimizers compute over whole tensors.

extension DerivativeLoops {
    /// Values that are summed up first: the same ones for any number of threads.
    private static let chunk = 1 << 14

    /// Σ x², in double precision.
    package func squares(_ x: Tensor) -> Double {
        let count = x.shape.count
        let chunks = (count + DerivativeLoops.chunk - 1) / DerivativeLoops.chunk
        let start = x.address
        let sums = [Double](unsafeUninitializedCapacity: chunks) { sums, initialized in
            parallel(chunks, cost: DerivativeLoops.chunk) { range in
                for index in range {
                    let first = index * DerivativeLoops.chunk
                    sums[index] = kernels.squares(start + first, count: min(DerivativeLoops.chunk, count - first))
                }
            }
            initialized = chunks
        }
        return sums.reduce(0, +)
    }

    /// x · factor, in place.
    package func scale(_ x: Tensor, by factor: Float) {
        x.withMutableFloats { values in
            parallel(values.count, cost: 1) { range in for i in range { values[i] *= factor } }
        }
    }

    /// One step of Adam for ranges of equal tensors: m = β₁·m + (1 − β₁)·g, v = β₂·v + (1 − β₂)·g² and
    /// p = kept · p − size · m / (√v / correction + ε).
    package struct AdamStep: Sendable {
        fileprivate var numbers: isobath_adam

        package init(
            beta1: Float, beta2: Float, kept: Float, size: Float, correction: Float, epsilon: Float
        ) {
            numbers = isobath_adam(
                beta1: beta1, rest1: 1 - beta1, beta2: beta2, rest2: 1 - beta2, kept: kept, size: size,
                correction: correction, epsilon: epsilon)
        }
    }

    /// Changes a parameter and its moments in place. Linear in its size.
    /// - Precondition: `f32` tensors of one size.
    package func step(_ step: AdamStep, _ parameter: Tensor, mean: Tensor, square: Tensor, gradient: Tensor) {
        let count = parameter.shape.count
        precondition([mean, square, gradient].allSatisfy { $0.shape.count == count })
        let (p, m, v) = (parameter.mutableAddress, mean.mutableAddress, square.mutableAddress)
        let g = gradient.address
        parallel(count, cost: 16) { range in
            // Safe: four tensors of `count` values, which their owners keep alive meanwhile.
            let i = range.lowerBound
            withUnsafePointer(to: step.numbers) { kernels.table.adam($0, g + i, p + i, m + i, v + i, range.count) }
        }
    }

    /// Rows of logits to what their softmax is less 1 at the target, times `factor`; zeros for rows without a target. `gradient` may
    /// be `logits`.
    /// - Returns: −log softmax at the target, of each row that has one, in their order.
    package func crossEntropies(
        _ logits: Tensor, targets: [Int32?], factor: Double, into gradient: Tensor
    ) -> [Double] {
        let width = logits.shape.width
        precondition(targets.count == logits.shape.rows && gradient.shape.count == logits.shape.count)
        precondition(targets.allSatisfy { $0.map { (0..<width).contains(Int($0)) } ?? true }, "columns of the logits")
        let (x, y) = (logits.address, gradient.mutableAddress)
        let losses = [Double?](unsafeUninitializedCapacity: targets.count) { losses, initialized in
            parallel(targets.count, cost: 16 * width) { range in
                for row in range {
                    // Safe: each place is filled once, before anyone reads it.
                    losses.initializeElement(
                        at: row,
                        to: targets[row].map {
                            crossEntropy(x + row * width, Int($0), factor, into: y + row * width, width)
                        })
                    if targets[row] == nil { (y + row * width).update(repeating: 0, count: width) }
                }
            }
            initialized = targets.count
        }
        return losses.compactMap { $0 }
    }

    private func crossEntropy(
        _ x: UnsafePointer<Float>, _ target: Int, _ factor: Double, into y: UnsafeMutablePointer<Float>, _ width: Int
    ) -> Double {
        let (most, logit) = (kernels.largest(x, times: 1, count: width), x[target])
        let total = kernels.exponentials(x, times: 1, from: most, into: y, count: width)
        let share = Float(factor / total)
        for i in 0..<width { y[i] *= share }
        y[target] -= Float(factor)
        return Double(most) + log(total) - Double(logit)
    }
}
