import ArgumentParser
import Files
import Foundation
import Hub
import Reports

/// `isobath rm`: removes models from the store.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove pulled models.",
        discussion: """
            A name without a choice stands for all that was pulled of the repository, what is unfinished included. \
            Files that other revisions or models use too stay. Programs that have the model open keep it until they \
            end.

              isobath rm bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF:Q4_K_M
              isobath rm deepseek-ai/DeepSeek-V2-Lite-Chat --yes
            """)

    @Argument(help: "The models' names, as \"isobath list\" shows them.")
    var models: [String]

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "Only say what would be removed.")
    var dryRun = false

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() throws {
        let store = ModelStore()
        // All names are looked up before anything goes, so that a slip of the keyboard costs nothing.
        let references = try models.map { try ModelReference(argument: $0) }
        _ = try references.map { try store.removal(of: $0) }
        var rows: [Row] = []
        for reference in references {
            let removal = try store.removal(of: reference)
            if !json { StandardOutput.remark(text(removal, store)) }
            if dryRun {
                rows.append(Row(removal, isRemoved: false))
            } else if try yes || isConfirmed(reference) {
                try store.remove(removal)
                rows.append(Row(removal, isRemoved: true))
            }
        }
        if json { return try StandardOutput.json(["removed": rows], pretty: true) }
        for row in rows where row.isRemoved {
            try StandardOutput.line("\(row.name): removed, \(Format.bytes(row.freedBytes)) free")
        }
    }

    private func text(_ removal: ModelRemoval, _ store: ModelStore) -> String {
        let kept = removal.keptBytes > 0 ? "; \(Format.bytes(removal.keptBytes)) stay, as others use them" : ""
        let users = store.servers.list().filter { server in
            server.models.contains { $0.path.hasPrefix(removal.folderPath + "/") }
        }
        let served = users.map { "; \($0.address) serves it, and keeps it until it ends" }.joined()
        return "\(removal.reference): \(removal.files.count) files, \(Format.bytes(removal.freedBytes))\(kept)\(served)"
    }

    private func isConfirmed(_ reference: ModelReference) throws -> Bool {
        guard !standardInputIsPiped else {
            throw InputError(
                .invalidValue, source: reference.description, found: "found nobody to ask",
                expected: "consent to the removal", advice: "give --yes")
        }
        StandardOutput.remark("Remove it? [y/N] ", terminator: "")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }

    private struct Row: Encodable {
        var name: String
        var files: [String]
        var freedBytes: Int
        var keptBytes: Int
        var isRemoved: Bool

        init(_ removal: ModelRemoval, isRemoved: Bool) {
            name = removal.reference.description
            files = removal.files
            (freedBytes, keptBytes) = (removal.freedBytes, removal.keptBytes)
            self.isRemoved = isRemoved
        }
    }
}
