import ArgumentParser
import Files
import Foundation
import Hub
import Isobath
import Logging
import Serving

/// `isobath serve`: models behind HTTP.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Answer other programs over HTTP.",
        discussion: """
            Speaks the interfaces of OpenAI, Anthropic and Ollama, so that their clients work unchanged, and shows a page \
            to chat. GET /openapi.json lists all there is. Ctrl-C ends it once answers in progress are done.

              isobath serve                                   the model that comes along, at http://127.0.0.1:8080
              isobath serve model.gguf --port 11434           where Ollama's clients look for it
              isobath serve chat=big.gguf code=coder.gguf     two models, by name
              isobath serve model.gguf --host 0.0.0.0 --api-key-file keys.txt --tls-certificate c.pem --tls-key k.pem
            """)

    @Argument(help: "GGUF files, folders with safetensors, or names; each perhaps as NAME=PATH.")
    var models: [String] = []

    @OptionGroup(title: "Listening")
    var listening: ListeningOptions

    @OptionGroup(title: "Serving")
    var serving: ServingOptions

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func run() async throws {
        let settings = try listening.settings(serving)
        try settings.check()
        let engineSettings = try engine.settings()
        let served = try (models.isEmpty ? [ShippedModel.standard.name] : models).map {
            try serving.open($0, engineSettings)
        }
        if models.isEmpty { StandardOutput.remark(ShippedModel.standard.remarkWhenMeant) }
        let logger = try serving.logger
        let entry = ServerEntry(logger: logger)
        let supply = ModelSupply(
            open: { [serving] in try serving.open($0, engineSettings) }, onChange: { entry.update($0) })
        let service = try ModelService(
            served, settings, supply: supply, version: IsobathCommand.configuration.version, logger: logger)
        let server = try Server(service, page: serving.page ? try Server.pageFolder() : nil)
        try await server.run { port in
            let address = settings.address(port: port)
            entry.publish(address, served)
            StandardOutput.remark("Serving \(served.map(\.id).joined(separator: ", ")) at \(address)")
        }
        entry.end()
    }
}

extension ServerSettings {
    /// What a client is told to ask, with the port that is listened at.
    fileprivate func address(port: Int) -> String {
        "\(certificate == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
