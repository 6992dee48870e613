import ArgumentParser
import Files
import Foundation
import Hub
import Isobath
import Reports

/// `isobath show`: what a stored model is.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Say what a pulled model is: configuration, files, licence.",
        discussion: """
            isobath show bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF:Q4_K_M
            isobath show deepseek-ai/DeepSeek-V2-Lite-Chat --json
            """)

    @Argument(help: "The model's name, as \"isobath list\" shows it.")
    var model: String

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() throws {
        let reference = try ModelReference(argument: model)
        guard let stored = try ModelStore().model(reference) else { throw ModelStore.notHere(reference) }
        // A model of a kind that is not run here can still be shown.
        let opened = Result { try LanguageModel(path: stored.path, settings: EngineSettings()).report() }
        let failure = if case .failure(let error) = opened { "\(error)" } else { String?.none }
        if json {
            return try StandardOutput.json(
                Report(stored: StoredModelRow(stored), model: try? opened.get(), problem: failure, stored), pretty: true
            )
        }
        var rows = [
            ["name", stored.name], ["commit", stored.commit],
            ["known as", stored.revisions.joined(separator: ", ")],
            ["size", "\(Format.bytes(stored.byteCount)), \(stored.files.count) files"],
            ["values", stored.quantization ?? "unknown"], ["licence", stored.licence ?? "not stated"],
            ["last used", StoreDate.day(stored.lastUsed)], ["path", stored.path],
        ]
        if let report = try? opened.get() { rows += ModelTable.rows(report) }
        try StandardOutput.line(Format.table(rows.filter { !$0[1].isEmpty }))
        let files = stored.files.map { [$0.path, Format.bytes($0.byteCount)] }
        try StandardOutput.line("\n" + Format.table(files, rightAligned: [1]))
        if let failure { StandardOutput.remark("It cannot be opened: \(failure)") }
    }

    private struct Report: Encodable {
        struct File: Encodable {
            var path: String
            var bytes: Int
            var location: String
        }

        var stored: StoredModelRow
        /// What `inspect --json` says; absent if the model cannot be opened.
        var model: ModelReport?
        /// Why it cannot be opened.
        var problem: String?
        var licence: String?
        var files: [File]

        init(stored: StoredModelRow, model: ModelReport?, problem: String?, _ source: StoredModel) {
            (self.stored, self.model, self.problem) = (stored, model, problem)
            licence = source.licence
            files = source.files.map { File(path: $0.path, bytes: $0.byteCount, location: $0.location) }
        }
    }
}
