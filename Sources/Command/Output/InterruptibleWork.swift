import ArgumentParser

/// Does long work under a progress line, in units of a million; `body` tells how much is done.
///
/// Ctrl-C ends it where it next tells: with the status by which a shell reports such an end, after whatever the work
/// does about errors. A second one ends the program at once.
func interruptibleWork<Result>(
    _ label: String, unit: String, total: Int, _ body: (_ done: (Int) throws -> Void) throws -> Result
) throws -> Result {
    let million = 1_000_000
    return try interruptibleSteps(label, unit: unit, total: total / million) { done in
        try body { try done($0 / million, "") }
    }
}

/// Does long work in some steps under a progress line; `body` tells how many are done, and a remark about them.
///
/// Ctrl-C ends it as `interruptibleWork`.
func interruptibleSteps<Result>(
    _ label: String, unit: String, total: Int, _ body: (_ done: @escaping (Int, String) throws -> Void) throws -> Result
) throws -> Result {
    let interrupt = InterruptSignal(patience: 2)
    defer { interrupt.cancel() }
    var line = ProgressLine(label: label, unit: unit, total: total)
    defer { line.finish() }
    return try body { done, remark in
        line.update(done, remark: remark)
        if interrupt.isRaised { throw ExitCode(130) }
    }
}
