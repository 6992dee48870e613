import Files
import Foundation
import Generation

extension Endpoint {
    /// `/v1/embeddings`.
    static let embeddings = Endpoint.post(
        "/v1/embeddings", .openAI, "Turn texts into vectors", EmbeddingShapes.request, .json(EmbeddingShapes.answer)
    ) { call in
        let model = try call.service.model(named: call.body.given("model")?.string)
        let prompts = try RawPrompt.list(call.body["input"]).map { try model.tokens(of: $0, parsingSpecial: false) }
        let pooling = call.body.given("pooling")?.string
        let vectors = try await call.embed(prompts, pooling: pooling, model)
        let size = call.body.given("dimensions")?.integer
        let isPacked = call.body.given("encoding_format")?.string == "base64"
        let data = vectors.enumerated().map { index, vector -> JSONValue in
            let vector = vector.shortened(to: size)
            return [
                "object": "embedding", "index": .integer(index),
                "embedding": isPacked ? .string(vector.base64) : .array(vector.map { .decimal($0) }),
            ]
        }
        let count = prompts.reduce(0) { $0 + $1.count }
        return .json([
            "object": "list", "data": .array(data), "model": .string(model.id),
            "usage": ["prompt_tokens": .integer(count), "total_tokens": .integer(count)],
        ])
    }
}

/// What `/v1/embeddings` takes and gives.
enum EmbeddingShapes {
    static let request: Shape = .named(
        "EmbeddingRequest",
        .object([
            .optional("model", .model, "The model's name; the first that is served if left out."),
            .required("input", CompletionShapes.prompts, "A text, its token ids, or a list of either."),
            .optional("encoding_format", .string(among: ["float", "base64"])),
            .optional("dimensions", .integer(1...1 << 20), "Only so many of the first numbers, at length 1."),
            .optional("pooling", .string(among: ["mean", "last"]), "Which states make the vector; mean if left out."),
        ]))

    static let answer: Shape = .named(
        "EmbeddingAnswer",
        .object([
            .required("object", .string(among: ["list"])),
            .required(
                "data",
                .array(
                    .object([
                        .required("object", .string(among: ["embedding"])), .required("index", .count),
                        .required("embedding", .either([.array(.anyNumber), .text])),
                    ]))),
            .required("model", .text),
            .required(
                "usage", .object([.required("prompt_tokens", .count), .required("total_tokens", .count)])),
        ]))
}

extension [Float] {
    /// The first `count` numbers as a vector of length 1; all of them where it is `nil`.
    func shortened(to count: Int?) -> [Float] {
        guard let count, count < self.count else { return self }
        let kept = prefix(count)
        let length = kept.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? kept.map { $0 / length } : Array(kept)
    }

    /// The little-endian bytes in base 64.
    fileprivate var base64: String {
        Data(flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } })
            .base64EncodedString()
    }
}
