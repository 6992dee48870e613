import ArgumentParser
import Hub
import Isobath
import Reports

/// `isobath inspect`: what a checkpoint is and what it needs.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a model is, how large, and what memory it needs.",
        discussion: """
            Supported are safetensors folders of the model types llama, qwen2, qwen3, deepseek, deepseek_v2 and \
            deepseek_v3, and GGUF files of the architectures llama, qwen2, qwen3, deepseek and deepseek2.

              isobath inspect model.gguf
              isobath inspect folder --tensors
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name.")
    var model: String?

    @Flag(help: "List all tensors too.")
    var tensors = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Engine")
    var engine: EngineOptions

    mutating func run() throws {
        let model = try LanguageModel.open(model, engine)
        let report = model.report()
        if json {
            return try StandardOutput.json(
                Result(model: report, tensors: tensors ? model.tensorReports() : nil), pretty: true)
        }
        try StandardOutput.line(Format.table(ModelTable.rows(report)))
        guard tensors else { return }
        let list = model.tensorReports().map { tensor in
            let shape = tensor.shape.map(String.init).joined(separator: " × ")
            return [tensor.name, tensor.elementType, shape, Format.bytes(tensor.bytes)]
        }
        try StandardOutput.line("\n" + Format.table(list, rightAligned: [3]))
    }

    private struct Result: Encodable {
        var model: ModelReport
        var tensors: [TensorReport]?
    }
}
