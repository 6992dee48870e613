import Files
import Foundation
import Models
import Tensors

/// How likely a model found one token of a text.
public struct TokenScore: Sendable, Equatable {
    /// The token's id.
    public var token: Int32
    /// The natural logarithm of its probability; `nil` for the first token, before which nothing stood.
    public var logProbability: Double?
    /// The likeliest tokens at its place, likeliest first; empty for the first token.
    public var alternatives: [LogProbabilities.Entry]

    /// A token with its probability, and the `count` likeliest tokens, by what the model expected at its place.
    init(_ token: Int32, _ expected: LogProbabilities?, top count: Int) {
        self.token = token
        self.logProbability = expected.flatMap { $0[token] }
        self.alternatives = expected?.top(count) ?? []
    }
}

extension LanguageModel {
    /// The log-probability of every token of a text, with the `top` likeliest alternatives.
    /// - Parameter progress: called with the number of tokens done, after every chunk.
    /// - Throws: `InputError` if the text is empty, longer than the context, or has an id outside of the vocabulary.
    public func score(_ tokens: [Int32], top: Int = 0, progress: (Int) -> Void = { _ in }) throws -> [TokenScore] {
        guard tokens.count <= contextLength else {
            throw InputError(
                .excessive, source: "text", found: "found \(tokens.count) tokens",
                expected: "at most \(contextLength), the length of the context", advice: "score it in parts")
        }
        let cache = KeyValueCache(pool: pool)
        var scores: [TokenScore] = []
        var expectation: LogProbabilities?
        var start = 0
        repeat {
            let chunk = Array(tokens[start..<start + chunk(of: tokens.count - start)])
            let step = try decoder.step(
                [.init(tokens: chunk, cache: cache)], operations: operations, form: settings.latentForm)
            let states = try decoder(step)
            for (row, token) in chunk.enumerated() {
                scores.append(TokenScore(token, expectation, top: top))
                expectation = try LogProbabilities(decoder.logits(states.slice(row..<row + 1), operations).floats)
            }
            start += chunk.count
            progress(start)
        } while start < tokens.count
        return scores
    }
}

/// exp(−mean log-probability) over the tokens that have one; `nil` if none has.
public func perplexity(_ scores: [TokenScore]) -> Double? {
    let logs = scores.compactMap(\.logProbability)
    return logs.isEmpty ? nil : exp(-logs.reduce(0, +) / Double(logs.count))
}
