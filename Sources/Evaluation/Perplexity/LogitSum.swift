import Files
import Foundation

/// What turns a row of logits into probabilities: log p = logit − (largest + log Σ exp(logit − largest)).
///
/// As llama.cpp computes it: the exponential of each logit in f32, their sum in double.
struct LogitSum: Equatable {
    /// The largest logit.
    let largest: Float
    /// Its place; of equal ones the first.
    let likeliest: Int
    /// log Σ exp(logit − largest).
    let logarithm: Double

    /// - Throws: `InputError` if a logit is NaN or infinite.
    init(_ logits: UnsafeBufferPointer<Float>) throws(InputError) {
        var (largest, likeliest) = (-Float.infinity, 0)
        for index in logits.indices where logits[index] > largest {
            largest = logits[index]
            likeliest = index
        }
        var sum = 0.0
        for logit in logits { sum += Double(exp(logit - largest)) }
        // A NaN among the logits, or nothing but infinities, makes the sum one too.
        guard largest.isFinite, sum.isFinite else { throw LogitSum.unusable }
        self.largest = largest
        self.likeliest = likeliest
        self.logarithm = log(sum)
    }

    /// −log p of a token with this logit.
    /// - Throws: `InputError` if it is −∞, which no finite weights give.
    func negativeLogProbability(_ logit: Float) throws(InputError) -> Double {
        let value = Double(largest) - Double(logit) + logarithm
        guard value.isFinite else { throw LogitSum.unusable }
        return value
    }

    /// What is wrong with logits that give no probabilities.
    static let unusable = InputError(
        .invalidValue, source: "the model's output", field: "logits", found: "found a logit that is no finite number",
        expected: "finite numbers", advice: "check the checkpoint's files, whose weights are likely damaged")
}
