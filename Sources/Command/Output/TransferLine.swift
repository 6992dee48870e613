import Foundation
import Hub
import Reports

/// One line on the terminal's standard error that says how far a transfer is, how fast it goes and how long it will
/// take.
///
/// The rate is that of the last seconds, so that what an earlier run has brought does not count.
struct TransferLine {
    private var samples: [(time: ContinuousClock.Instant, bytes: Int)] = []
    private var shown: ContinuousClock.Instant?
    private static let window = Duration.seconds(10)
    private static let width = 24

    mutating func update(_ progress: PullProgress) {
        let now = ContinuousClock.now
        guard shown.map({ now - $0 > .milliseconds(200) }) ?? true else { return }
        shown = now
        samples.append((now, progress.completed))
        samples.removeAll { now - $0.time > TransferLine.window }
        if StandardOutput.errorIsTerminal {
            StandardOutput.remark("\r\(text(progress))\u{1B}[K", terminator: "")
        }
    }

    private func text(_ progress: PullProgress) -> String {
        let share = progress.byteCount > 0 ? Double(progress.completed) / Double(progress.byteCount) : 1
        let full = Int(share * Double(TransferLine.width))
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: TransferLine.width - full)
        let bytes = "\(Format.bytes(progress.completed)) of \(Format.bytes(progress.byteCount))"
        var parts = ["\(Int(share * 100)) %", bytes]
        if let rate = rate, rate > 0 {
            let left = Double(progress.byteCount - progress.completed) / rate
            parts += ["\(Format.bytes(Int(rate)))/s", "\(Format.time(left)) left"]
        }
        return "\(bar) \(parts.joined(separator: ", "))"
    }

    /// Bytes a second over the last seconds.
    private var rate: Double? {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return nil }
        return Double(last.bytes - first.bytes) / ((last.time - first.time) / .seconds(1))
    }

    /// Says why nothing comes.
    mutating func wait(_ reason: String, _ seconds: Double) {
        let clause = reason.hasPrefix("found that ") ? String(reason.dropFirst("found that ".count)) : reason
        let pause = seconds > 0 ? "; trying again in \(Format.decimal(seconds)) s" : "; waiting"
        finish()
        StandardOutput.remark("\(clause)\(pause)")
    }

    mutating func finish() {
        if shown != nil, StandardOutput.errorIsTerminal { StandardOutput.remark("\r\u{1B}[K", terminator: "") }
        shown = nil
    }
}
