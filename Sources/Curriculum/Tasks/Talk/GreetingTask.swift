import Generation

/// The few words that people type before they have a question, in every spelling: “hello”, “THX!”, “ok”.
///
/// `ConversationTask` has whole sentences, spelled with care. These are so few that in a large corpus each would come thousands of times,
/// and so short that they look like the beginning of something else; so they are made only where the task is named.
struct GreetingTask: ExerciseTask {
    let name = "greetings"
    var isVerifiable: Bool { false }

    private struct Kind {
        let subject: ConversationTask.Subject
        /// Whether it may be said to somebody: “hello there”.
        let isAddressed: Bool
        let phrases: [String]
    }

    func exercise(_ random: inout RandomSource) -> Exercise {
        let kind = random.pick(Self.kinds)
        let phrase = random.pick(kind.phrases)
        let address = kind.isAddressed && random.chance(0.25) ? random.pick(Self.addresses) : ""
        let reply = kind.subject.reply
        return Exercise(
            history: random.chance(0.3) ? [earlier(&random)] : [], prompt: spelled(phrase + address, &random),
            thought: kind.subject.thought + "\n" + reply, answer: reply,
            // Alone, everybody has to know it.
            content: address.isEmpty ? nil : phrase + address)
    }

    /// A question that was answered before.
    private func earlier(_ random: inout RandomSource) -> Exercise.Turn {
        let (a, b) = (random.number(0...12), random.number(0...12))
        return random.pick([
            .init(prompt: "What is \(a) + \(b)?", reply: "\(a + b)"), .init(prompt: "\(a) * \(b)", reply: "\(a * b)"),
            .init(prompt: "hi", reply: ConversationTask.Subject.greeting.reply),
        ])
    }

    /// In small letters, with a capital, or in capitals; with a mark behind it or none.
    private func spelled(_ phrase: String, _ random: inout RandomSource) -> String {
        let mark = random.pick(["", "", "", ".", "!", "!", "?", "!!", "..."])
        let letters = random.pick(weighted: [
            (5, phrase), (4, phrase.prefix(1).uppercased() + phrase.dropFirst()), (1, phrase.uppercased()),
        ])
        return letters + (phrase.last?.isLetter == true ? mark : "")
    }

    private static let addresses = [
        " there", " nano", " isobath", " you", ", nano", " my friend", " again", " everyone", " all",
    ]

    private static let kinds = [
        Kind(
            subject: .greeting, isAddressed: true,
            phrases: [
                // Said most, these stand twice.
                "hello", "hi", "hey", "hello", "hi", "hey", "helo", "hallo", "hiya", "howdy", "yo", "greetings",
                "good morning", "morning", "good afternoon", "good evening", "evening", "good day", "welcome",
                "how are you", "how are you doing", "how are you today", "how do you do", "how is it going",
                "what's up", "are you there", "anybody there", "nice to meet you", "hello hello", "hi, how are you",
            ]),
        Kind(
            subject: .thanks, isAddressed: true,
            phrases: [
                "thanks", "thank you", "thanks a lot", "thank you so much", "thx", "ty", "cheers", "many thanks",
                "thank you very much", "ok thanks", "great, thanks", "thanks, that is all I need", "perfect, thank you",
            ]),
        Kind(
            subject: .farewell, isAddressed: true,
            phrases: [
                "bye", "goodbye", "bye bye", "good bye", "see you", "see you later", "see you tomorrow", "later",
                "good night", "farewell", "quit", "exit", "stop", "end", "I am done", "I have to go", "have a nice day",
                "that is all", "ok bye", "take care",
            ]),
        Kind(
            subject: .acknowledgement, isAddressed: true,
            phrases: [
                "ok", "okay", "good", "great", "nice", "cool", "fine", "well done", "good job", "perfect", "right",
                "correct", "I see", "yes", "no", "sure", "wow", "interesting", "true", "not bad", "awesome", "aha",
            ]),
        Kind(
            subject: .identity, isAddressed: false,
            phrases: [
                "who are you", "what are you", "your name", "what is your name", "who is this", "are you an AI",
                "are you a robot", "are you human", "are you real", "are you deepseek", "are you chatgpt",
                "which model are you", "nano", "isobath nano",
            ]),
        Kind(
            subject: .abilities, isAddressed: false,
            phrases: [
                "help", "help me", "can you help me", "I need help", "test", "testing", "start", "menu", "what now",
                "what can I ask", "what can you do", "what do you do", "what should I type",
                "I do not know what to ask",
                "I have a question", "can I ask you something", "let us begin", "show me", "?",
            ]),
    ]
}

extension ConversationTask.Subject {
    /// What is said to an answer; `ConversationTask` has none of it.
    fileprivate static let acknowledgement = Self(
        thought: "A word on what was said: I go on.", reply: "Good. What is your next question?", questions: [])
}
