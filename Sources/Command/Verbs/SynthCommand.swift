import ArgumentParser
import Files
import Hub
import Isobath
import Quantization
import Reports

/// `isobath synth`: a file with a released model's shape and random weights.
struct SynthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "synth",
        abstract: "Write a GGUF file with the shape of a released model and random weights.",
        discussion: """
            What such a model says is noise; its sizes, element types and names are those of the real file, and llama.cpp \
            opens it too. So anyone can measure and compare without the weights. The same command gives the same bytes.

              isobath synth --list
              isobath synth deepseek-v2-lite --type q4_k_m -o v2-lite.gguf
              isobath synth deepseek-v3-thin --type dq3_k_m --prediction-layers 1 -o thin.gguf
              isobath synth folder/config.json --type q8_0 --vocabulary other.gguf -o model.gguf
            """)

    @Argument(help: "A released model (see --list), or the path of a config.json.")
    var shape: String?

    @Option(help: "How the weights are stored: a recipe of `isobath quantize`, by name or as a file.")
    var type: String?

    @Option(name: .shortAndLong, help: "The file to write.")
    var output: String?

    @Option(
        help: "Where the tokens come from: a GGUF file, a tokenizer.json or its folder; First Light's unless given.")
    var vocabulary: String?

    @Option(help: "Main layers; as released unless given.")
    var layers: Int?

    @Option(help: "How many of them are dense, from the first.")
    var denseLayers: Int?

    @Option(help: "Multi-token-prediction layers, 0 or 1.")
    var predictionLayers = 0

    @Option(help: "Other seeds give other weights.")
    var seed: UInt64 = 1

    @Flag(help: "List the shapes with their sizes.")
    var list = false

    @Flag(help: "With --list: print one JSON array, with the sizes under all types.")
    var json = false

    mutating func validate() throws {
        if list {
            guard shape == nil, output == nil, type == nil else {
                throw ValidationError("--list stands alone or with --json.")
            }
        } else if json {
            throw ValidationError("--json goes with --list.")
        } else {
            guard shape != nil else { throw ValidationError("Name a shape; --list shows them.") }
            guard type != nil else { throw ValidationError("Say how the weights are stored, with --type.") }
            guard output != nil else { throw ValidationError("Say which file to write, with -o.") }
        }
    }

    mutating func run() throws {
        if list { return try ShapeList.print(asJSON: json) }
        guard let shape, let type, let output else { return }
        let recipe = try Recipe(type)
        let released = try ReleasedShape(shape)
        let variation = ShapeVariation(layers: layers, denseLayers: denseLayers, predictionLayers: predictionLayers)
        let fields = try variation.applied(to: released.fields, source: released.path)
        let model = try SyntheticModel(
            name: released.name, fields: fields, source: released.path, recipe: recipe)
        let tokens = try openVocabulary(at: vocabulary ?? ShippedModel.firstLight.path())
        let header = try model.header(vocabulary: tokens, path: output)
        // The file that was begun is removed if Ctrl-C ends this.
        try interruptibleWork("writing", unit: "MB", total: header.fileByteCount) { done in
            try model.write(header, to: output, seed: seed, progress: done)
        }
        let (size, bytes) = (model.size, Format.bytes(header.fileByteCount))
        try StandardOutput.line(
            "\(output): \(bytes), \(Format.count(size.parameters)) parameters; a token reads "
                + "\(Format.bytes(size.activeBytes)), \(Format.count(size.activeParameters)) parameters.")
    }
}
