import Foundation
import Tensors

/// The mean of −log p(target) over rows of logits that have a target, with its derivative.
package struct CrossEntropy {
    package let loss: Double
    /// (softmax − 1 at the target) / rows with a target, and zeros in rows without: [n, vocabulary].
    package let gradient: Tensor

    /// - Precondition: a column, or `nil`, for each row.
    package init(_ logits: Tensor, targets: [Int32?]) {
        let width = logits.shape.width
        let rows = targets.count { $0 != nil }
        precondition(
            targets.count == logits.shape.rows
                && targets.allSatisfy { $0.map { (0..<width).contains(Int($0)) } ?? true })
        let gradient = Tensor(uninitialized: logits.shape)
        var sum = 0.0
        logits.withFloats { logits in
            gradient.withMutableFloats { gradient in
                for (row, target) in targets.enumerated() {
                    let range = row * width..<(row + 1) * width
                    guard let target else {
                        for place in range { gradient[place] = 0 }
                        continue
                    }
                    let largest = Double(logits[range].max() ?? 0)
                    let total = logits[range].reduce(0.0) { $0 + exp(Double($1) - largest) }
                    sum += largest + log(total) - Double(logits[range.lowerBound + Int(target)])
                    for place in range {
                        gradient[place] = Float(exp(Double(logits[place]) - largest) / total / Double(rows))
                    }
                    gradient[range.lowerBound + Int(target)] -= 1 / Float(rows)
                }
            }
        }
        loss = sum / Double(max(rows, 1))
        self.gradient = gradient
    }
}
