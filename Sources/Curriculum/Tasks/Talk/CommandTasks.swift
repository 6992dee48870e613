import Generation

/// Which command does what one wants: the program's own, with its arguments.
struct CommandTask: ExerciseTask {
    let name = "commands"
    private let intents: [(intent: CommandIntent, abstract: String)]

    /// Intents whose command the manual does not have are left out; `nil` if none is left.
    init?(_ manual: CommandManual) {
        intents = CommandIntent.all.compactMap { intent in
            manual.entry(of: intent.line).map { (intent, "\($0.command): \($0.abstract)") }
        }
        if intents.isEmpty { return nil }
    }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (intent, abstract) = random.pick(intents)
        let (frames, wish) = (random.pick(Self.frames), random.pick(intent.wishes))
        let question = random.pick(frames).replacing("WISH", with: wish)
        return Exercise(
            prompt: random.wording([question]), thought: abstract + "\n" + intent.line, answer: intent.line,
            content: "\(frames[0]) \(wish)")
    }

    /// Ways to ask; those in a row say the same with a few words more, so that they are held out together.

    private static let frames = [
        ["How do I WISH?", "How do I WISH with Isobath?", "With isobath, how do I WISH?"],
        ["How can I WISH?", "Hello, how can I WISH?"],
        ["Which command do I use to WISH?"], ["What is the command to WISH?", "Command to WISH?"],
        ["I want to WISH. What do I type?", "I want to WISH."], ["Show me how to WISH."], ["Tell me how to WISH."],
        ["What do I type to WISH?"], ["I would like to WISH. Which command is that?"],
        ["Give me the command line to WISH."], ["Please help me to WISH."], ["How does one WISH?"],
    ]
}

/// What a command is for, in the words of its help.
struct CommandMeaningTask: ExerciseTask {
    let name = "command-meanings"
    private let entries: [CommandManual.Entry]

    init?(_ manual: CommandManual) {
        entries = manual.entries
        if entries.isEmpty { return nil }
    }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let entry = random.pick(entries)
        let short = entry.command.split(separator: " ").dropFirst().joined(separator: " ")
        let name = random.pick([
            entry.command, "`\(entry.command)`", "isobath's \(short)", "the command \(entry.command)",
        ])
        let question = random.pick([
            "What does \(name) do?", "What is \(name) for?", "Explain \(name).", "What is \(name)?",
            "When do I need \(name)?",
            "Tell me about \(name).", "What happens with \(name)?", "Describe \(name) in a sentence.",
            "What can I do with \(name)?",
        ])
        return Exercise(
            prompt: random.wording([question]), thought: "\(entry.command): \(entry.abstract)\n\(entry.abstract)",
            answer: entry.abstract, content: question.filter { $0 != "`" })
    }
}

/// What an option of a command does, in the words of its help.
struct CommandOptionTask: ExerciseTask {
    let name = "command-options"
    private let options: [(command: String, option: CommandManual.Option)]

    /// Commands that a newcomer meets first; the others' options would be more than a small model can keep.
    private static let taught = ["run", "chat", "quantize", "convert", "train"].map { "isobath \($0)" }

    init?(_ manual: CommandManual) {
        options = manual.entries.filter { Self.taught.contains($0.command) }.flatMap { entry in
            entry.options.map { (entry.command, $0) }
        }
        if options.isEmpty { return nil }
    }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let (command, option) = random.pick(options)
        let question = random.pick([
            "What does \(option.name) do in \(command)?", "What is \(option.name) of \(command) for?",
            "Explain the option \(option.name) of \(command).", "\(command) \(option.name): what is that?",
            "What happens if I give \(command) the option \(option.name)?",
            "Tell me about \(option.name) in \(command).",
            "In \(command), what does \(option.name) mean?", "When do I use \(option.name) with \(command)?",
        ])
        return Exercise(
            prompt: random.wording([question]), thought: "\(command) \(option.name): \(option.help)\n\(option.help)",
            answer: option.help, content: question)
    }
}
