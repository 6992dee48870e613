import Files
import Testing

@testable import Command

@Suite struct ChatInputTests {
    @Test(
        arguments: [
            ("/help", .help), ("/?", .help), ("/help me", .help), ("/clear", .clear), ("/bye", .bye), ("/quit", .bye),
            ("/system", .system(nil)), ("/system  Be brief. ", .system("Be brief.")), ("/set", .set(nil, nil)),
            ("/set seed", .set("seed", nil)), ("/set top-p  0.5", .set("top-p", "0.5")), ("/save a b", .save("a b")),
            ("/save", .unknown("/save")), ("/load x", .load("x")), ("/", .unknown("/")), ("/nope", .unknown("/nope")),
            ("/usr/bin/true is what?", nil), ("help", nil), ("7 / 2", nil), ("", nil),
        ] as [(String, ChatInput?)])
    func linesAreCommandsOrQuestions(_ line: String, _ expected: ChatInput?) { #expect(ChatInput(line) == expected) }

    @Test func settingsChangeOrStay() throws {
        var settings = ChatSettings(sampling: .init())
        try settings.set("temperature", to: "0.25")
        try settings.set("top-k", to: "7")
        try settings.set("seed", to: "9")
        try settings.set("max-tokens", to: "5")
        try settings.set("think", to: "on")
        #expect(settings.sampling.temperature == 0.25 && settings.sampling.topK == 7 && settings.sampling.seed == 9)
        #expect(settings.maximumTokens == 5 && settings.thinks)
        try settings.set("seed", to: "random")
        try settings.set("max-tokens", to: "none")
        try settings.set("think", to: "off")
        #expect(settings.sampling.seed == nil && settings.maximumTokens == nil && !settings.thinks)
        for (name, value) in [("temperature", "-1"), ("top-p", "2"), ("top-k", "-1"), ("think", "maybe"), ("x", "1")] {
            let before = settings.rows
            #expect(throws: InputError.self) { try settings.set(name, to: value) }
            #expect(settings.rows == before)
        }
    }

    @Test func memoryIsANumberOfTurns() throws {
        var settings = ChatSettings(sampling: .init())
        for (text, turns) in [("3", 3), ("off", 0), ("0", 0), ("on", nil)] as [(String, Int?)] {
            try settings.set("memory", to: text)
            #expect(settings.turnsRemembered == turns)
        }
        for text in ["-1", "all", "1.5", ""] {
            #expect(throws: InputError.self) { try settings.set("memory", to: text) }
        }
    }

    @Test func everySettingThatIsShownCanBeSet() throws {
        var settings = ChatSettings(sampling: .init())
        for row in settings.rows {
            let name = try #require(row.first)
            try settings.set(name, to: ["think", "memory"].contains(name) ? "on" : "1")
        }
    }
}
