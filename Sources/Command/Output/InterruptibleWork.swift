import ArgumentParser

/// Does long work under a progress line, in units of a million unless told otherwise; `body` tells how much is done.
///
/// Ctrl-C ends it where it next tells: with the status by which a shell reports such an end, after whatever the work
/// does about errors. A second one ends the program at once.
func interruptibleWork<Result>(
    _ label: String, unit: String, of scale: Int = 1_000_000, total: Int,
    _ body: (_ done: (Int) throws -> Void) throws -> Result
) throws -> Result {
    let interrupt = InterruptSignal(patience: 2)
    defer { interrupt.cancel() }
    var line = ProgressLine(label: label, unit: unit, total: total / scale)
    defer { line.finish() }
    return try body { done in
        line.update(done / scale)
        if interrupt.isRaised { throw ExitCode(130) }
    }
}
