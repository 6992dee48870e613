import ArgumentParser
import Files
import Foundation
import Hub
import Isobath
import Logging
import Serving

/// How requests are answered, and how much is taken from them.
struct ServingOptions: ParsableArguments {
    @Option(help: "The chat template, where a checkpoint declares none that is known.")
    var template: String?

    @Flag(inversion: .prefixedNo, help: "Show the page to chat at /.")
    var page = true

    @Option(help: "Answers that are written together.")
    var slots = EngineLimits().slots

    @Option(help: "Requests that may wait; further ones are told to come back later.")
    var queue = EngineLimits().queueLength

    @Option(help: "The most memory for keys and values, like 2G; a quarter of the machine's unless given.")
    var cacheMemory: String?

    @Option(help: "A folder that keeps keys and values of prompts over a restart.")
    var cacheDir: String?

    @Option(help: "The most that folder may hold.")
    var cacheDirSize = "8G"

    @Option(help: "Tokens guessed ahead by the model's prediction layers for an answer that is written alone.")
    var speculate = 0

    @Option(help: "The largest body of a request.")
    var maxBody = "4M"

    @Option(help: "Seconds that an answer may take, waiting included.")
    var timeout = 3600.0

    @Flag(help: "Write prompts to the log, too.")
    var logPrompts = false

    @Option(help: "What is logged: debug, info, warning or error.")
    var logLevel = "info"

    func limits() throws -> ServerLimits {
        var limits = ServerLimits()
        limits.bodyBytes = try ByteSize(parsing: maxBody, option: "--max-body").bytes
        guard timeout > 0, timeout < 1e9 else {
            throw InputError(
                .invalidValue, source: "command line", field: "--timeout", found: "found \(timeout)",
                expected: "a number of seconds above 0", advice: "correct the option")
        }
        limits.answerSeconds = timeout
        return limits
    }

    private func engineLimits() throws -> EngineLimits {
        var limits = EngineLimits()
        (limits.slots, limits.queueLength, limits.speculation) = (slots, queue, speculate)
        limits.cacheMemory = try cacheMemory.map { try ByteSize(parsing: $0, option: "--cache-memory").bytes }
        limits.directory = cacheDir
        limits.directoryBytes = try ByteSize(parsing: cacheDirSize, option: "--cache-dir-size").bytes
        return limits
    }

    var logger: Logger {
        get throws {
            guard let level = Logger.Level(rawValue: logLevel) else {
                throw InputError(
                    .invalidValue, source: "command line", field: "--log-level", found: "found “\(logLevel)”",
                    expected: "debug, info, warning or error", advice: "correct the option")
            }
            var logger = Logger(label: "isobath") { StreamLogHandler.standardError(label: $0) }
            logger.logLevel = level
            return logger
        }
    }

    /// Opens what a person called MODEL, perhaps under a name.
    func open(_ argument: String, _ settings: EngineSettings) throws -> OpenModel {
        let (name, place) = ServingOptions.parts(argument)
        let location = try ModelLocation.resolve(place)
        let id = name ?? location.name ?? ServingOptions.name(of: location.path)
        let examples = location.name.flatMap(ShippedModel.init(named:))?.examples ?? []
        return try open(location.path, id: id, examples: examples, settings)
    }

    /// Opens what was pulled.
    func open(_ stored: StoredModel, _ settings: EngineSettings) throws -> OpenModel {
        try open(stored.path, id: stored.name, settings)
    }

    private func open(
        _ path: String, id: String, examples: [String] = [], _ settings: EngineSettings
    ) throws -> OpenModel {
        let model = try LanguageModel(path: path, settings: settings)
        return try OpenModel(
            id: id, model, template: template.map { try ChatTemplate(named: $0) }, examples: examples,
            engine: Engine(model, limits: engineLimits()))
    }

    /// NAME=PATH, unless the whole is a file.
    static func parts(_ argument: String) -> (name: String?, place: String) {
        guard !FileManager.default.fileExists(atPath: argument), let equals = argument.firstIndex(of: "="),
            equals > argument.startIndex
        else { return (nil, argument) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    /// The last part of a path, without what says that it is a model.
    static func name(of path: String) -> String {
        let name = URL(filePath: path).standardizedFileURL.lastPathComponent
        return name.hasSuffix(".gguf") ? String(name.dropLast(5)) : name
    }
}
