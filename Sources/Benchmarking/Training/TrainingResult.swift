/// How fast a model learned: `isobath bench --train`.
package struct TrainingResult: Sendable, Codable, Equatable {
    package var path: String
    package var family: String
    package var kernels: String
    package var threads: Int
    /// Sequences of a step, and tokens of each.
    package var sequences: Int
    package var length: Int
    /// Whether inner values of layers were computed a second time rather than kept.
    package var checkpointing: Bool
    package var parameters: Int
    /// N of the 6·N·D rule: parameters that a token is multiplied with. The output head counts, as do the experts that a token
    /// is sent to; looking up an embedding does not.
    package var activeParameters: Int
    /// Forward, backward and update of all parameters, of all steps but the first.
    package var tokensPerS: Spread
    /// Seconds of each part of the median step.
    package var forwardSeconds: Double
    package var backwardSeconds: Double
    package var updateSeconds: Double
    /// 6·N operations a token, in 10¹² a second, at the median.
    package var topPerS: Double
    /// What this many threads can do in f32, in 10¹² a second; `nil` where that was not measured.
    package var f32TflopPerS: Double?
    package var shareOfF32Peak: Double?
    /// The mean loss of the first and the last step, in nats a token.
    package var firstLoss: Double
    package var lastLoss: Double
    package var memory: MemoryUse?

    /// - Parameter peak: what this many threads can do in f32, in 10¹² operations a second; `nil` if nobody knows.
    package mutating func compare(withPeak peak: Double?) {
        f32TflopPerS = peak
        shareOfF32Peak = peak.map { topPerS / $0 }
    }
}
