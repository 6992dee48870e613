import ArgumentParser
import Foundation
import Isobath

/// An answer that was printed (or kept silent) while it was generated.
struct PrintedAnswer {
    var text = ""
    var thinking = ""
    var summary = GenerationSummary()
}

/// Streams an answer: what the model says to standard output, what it thinks, dimmed, to the terminal.
struct AnswerPrinter {
    /// Collects only.
    var isSilent = false
    /// Where thinking goes; `nil` shows none.
    var showThinking: ((String) -> Void)? = AnswerPrinter.terminalThinking
    /// Asked between tokens; true ends the answer.
    var isCancelled: () -> Bool = { false }

    /// Generates in a task of its own, so that a cancelled answer still brings its summary.
    func print(_ session: Session, _ request: GenerationRequest) async throws -> PrintedAnswer {
        var answer = PrintedAnswer()
        let events = session.generate(request)
        for try await event in events {
            try take(event, &answer)
            if isCancelled() { session.stop() }
        }
        if !isSilent, !answer.text.hasSuffix("\n") { try StandardOutput.line() }
        return answer
    }

    private func take(_ event: GenerationEvent, _ answer: inout PrintedAnswer) throws {
        switch event {
        case .text(.thinking(let text)):
            answer.thinking += text
            if !isSilent { showThinking?(text) }
        case .text(.answer(let text)):
            if !isSilent, answer.text.isEmpty, !answer.thinking.isEmpty { showThinking?("\n\n") }
            answer.text += text
            if !isSilent { try StandardOutput.write(text) }
        case .finished(let summary): answer.summary = summary
        case .prompt, .token: break
        }
    }

    private static var terminalThinking: ((String) -> Void)? {
        guard StandardOutput.errorIsTerminal else { return nil }
        let style = Style(descriptor: STDERR_FILENO)
        return { StandardOutput.remark(style.dim($0), terminator: "") }
    }
}
