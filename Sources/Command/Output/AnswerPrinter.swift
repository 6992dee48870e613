import ArgumentParser
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
    var showThinking: ((String) -> Void)? =
        StandardOutput.errorIsTerminal
        ? { StandardOutput.remark(Style.standardError.dim($0), terminator: "") } : nil

    func print(_ events: AsyncThrowingStream<GenerationEvent, any Error>) async throws -> PrintedAnswer {
        var answer = PrintedAnswer()
        for try await event in events {
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
        if !isSilent, !answer.text.hasSuffix("\n") { try StandardOutput.line() }
        return answer
    }
}
