import ArgumentParser
import Files
import Hub
import Reports

/// `isobath ps`: which servers run, and what they hold.
struct ProcessesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List running servers and the models that they hold.",
        discussion: """
            isobath ps
            isobath ps --json
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() throws {
        let servers = ModelStore().servers.list()
        if json { return try StandardOutput.json(["servers": servers.map(Row.init)], pretty: true) }
        guard !servers.isEmpty else { return StandardOutput.remark("No server runs; isobath serve starts one.") }
        let rows = servers.flatMap { server in
            (server.models.isEmpty ? [nil] : server.models.map(Optional.some)).map { model in
                [
                    server.address, "\(server.process)", StoreDate.minute(server.started),
                    model.map { printable($0.name) } ?? "–", model.map { Format.bytes($0.byteCount) } ?? "–",
                ]
            }
        }
        try StandardOutput.line(
            Format.table([["address", "process", "since", "model", "size"]] + rows, rightAligned: [1, 4]))
    }

    private struct Row: Encodable {
        struct Model: Encodable {
            var name: String
            var path: String
            var bytes: Int
        }

        var process: Int32
        var address: String
        var started: String
        var models: [Model]

        init(_ server: RunningServer) {
            (process, address) = (server.process, server.address)
            started = StoreDate.exact(server.started)
            models = server.models.map { Model(name: $0.name, path: $0.path, bytes: $0.byteCount) }
        }
    }
}
