/// How wrong a critic is: ½·max((V − R)², (clip(V, V_old ± ε) − R)²) a token, so that it cannot move far in one go; the clipped value loss of
/// PPO implementations since OpenAI's baselines.
package struct ValueLoss: Sendable, Equatable {
    /// ε; `nil` for no clipping.
    package var clip: Double? = 0.2

    package init() {}

    /// - Returns: the sum over tokens, and its derivatives by the values now.
    package func callAsFunction(
        now: [Float], old: [Float], returns: [Double]
    ) -> (loss: Double, gradient: [Double]) {
        precondition(now.count == returns.count && old.count == returns.count, "the same tokens")
        var (loss, gradient) = (0.0, [Double]())
        for place in now.indices {
            let (value, before) = (Double(now[place]), Double(old[place]))
            let error = value - returns[place]
            let clipped = clip.map { min(max(value, before - $0), before + $0) } ?? value
            let isClipped = (clipped - returns[place]).magnitude > error.magnitude
            let counted = isClipped ? clipped - returns[place] : error
            loss += 0.5 * counted * counted
            // Where the clipped value counts, moving does not change it.
            gradient.append(isClipped ? 0 : error)
        }
        return (loss, gradient)
    }
}
