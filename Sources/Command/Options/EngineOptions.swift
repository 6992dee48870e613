import ArgumentParser
import Files
import Foundation
import Isobath
import Tensors

/// How the model is executed.
struct EngineOptions: ParsableArguments {
    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    @Option(help: "How keys and values are kept: f32 (exact), f16, bf16 or q8_0.")
    var cacheType = "f32"

    @Flag(help: "Multiply with activations in f32 rather than in 8 bits: slower, and exact.")
    var exact = false

    @Option(help: "The longest sequence; the model's own limit unless given.")
    var context: Int?

    @Option(
        help:
            "The most memory for a mixture's experts, like 8G: for models larger than memory. The file is mapped unless given."
    )
    var expertMemory: String?

    @Option(help: "A LoRA adapter to add, as PEFT or llama.cpp saves it: PATH, or PATH:SCALE.")
    var adapter: String?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp("Read experts ahead that the next layer may choose.", visibility: .hidden))
    var foresight = true

    @Option(help: ArgumentHelp("Which code runs: cpu, or reference (slow and plain).", visibility: .hidden))
    var engine = "cpu"

    @Option(help: ArgumentHelp("Form of latent attention: automatic, absorbed or expanded.", visibility: .hidden))
    var latentForm = "automatic"

    @Option(help: ArgumentHelp("Prompt tokens that go through the model at once.", visibility: .hidden))
    var chunk = 512

    func settings() throws -> EngineSettings {
        var settings = EngineSettings()
        settings.cacheElementType = try cacheElementType()
        settings.engine = try choice("--engine", engine)
        settings.arithmetic = exact ? .exact : .eightBit
        settings.latentForm = try choice("--latent-form", latentForm)
        settings.contextLength = try positive("--context", context)
        settings.expertMemory = try expertMemory.map { try ByteSize(parsing: $0, option: "--expert-memory").bytes }
        settings.foreseesExperts = foresight
        settings.adapter = try adapter.map {
            try AdapterSource(parsing: $0) { FileManager.default.fileExists(atPath: $0) }
        }
        settings.chunkLength = try positive("--chunk", chunk) ?? 512
        if let threads = try positive("--threads", threads) {
            guard threads <= 1_024 else { throw invalid("--threads", "\(threads)", "at most 1024") }
            ThreadPool.configure(threads: threads)
        }
        return settings
    }

    private func cacheElementType() throws -> ElementType {
        guard let type = ElementType(rawValue: cacheType.uppercased()),
            EngineSettings.cacheElementTypes.contains(type)
        else { throw invalid("--cache-type", "\"\(cacheType)\"", "f32, f16, bf16 or q8_0") }
        return type
    }

    private func choice<Choice: RawRepresentable & CaseIterable>(
        _ option: String, _ text: String
    ) throws -> Choice where Choice.RawValue == String {
        guard let value = Choice(rawValue: text) else {
            throw invalid(option, "\"\(text)\"", Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    private func positive(_ option: String, _ value: Int?) throws -> Int? {
        guard let value, value < 1 else { return value }
        throw invalid(option, "\(value)", "a number of at least 1")
    }

    private func invalid(_ option: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: "command line", field: option, found: "found \(found)", expected: expected,
            advice: "correct the option")
    }
}
