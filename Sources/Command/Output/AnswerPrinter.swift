import Foundation
import Isobath

/// Streams an answer: what the model says to standard output, what it thinks, dimmed, to the terminal.
struct AnswerPrinter {
    /// Prints nothing.
    var isSilent = false
    /// Prints token ids, for models without a vocabulary.
    var printsTokens = false
    /// Where thinking goes; `nil` shows none.
    var showThinking: ((String) -> Void)? = AnswerPrinter.terminalThinking
    /// Asked between tokens; true ends the answer.
    var isCancelled: () -> Bool = { false }
    /// What was shown last, to end lines where they are not ended, and set the answer off by one blank line.
    private var shown = Shown.nothing

    private enum Shown: Equatable {
        case nothing
        case thinking(endsLine: Bool)
        case answer(endsLine: Bool)
    }

    /// A printer that streams text.
    init(isSilent: Bool = false) { self.isSilent = isSilent }

    /// Generates and prints. An answer that is cancelled still brings its summary.
    mutating func print(_ session: Session, _ request: GenerationRequest) async throws -> GenerationSummary {
        var summary = GenerationSummary()
        shown = .nothing
        for try await event in session.generate(request) {
            if case .finished(let last) = event { summary = last }
            if !isSilent { try show(event) }
            if isCancelled() { session.stop() }
        }
        if !isSilent { try endLine() }
        return summary
    }

    private mutating func show(_ event: GenerationEvent) throws {
        switch event {
        case .text(.thinking(let text)):
            guard let showThinking else { return }
            showThinking(text)
            shown = .thinking(endsLine: text.hasSuffix("\n"))
        case .text(.answer(let text)):
            if case .thinking(let endsLine) = shown { showThinking?(endsLine ? "\n" : "\n\n") }
            try StandardOutput.write(text)
            shown = .answer(endsLine: text.hasSuffix("\n"))
        case .token(let token) where printsTokens:
            try StandardOutput.write(shown == .nothing ? "\(token)" : ",\(token)")
            shown = .answer(endsLine: false)
        case .prompt, .token, .score, .promptScores, .finished: break
        }
    }

    private func endLine() throws {
        switch shown {
        case .thinking(endsLine: true), .answer(endsLine: true): break
        case .thinking(endsLine: false): showThinking?("\n")
        case .answer(endsLine: false), .nothing: try StandardOutput.line()
        }
    }

    private static var terminalThinking: ((String) -> Void)? {
        guard StandardOutput.errorIsTerminal else { return nil }
        let style = Style(descriptor: STDERR_FILENO)
        return { StandardOutput.remark(style.dim($0), terminator: "") }
    }
}
