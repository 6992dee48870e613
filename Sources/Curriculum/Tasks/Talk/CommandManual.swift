/// What the program says of its own commands: the help texts, as data.
package struct CommandManual: Sendable, Equatable {
    package struct Option: Sendable, Equatable {
        /// "--recipe"
        package let name: String
        package let help: String

        package init(name: String, help: String) { (self.name, self.help) = (name, help) }
    }

    package struct Entry: Sendable, Equatable {
        /// "isobath data pack"
        package let command: String
        /// What it does, in a sentence.
        package let abstract: String
        package let options: [Option]

        package init(command: String, abstract: String, options: [Option]) {
            (self.command, self.abstract, self.options) = (command, abstract, options)
        }
    }

    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    /// The entry of the command that `line` begins with; of several, the longest.
    func entry(of line: String) -> Entry? {
        entries.filter { line == $0.command || line.hasPrefix($0.command + " ") }.max {
            $0.command.count < $1.command.count
        }
    }
}
