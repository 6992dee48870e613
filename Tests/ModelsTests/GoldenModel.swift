import Checkpoints
import Files
import Models
import Tensors
import TestSupport
import Testing

/// A recorded model: its checkpoint, decoder, prompts and what the reference implementation computed.
struct GoldenModel: Sendable, CustomTestStringConvertible {
    static let names = [
        "deepseek-moe", "llama-gqa", "llama-linear", "llama-mha", "llama3-tied", "qwen2", "qwen3-yarn", "v2", "v2-lite",
        "v2-mscale", "v3", "v3-fp8", "v3-k256",
    ]

    let name: String
    let decoder: Decoder
    let recorded: RecordedTensors

    var testDescription: String { name }

    /// - Parameter file: another file with the same weights.
    init(_ name: String, file: String? = nil) throws {
        self.name = name
        let folder = Fixture.path("text/" + name)
        self.recorded = try RecordedTensors(path: folder + "/golden")
        // `v2-mscale` is a configuration over the weights of `v2-lite`.
        self.decoder = try Decoder(try openCheckpoint(at: file.map { Fixture.path($0) } ?? folder))
    }

    struct Prompt {
        let name: String
        let tokens: [Int32]
        let greedy: [Int32]
    }

    func prompts() throws -> [Prompt] {
        let prompts = try #require(recorded.description["prompts"]?.object)
        return try prompts.members.map { name, value in
            func ids(_ key: String) throws -> [Int32] {
                try #require(value[key]?.array).map { Int32(try #require($0.integer)) }
            }
            return Prompt(name: name, tokens: try ids("ids"), greedy: try ids("greedy"))
        }
    }
}

/// ‖a − b‖ / ‖b‖.
func relativeError(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    var difference = 0.0
    var norm = 0.0
    for (x, y) in zip(a, b) {
        difference += Double(x - y) * Double(x - y)
        norm += Double(y) * Double(y)
    }
    return difference.squareRoot() / max(norm.squareRoot(), 1e-30)
}

/// The place of the largest value; of equal ones the first.
func largest(_ values: some Collection<Float>) -> Int32 {
    var best: (place: Int32, value: Float) = (-1, -.infinity)
    for (place, value) in values.enumerated() where value > best.value { best = (Int32(place), value) }
    return best.place
}
