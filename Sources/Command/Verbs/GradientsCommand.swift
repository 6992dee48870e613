import ArgumentParser
import Files
import Hub
import Isobath
import Tensors
import Training

/// `isobath gradients`: how the loss changes with every parameter.
struct GradientsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gradients",
        abstract: "Write the derivative of the next-token loss by every parameter.",
        discussion: """
            The loss is the mean of −log p of each token but the first, in nats. Parameters are decoded to f32; their \
            gradients go to a safetensors file under the checkpoint's own names, to be compared with other frameworks.

              isobath gradients folder --tokens 1,2,3,4 -o gradients.safetensors
            """)

    @Argument(help: "A GGUF file, a folder with safetensors, or a name; nano unless given.")
    var model: String?

    @Option(help: "Token ids, like 1,2,3: each but the first is predicted.")
    var tokens: String

    @Option(name: .shortAndLong, help: "The safetensors file to write; only the loss is printed unless given.")
    var output: String?

    @Option(name: [.customShort("t"), .long], help: "Threads; all cores unless given.")
    var threads: Int?

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Result: Encodable {
        let loss: Double
        let predictedTokens: Int
        let parameters: Int
        let output: String?
    }

    mutating func run() throws {
        if let threads { ThreadPool.configure(threads: threads) }
        let ids = try parseTokens(tokens, source: "--tokens")
        let source = try openCheckpoint(at: try ModelLocation.meant(by: model).path)
        let checkpoint = try TrainableCheckpoint(decoding: source)
        var settings = EngineSettings()
        settings.arithmetic = .exact
        let result = try LossGradients(checkpoint, tokens: ids, operations: settings.operations(pool: .shared))
        try output.map { try result.write(to: $0) }
        let count = checkpoint.tensors.reduce(0) { $0 + $1.tensor.shape.count }
        if json {
            return try StandardOutput.json(
                Result(loss: result.loss, predictedTokens: ids.count - 1, parameters: count, output: output))
        }
        try StandardOutput.line("loss \(result.loss) over \(ids.count - 1) tokens")
    }
}
