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
    /// What this many threads could do in f32 between the steps, in 10¹² a second; `nil` where that was not measured.
    package var f32TflopPerS: Spread?
    /// Of each step, the part of what the machine could do right before and after it: what other programs take is taken from both.
    package var shareOfF32Peak: Spread?
    /// The mean loss of the first and the last step, in nats a token.
    package var firstLoss: Double
    package var lastLoss: Double
    package var memory: MemoryUse?
}
