import ArgumentParser
import Foundation
import Hub
import Reports

/// `isobath list`: the models in the store.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the models that were pulled.",
        discussion: """
            Each can be given to any command by its name. Models that Hugging Face's own programs have downloaded are \
            among them.

              isobath list
              isobath list --json
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() throws {
        let store = ModelStore()
        let (models, unfinished) = (store.models(), store.unfinished())
        if json { return try StandardOutput.json(Result(models, unfinished), pretty: true) }
        if models.isEmpty, unfinished.isEmpty {
            return StandardOutput.remark("No models yet in \(store.folder); isobath pull brings one.")
        }
        if !models.isEmpty {
            let rows = models.map { model in
                [
                    model.name, Format.bytes(model.byteCount), model.format.rawValue, model.quantization ?? "–",
                    StoreDate.day(model.lastUsed),
                ]
            }
            try StandardOutput.line(
                Format.table([["name", "size", "format", "values", "last used"]] + rows, rightAligned: [1]))
        }
        for (repository, bytes) in unfinished.sorted(by: { $0.key.description < $1.key.description }) {
            StandardOutput.remark("Unfinished: \(repository), \(Format.bytes(bytes)) so far.")
        }
    }

    private struct Result: Encodable {
        struct Unfinished: Encodable {
            var repository: String
            var bytes: Int
        }

        var models: [StoredModelRow]
        var unfinished: [Unfinished]

        init(_ models: [StoredModel], _ unfinished: [RepositoryName: Int]) {
            self.models = models.map(StoredModelRow.init)
            self.unfinished = unfinished.map { Unfinished(repository: $0.key.description, bytes: $0.value) }
                .sorted { $0.repository < $1.repository }
        }
    }
}
