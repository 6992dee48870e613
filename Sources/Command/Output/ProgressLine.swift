import Foundation
import Reports

/// One line on the terminal's standard error that says how far long work is, how fast it goes and how long it will take.
/// Says nothing where standard error is no terminal, or the work is done within a second.
struct ProgressLine {
    private let label: String
    private let unit: String
    private let total: Int
    private let start = ContinuousClock.now
    private var shown: ContinuousClock.Instant
    private var isVisible = false

    init(label: String, unit: String, total: Int) {
        self.label = label
        self.unit = unit
        self.total = total
        self.shown = start
    }

    /// - Parameter remark: what else there is to say, at the end of the line.
    mutating func update(_ done: Int, remark: String = "") {
        let now = ContinuousClock.now
        guard StandardOutput.errorIsTerminal, now - start > .seconds(1), now - shown > .milliseconds(200) else {
            return
        }
        shown = now
        isVisible = true
        let elapsed = (now - start) / .seconds(1)
        let rate = Double(done) / elapsed
        let left = rate > 0 ? Int(Double(total - done) / rate) : 0
        let time = "\(left / 60):\(String(format: "%02d", left % 60)) left"
        let parts = ["\(done) of \(total) \(unit)", "\(Format.decimal(rate)) a second", time, remark]
        let text = parts.filter { !$0.isEmpty }.joined(separator: ", ")
        StandardOutput.remark("\r\(label): \(text)\u{1B}[K", terminator: "")
    }

    mutating func finish() {
        if isVisible { StandardOutput.remark("\r\u{1B}[K", terminator: "") }
        isVisible = false
    }
}
