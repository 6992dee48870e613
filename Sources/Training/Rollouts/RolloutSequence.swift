import Foundation
import Generation
import Models
import Tensors

/// An answer that is being drawn.
struct RolloutSequence {
    let request: Int
    let sample: Int
    let cache: KeyValueCache
    private var sampler: Sampler
    /// The most tokens that it may have.
    private let room: Int
    private(set) var result = RolloutSample()

    init(request: Int, sample: Int, cache: KeyValueCache, sampler: Sampler, room: Int) {
        (self.request, self.sample, self.cache, self.sampler, self.room) = (request, sample, cache, sampler, room)
    }

    var isDone: Bool { result.isFinished || result.tokens.count >= room }

    /// Draws a token from row `row` of the logits.
    /// - Throws: `InputError` if a logit is not a number.
    mutating func choose(_ logits: Tensor, _ row: Int, temperature: Float, ends: Set<Int32>) throws {
        let values = logits.slice(row..<row + 1).floats
        let token = try sampler.next(values)
        let (logarithm, entropy) = RolloutSequence.judge(token, values, Double(temperature))
        let count = Double(result.tokens.count)
        result.entropy = (result.entropy * count + entropy) / (count + 1)
        result.tokens.append(token)
        result.logProbabilities.append(Float(logarithm))
        result.isFinished = ends.contains(token)
    }

    /// log p(token) and −Σ p·log p for p = softmax(logits / T).
    private static func judge(
        _ token: Int32, _ logits: [Float], _ temperature: Double
    ) -> (logarithm: Double, entropy: Double) {
        let largest = Double(logits.max() ?? 0)
        var (sum, weighted) = (0.0, 0.0)
        for logit in logits {
            let scaled = (Double(logit) - largest) / temperature
            let power = exp(scaled)
            sum += power
            if power > 0 { weighted += power * scaled }
        }
        let normalizer = log(sum)
        return ((Double(logits[Int(token)]) - largest) / temperature - normalizer, normalizer - weighted / sum)
    }
}
