/// How far a benchmark is.
package struct BenchmarkProgress: Sendable {
    package let total: BenchmarkWork
    package private(set) var done = BenchmarkWork()
    private var readSeconds = 0.0
    private var stepSeconds = 0.0

    init(total: BenchmarkWork) { self.total = total }

    mutating func advance(_ work: BenchmarkWork, seconds: Double) {
        done = done + work
        if work.steps > 0 { stepSeconds += seconds } else { readSeconds += seconds }
    }

    /// Tokens read and steps done, of those there are.
    package var fraction: Double {
        Double(done.readTokens + done.steps) / Double(max(total.readTokens + total.steps, 1))
    }

    /// At the speed so far; until the first step, a step is taken to last as long as four tokens of a prompt.
    package var secondsLeft: Double {
        let perToken = done.readTokens > 0 ? readSeconds / Double(done.readTokens) : nil
        let perStep = done.steps > 0 ? stepSeconds / Double(done.steps) : (perToken ?? 0) * 4
        return Double(max(total.readTokens - done.readTokens, 0)) * (perToken ?? perStep)
            + Double(max(total.steps - done.steps, 0)) * perStep
    }
}
