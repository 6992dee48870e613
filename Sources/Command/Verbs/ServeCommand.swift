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
        let served = try (models.isEmpty ? [ShippedModel.name] : models).map {
            try serving.open($0, engineSettings)
        }
        if models.isEmpty { StandardOutput.remark(ShippedModel.summary) }
        let service = try ModelService(
            served, settings, version: IsobathCommand.configuration.version, logger: serving.logger)
        let server = try Server(service, page: serving.page ? try Server.pageFolder() : nil)
        let names = served.map(\.id).joined(separator: ", ")
        try await server.run { port in
            let scheme = settings.certificate == nil ? "http" : "https"
            let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
            StandardOutput.remark("Serving \(names) at \(scheme)://\(host):\(port)")
        }
    }
}
