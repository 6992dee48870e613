import Foundation

/// Asks a person for lines: with editing and history on a terminal, plainly otherwise.
struct LineEditor {
    /// What came of asking.
    enum Answer: Equatable {
        case line(String)
        /// Ctrl-C instead of a line.
        case interrupted
        /// Ctrl-D on an empty line, or the end of the input.
        case end
    }

    /// Longer than the bytes of one key take to arrive, shorter than a person's next key.
    private static let escapeDelay: Int32 = 50
    /// How soon a signal to end is noticed, in milliseconds.
    private static let signalDelay: Int32 = 200

    /// Whether lines are edited, and so prompted for.
    let isInteractive: Bool
    /// Earlier lines, the present one included once it is finished.
    private(set) var history: LineHistory
    private let input: Int32
    private let output: Int32
    private var parser = KeyParser()
    /// Keys that were typed ahead of the next question.
    private var waiting: [Key] = []
    private var plain: PlainLineReader

    /// - Parameters:
    ///   - input: lines are edited if this and `output` are terminals that understand escape sequences.
    init(
        history: LineHistory = LineHistory(), input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.history = history
        self.input = input
        self.output = output
        self.plain = PlainLineReader(descriptor: input)
        isInteractive = isatty(input) == 1 && isatty(output) == 1 && environment["TERM"] != "dumb"
    }

    /// Reads one line, which may hold newlines if it was edited. The cursor stands on a fresh row before and after.
    mutating func readLine(prompt: String) throws -> Answer {
        guard isInteractive else { return try plain.next().map(Answer.line) ?? .end }
        try RawTerminal.enter(input: input, output: output)
        defer { RawTerminal.leave() }
        var editing = LineEditing(history: history)
        defer { history = editing.history }
        var renderer = LineRenderer(prompt: prompt)
        draw(editing, &renderer)
        while true {
            while !waiting.isEmpty {
                let outcome = editing.apply(waiting.removeFirst())
                if let answer = try carryOut(outcome, editing, &renderer) { return answer }
            }
            draw(editing, &renderer)
            guard try waitForKeys() else { return finish(.end, editing, &renderer) }
        }
    }

    private mutating func carryOut(
        _ outcome: LineEditing.Outcome, _ editing: LineEditing, _ renderer: inout LineRenderer
    ) throws -> Answer? {
        switch outcome {
        case .redraw: return nil
        case .clearScreen: RawTerminal.write(renderer.clearScreen(), to: output)
        case .suspend:
            RawTerminal.write(renderer.leave(), to: output)
            RawTerminal.leave()
            // To the process: a worker thread blocks signals sent to itself.
            _ = kill(getpid(), SIGTSTP)
            try RawTerminal.enter(input: input, output: output)
        case .line(let line): return finish(.line(line), editing, &renderer)
        case .interrupted: return finish(.interrupted, editing, &renderer)
        case .end: return finish(.end, editing, &renderer)
        }
        return nil
    }

    private func draw(_ editing: LineEditing, _ renderer: inout LineRenderer) {
        let size = RawTerminal.size(of: output)
        RawTerminal.write(renderer.draw(editing.buffer, width: size.columns, height: size.rows), to: output)
    }

    /// Shows the line as it was answered and goes below it.
    private func finish(_ answer: Answer, _ editing: LineEditing, _ renderer: inout LineRenderer) -> Answer {
        draw(editing, &renderer)
        RawTerminal.write(renderer.leave(), to: output)
        return answer
    }

    /// Waits for at least one key.
    /// - Returns: `false` if the terminal has gone away or the program is to end.
    private mutating func waitForKeys() throws -> Bool {
        var block = [UInt8](repeating: 0, count: 4096)
        while waiting.isEmpty {
            let delay = parser.isEscapePending ? LineEditor.escapeDelay : LineEditor.signalDelay
            if RawTerminal.isReady(input, POLLIN, milliseconds: delay) {
                let count = try readBytes(from: input, into: &block)
                guard count > 0 else { return false }
                waiting = parser.consume(block[..<count])
            } else if parser.isEscapePending {
                waiting = parser.finish()
            }
            if RawTerminal.isTerminated { return false }
        }
        return true
    }
}
