import Benchmarking
import Reports

/// One line on the terminal's standard error: how far a benchmark is, how fast it goes, how long it will take.
struct BenchmarkProgressLine {
    private let start = ContinuousClock.now
    private var shown: ContinuousClock.Instant?

    mutating func update(_ progress: BenchmarkProgress) {
        let now = ContinuousClock.now
        guard StandardOutput.errorIsTerminal, now - (shown ?? start) > .milliseconds(shown == nil ? 1000 : 200) else {
            return
        }
        shown = now
        let (done, total) = (progress.done, progress.total)
        let rate = Double(done.readTokens + done.steps) / ((now - start) / .seconds(1))
        let percent = Int(progress.fraction * 100)
        let text =
            "measuring: \(percent) %, \(done.readTokens) of \(total.readTokens) tokens read, \(done.steps) of "
            + "\(total.steps) steps, \(Format.decimal(rate)) a second, \(Format.time(progress.secondsLeft)) left"
        StandardOutput.remark("\r\(text)\u{1B}[K", terminator: "")
    }

    mutating func finish() {
        if shown != nil { StandardOutput.remark("\r\u{1B}[K", terminator: "") }
        shown = nil
    }
}
