import Foundation
import Tensors

/// The mean of −log p(target) over rows of logits, with its derivative.
package struct CrossEntropy {
    package let loss: Double
    /// (softmax − 1 at the target) / rows, [n, vocabulary].
    package let gradient: Tensor

    /// - Precondition: a target for each row, all of them columns.
    package init(_ logits: Tensor, targets: [Int32]) {
        let (rows, width) = (logits.shape.rows, logits.shape.width)
        precondition(targets.count == rows && targets.allSatisfy { (0..<width).contains(Int($0)) })
        let gradient = Tensor(uninitialized: logits.shape)
        var sum = 0.0
        logits.withFloats { logits in
            gradient.withMutableFloats { gradient in
                for (row, target) in targets.enumerated() {
                    let range = row * width..<(row + 1) * width
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
