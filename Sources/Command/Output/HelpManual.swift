import ArgumentParser
import Curriculum
import Files

extension CommandManual {
    /// What the program's own commands say of themselves: of each that can be called, its sentence, and its options with theirs.
    /// - Throws: `InputError` if the argument parser describes itself in another form than it did.
    static func ofThisProgram() throws -> CommandManual {
        let dump = try JSONParser.parse(Array(IsobathCommand._dumpHelp().utf8), source: "the help texts")
        guard let root = dump["command"], let verbs = root["subcommands"]?.array else {
            throw InputError(
                .unsupported, source: "the help texts", field: "command", found: "found no commands",
                expected: "the program's commands", advice: "report this with the version of the program")
        }
        return CommandManual(verbs.flatMap { entries($0, after: "isobath") })
    }

    private static func entries(_ command: JSONValue, after path: String) -> [Entry] {
        guard let name = command["commandName"]?.string, command["shouldDisplay"]?.boolean != false, name != "help",
            let abstract = command["abstract"]?.string
        else { return [] }
        let own = Entry(
            command: "\(path) \(name)", abstract: abstract,
            options: (command["arguments"]?.array ?? []).compactMap(option))
        return [own] + (command["subcommands"]?.array ?? []).flatMap { entries($0, after: own.command) }
    }

    /// An option or flag by its long name; not those that every command has.
    private static func option(_ argument: JSONValue) -> Option? {
        guard argument["shouldDisplay"]?.boolean != false, let help = argument["abstract"]?.string,
            let name = argument["preferredName"]?["name"]?.string, !["help", "version"].contains(name)
        else { return nil }
        return Option(name: "--\(name)", help: help)
    }
}
