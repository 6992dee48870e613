import ArgumentParser
import Curriculum
import Testing

@testable import Command

/// The command lines that the corpus teaches are such as the program takes.
@Suite struct CommandIntentTests {
    /// The words of a line as a shell would give them, without redirections.
    static func words(_ line: String) -> [String] {
        var (words, word, isQuoted) = ([String](), "", false)
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case " " where !isQuoted:
                words.append(word)
                word = ""
            default: word.append(character)
            }
        }
        words.append(word)
        return Array(words.prefix { $0 != "<" }.dropFirst())
    }

    @Test(arguments: CommandIntent.all.map(\.line).filter { !$0.hasSuffix("--help") }) func linesAreTaken(line: String)
        throws
    {
        #expect(line.hasPrefix("isobath "))
        let command = try IsobathCommand.parseAsRoot(Self.words(line))
        #expect(!(command is IsobathCommand))
    }

    @Test func manualHasTheCommandsWithTheirHelp() throws {
        let manual = try CommandManual.ofThisProgram()
        let commands = manual.entries.map(\.command)
        #expect(Set(commands).count == commands.count && commands.contains("isobath data generate"))
        #expect(!commands.contains("isobath help"))
        let run = try #require(manual.entries.first { $0.command == "isobath run" })
        #expect(run.abstract == RunCommand.configuration.abstract)
        #expect(run.options.contains { $0.name == "--greedy" } && !run.options.contains { $0.name == "--help" })
        // What is hidden from people is not taught.
        #expect(!run.options.contains { $0.name == "--engine" })
        for intent in CommandIntent.all {
            #expect(commands.contains { intent.line.hasPrefix($0) }, "\(intent.line)")
        }
    }
}
