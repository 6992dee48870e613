import Files
import Foundation
import Isobath
import Reports

/// Reads questions and commands, streams answers, until the person leaves.
struct ChatLoop {
    let model: LanguageModel
    let name: String
    let template: ChatTemplate
    let speculation: SpeculationSettings?
    var settings: ChatSettings
    var conversation = Conversation()
    private var session: Session
    private var editor: LineEditor
    private let historyFile: LineHistoryFile
    private let style = Style(descriptor: STDOUT_FILENO)

    /// - Throws: `InputError` if the model cannot guess ahead as `speculation` asks.
    init(
        model: LanguageModel, name: String, template: ChatTemplate, settings: ChatSettings,
        speculation: SpeculationSettings?
    ) throws {
        self.model = model
        self.name = name
        self.template = template
        self.settings = settings
        self.speculation = speculation
        self.session = try Session(model, speculation: speculation)
        self.historyFile = LineHistoryFile(path: LineHistoryFile.standardPath())
        let isInteractive = isatty(STDIN_FILENO) == 1
        // An unreadable history is no reason not to talk.
        self.editor = LineEditor(history: (isInteractive ? try? historyFile.read() : nil) ?? LineHistory())
    }

    mutating func run() async throws {
        if editor.isInteractive {
            try StandardOutput.line(style.dim("\(name). Type /help for commands, Ctrl-D to leave."))
        }
        while true {
            switch try editor.readLine(prompt: "> ") {
            case .end: return
            case .interrupted: continue
            case .line(let text):
                let line = text.trimmingCharacters(in: .whitespacesAndNewlines)
                if line.isEmpty { continue }
                // At once: a closed window ends the program without asking.
                if editor.isInteractive { try? historyFile.write(editor.history) }
                let command = ChatInput(line)
                if command == .bye { return }
                do {
                    if let command { try carryOut(command) } else { try await answer(line) }
                } catch let error as InputError {
                    StandardOutput.remark("\(error)")
                }
            }
        }
    }

    // MARK: Answers

    private mutating func answer(_ question: String) async throws {
        var shown = Conversation(system: conversation.system)
        for turn in conversation.turns.suffix(settings.turnsRemembered ?? .max) { shown.append(turn) }
        var request = try model.reply(
            to: shown.messages(asking: question), template: template, thinking: settings.thinks)
        request.sampling = settings.sampling
        request.maximumTokens = settings.maximumTokens
        request.constraint = settings.constraint
        let summary = try await stream(request)
        conversation.append(.init(question: question, answer: summary.answer))
        if summary.finishReason == .cancelled { try StandardOutput.line(style.dim("(stopped)")) }
        if editor.isInteractive {
            try StandardOutput.line(style.dim(rates(summary)) + "\n")
        } else if let report = SpeculationReport(summary) {
            StandardOutput.remark(report.sentence)
        }
    }

    /// Streams the answer; Ctrl-C ends it, and what was said so far stays said.
    private func stream(_ request: GenerationRequest) async throws -> GenerationSummary {
        let interrupt = InterruptSignal()
        defer { interrupt.cancel() }
        let style = style
        var printer = AnswerPrinter()
        printer.isCancelled = { interrupt.isRaised }
        // On a pipe nothing would tell it from the answer.
        printer.showThinking = editor.isInteractive ? { try? StandardOutput.write(style.dim($0)) } : nil
        return try await printer.print(session, request)
    }

    private func rates(_ summary: GenerationSummary) -> String {
        let read = summary.promptTokens - summary.rememberedTokens
        return "\(read) tokens read at \(Format.decimal(summary.promptRate)) a second, "
            + "\(summary.tokens.count) written at \(Format.decimal(summary.generationRate)) a second"
            + (SpeculationReport(summary).map { "; \($0.sentence)" } ?? "")
    }

    // MARK: Commands

    private mutating func carryOut(_ command: ChatInput) throws {
        switch command {
        case .help: try StandardOutput.line(ChatInput.summary)
        case .system(let text):
            if let text { conversation.system = text == "none" ? "" : text }
            try StandardOutput.line(conversation.system.isEmpty ? "No system prompt." : conversation.system)
        case .set(nil, _): try StandardOutput.line(Format.table(settings.rows))
        case .set(let name?, let value):
            try settings.set(name, to: value ?? "")
            try StandardOutput.line(Format.table(settings.rows.filter { $0.first == name }))
        case .save(let path):
            try conversation.save(to: path)
            try StandardOutput.line("Saved \(conversation.turns.count) turns to \(path).")
        case .load(let path):
            conversation = try Conversation(contentsOf: path)
            try StandardOutput.line("Loaded \(conversation.turns.count) turns from \(path).")
        case .clear:
            conversation.clear()
            session = try Session(model, speculation: speculation)
            try StandardOutput.line("The conversation is empty again.")
        case .bye: break
        case .unknown(let text): try StandardOutput.line("There is no command \(printable(text)); /help lists them.")
        }
    }
}

/// A line that begins with a slash.
enum ChatInput: Equatable {
    case help, clear, bye
    case system(String?)
    case set(String?, String?)
    case save(String)
    case load(String)
    case unknown(String)

    static let summary = """
        /system [TEXT|none]   show or change what the model is told first
        /set [NAME VALUE]     show or change settings, like /set temperature 0.3
        /save FILE            write the conversation to a file
        /load FILE            go on with a saved conversation
        /clear                forget the conversation
        /bye                  leave (or Ctrl-D)
        Ctrl-C stops an answer. A line that ends in a backslash goes on in the next.
        """

    /// `nil` for a question, which may happen to begin with a slash, like a path with more slashes.
    init?(_ line: String) {
        guard line.hasPrefix("/") else { return nil }
        let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard let word = parts.first, !word.dropFirst().contains("/") else { return nil }
        let rest = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : nil
        switch (word, rest) {
        case ("/help", _), ("/?", _): self = .help
        case ("/system", let text): self = .system(text)
        case ("/set", let text):
            let pair = text?.split(separator: " ", maxSplits: 1).map(String.init) ?? []
            self = .set(pair.first, pair.count > 1 ? pair[1].trimmingCharacters(in: .whitespaces) : nil)
        case ("/save", let path?): self = .save(path)
        case ("/load", let path?): self = .load(path)
        case ("/clear", _): self = .clear
        case ("/bye", _), ("/exit", _), ("/quit", _): self = .bye
        default: self = .unknown(word)
        }
    }
}
