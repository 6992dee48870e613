import Files
import Foundation
import Reports
import Training

/// Says what a run does: a line on the terminal that changes, lines that stay every now and then, and the index of runs.
final class RunLog {
    private let run: TrainingRun
    private let start = ContinuousClock.now
    private let began = Date().timeIntervalSince1970
    private let index: RunIndex?
    private var shown = ContinuousClock.now
    private var noted = ContinuousClock.now
    private var last: StepMetrics?
    private var isLineOpen = false

    /// An index that cannot be written is no reason not to train.
    init(_ run: TrainingRun) throws {
        self.run = run
        let folder = URL(filePath: run.folder.path).deletingLastPathComponent().path(percentEncoded: false)
        do { index = try RunIndex(in: folder) } catch {
            index = nil
            StandardOutput.remark("Warning: \(error)")
        }
        write(.running)
    }

    func note(_ step: StepMetrics) {
        last = step
        let now = ContinuousClock.now
        if step.values.contains(where: { $0.name.hasPrefix("validation") }) || step.step == run.firstStep + 1 {
            close()
            StandardOutput.remark(text(step))
        } else if StandardOutput.errorIsTerminal, now - shown > .milliseconds(200) {
            shown = now
            isLineOpen = true
            StandardOutput.remark("\r\(text(step))\(left(step))\u{1B}[K", terminator: "")
        }
        if now - noted > .seconds(5) {
            noted = now
            write(.running)
        }
    }

    func finish(_ status: TrainingRun.Status) {
        close()
        write(status)
    }

    private func close() {
        if isLineOpen { StandardOutput.remark("\r\u{1B}[K", terminator: "") }
        isLineOpen = false
    }

    /// "step 120 of 1000: loss 2.31, validation 2.40, 1.2 K tokens/s, 38 % of peak".
    private func text(_ step: StepMetrics) -> String {
        var parts = ["loss \(Format.significant(step.loss))"]
        if let held = step["validationLoss"] { parts.append("validation \(Format.significant(held))") }
        if let reward = step["reward"] { parts.append("reward \(Format.significant(reward))") }
        if let held = step["validationReward"] { parts.append("validation \(Format.significant(held))") }
        parts.append("\(Format.count(Int(step.tokensPerSecond.rounded()))) tokens/s")
        if let share = step.peakShare { parts.append("\(Format.decimal(100 * share)) % of peak") }
        return "step \(step.step) of \(run.settings.steps): " + parts.joined(separator: ", ")
    }

    private func left(_ step: StepMetrics) -> String {
        let done = step.step - run.firstStep
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        return ", \(Format.time(elapsed / Double(max(done, 1)) * Double(run.settings.steps - step.step))) left"
    }

    private func write(_ status: TrainingRun.Status) {
        guard let index else { return }
        let name = URL(filePath: run.folder.path).lastPathComponent
        let loss = last.map(\.loss).flatMap { $0.isFinite ? $0 : nil }
        try? index.note(
            .init(
                folder: name, name: run.settings.name, recipe: run.settings.fingerprint, started: began,
                updated: Date().timeIntervalSince1970, step: run.step, steps: run.settings.steps, loss: loss,
                status: status.rawValue))
    }
}
