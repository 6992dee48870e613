import ArgumentParser
import Files
import Foundation
import Hub
import Isobath

/// `isobath adapter`: what can be done with a LoRA adapter besides running it.
struct AdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter",
        abstract: "Look into LoRA adapters, merge them into models, write them anew.",
        discussion: """
            An adapter is a folder as PEFT saves it, or a GGUF file as llama.cpp has it. `isobath run`, `chat`, `score` and other commands take one with \
            --adapter PATH or PATH:SCALE, on quantized models too.

              isobath chat model-q4_k_m.gguf --adapter adapter
              isobath adapter inspect adapter
              isobath adapter merge model-q4_k_m.gguf adapter -o merged --type f32
              isobath adapter export model.gguf adapter:0.5 -o weaker
              isobath adapter export model.gguf adapter -o adapter.gguf
            """,
        subcommands: [InspectAdapterCommand.self, MergeAdapterCommand.self, ExportAdapterCommand.self])
}

extension AdapterSource {
    fileprivate init(named text: String) throws {
        try self.init(parsing: text) { FileManager.default.fileExists(atPath: $0) }
    }
}

/// `isobath adapter inspect`: what an adapter is.
struct InspectAdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Say what an adapter is: ranks, strength, and the layers that it is for.")

    @Argument(help: "The folder or file of the adapter.")
    var adapter: String

    @Flag(help: "Print one JSON object.")
    var json = false

    mutating func run() throws {
        let report = try AdapterReport(AdapterSource(named: adapter).path)
        if json { return try StandardOutput.json(report) }
        for line in report.lines { try StandardOutput.line(line) }
    }
}

/// `isobath adapter merge`: a model with an adapter added to its weights.
struct MergeAdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Write a model with the adapter added to its weights.",
        discussion: """
            The output is a folder with safetensors, which any model becomes, or, from safetensors, a GGUF file. Quantized \
            weights are decoded; `isobath quantize` makes them small again.

              isobath adapter merge model-q4_k_m.gguf adapter -o merged --type f32
              isobath adapter merge folder adapter:0.5 -o merged.gguf --type q8_0
            """)

    @OptionGroup var names: AdapterArguments

    @Option(name: .shortAndLong, help: "The folder, or the GGUF file, to write.")
    var output: String

    @OptionGroup var options: ConversionOptions

    mutating func run() throws {
        let conversion = try options.conversion(
            of: ModelLocation.meant(by: names.model).path, adding: AdapterSource(named: names.adapter), to: output)
        try options.write(conversion, "merging")
        try ConversionReport(conversion).print(asJSON: options.json, everyTensor: false)
    }
}

/// `isobath adapter export`: an adapter in PEFT's or llama.cpp's layout.
struct ExportAdapterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Check an adapter against its model, and write it as PEFT or llama.cpp does.",
        discussion: """
            A name that ends in .gguf is llama.cpp's file, any other PEFT's folder. With ADAPTER:SCALE the scale becomes a part \
            of the adapter.

              isobath adapter export model.gguf adapter:0.5 -o weaker
            """)

    @OptionGroup var names: AdapterArguments

    @Option(name: .shortAndLong, help: "The folder, or the GGUF file, to write.")
    var output: String

    @Option(help: "What the adapter calls its base model, for PEFT: a folder, or a name on a hub; MODEL unless given.")
    var base: String?

    mutating func run() throws {
        let checkpoint = try openCheckpoint(at: try ModelLocation.meant(by: names.model).path)
        let source = try Adapter(AdapterSource(named: names.adapter), for: checkpoint)
        if let names = try? FileManager.default.contentsOfDirectory(atPath: output), !names.isEmpty {
            throw InputError(
                .unreadable, source: output, found: "found a folder that is not empty",
                expected: "a place for a new folder", advice: "give another path, or move away what is there")
        }
        if output.lowercased().hasSuffix(".gguf") {
            try source.writeGGUF(to: output, for: checkpoint)
        } else {
            try source.write(to: output, for: checkpoint, baseModel: base)
        }
        try StandardOutput.line("\(output): \(source.pairs.count) pairs, \(source.parameterCount) values")
    }
}
