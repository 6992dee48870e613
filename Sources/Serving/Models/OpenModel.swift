import Crypto
import Files
import Foundation
import Generation
import Tokenizers

/// A model under the name by which clients ask for it, with what is kept for all of its requests.
package final class OpenModel: Sendable {
    /// The name.
    package let id: String
    /// Some questions that it answers, for clients to offer; none for most.
    let examples: [String]
    /// The model itself.
    package let model: LanguageModel
    /// How its conversations are written; `nil` if nobody knows.
    let template: ChatTemplate?
    /// What makes its answers.
    let engine: Engine
    /// When it was opened, in seconds since 1970.
    let created: Int
    /// What it is, in numbers.
    let report: ModelReport
    /// Whether its vocabulary has the marks of a gap.
    let fillsGaps: Bool
    private let constraints = ConstraintShelf()

    /// - Parameters:
    ///   - template: how its conversations are written, where it does not declare that itself.
    ///   - examples: questions that it answers, for clients to offer.
    package init(
        id: String, _ model: LanguageModel, template: ChatTemplate? = nil, examples: [String] = [], engine: Engine
    ) {
        self.id = id
        self.examples = examples
        self.model = model
        self.template = template ?? model.chatTemplate
        self.engine = engine
        created = Int(Date.now.timeIntervalSince1970)
        report = model.report()
        fillsGaps = (try? model.filling(prefix: "", suffix: "")) != nil
    }

    /// Bytes of its weights.
    package var weightBytes: Int { report.bytes }

    /// What tells it from other models: 64 hexadecimal digits. The file's name is part of it, its content is not.
    var identity: String {
        SHA256.hash(data: Array("\(model.path) \(report.bytes)".utf8)).map { String(format: "%02x", $0) }.joined()
    }

    // MARK: Prompts

    /// A prompt's tokens, as they are sent to the model.
    func tokens(of prompt: RawPrompt, parsingSpecial: Bool) throws -> [Int32] {
        switch prompt {
        case .tokens(let ids): return try checked(ids)
        case .text(let text):
            let tokens = try model.completion(of: text, parsingSpecialTokens: parsingSpecial).prompt
            guard !tokens.isEmpty else {
                throw InputError.request(
                    "prompt", found: "found an empty text, and the model has no mark that begins a sequence",
                    expected: "a text")
            }
            return try checked(tokens)
        }
    }

    /// The tokens of each prompt of `question`.
    func prompts(of question: CompletionQuestion) throws -> [[Int32]] {
        try question.prompts.map { prompt in
            guard let suffix = question.suffix else {
                return try tokens(of: prompt, parsingSpecial: question.parsesSpecialTokens)
            }
            guard case .text(let prefix) = prompt else {
                throw InputError.request(
                    "prompt", .wrongType, found: "found token ids beside a suffix", expected: "a text")
            }
            return try checked(model.filling(prefix: prefix, suffix: suffix).prompt)
        }
    }

    private func checked(_ tokens: [Int32]) throws -> [Int32] {
        guard tokens.count <= model.contextLength else {
            throw InputError.request(
                "prompt", .excessive, found: "found \(tokens.count) tokens",
                expected: "at most \(model.contextLength), the length of the model's context", advice: "shorten it")
        }
        let size = model.configuration.vocabularySize
        if let stranger = tokens.first(where: { Int($0) >= size || $0 < 0 }) {
            throw InputError.request(
                "prompt", found: "found the token id \(stranger)", expected: "ids from 0 to \(size - 1)")
        }
        return tokens
    }

    /// A conversation as the model's template writes it, with the tools that it is told of.
    func segments(of question: ChatQuestion) throws -> [TextSegment] {
        let template = try template ?? model.requiredTemplate()
        let demanded = try question.demandedCall()
        let tools = demanded == nil ? question.offeredTools : []
        var messages =
            try demanded.map { question.messages.adding(system: $0.instructions) }
            ?? template.telling(question.messages, of: tools)
        let begun = messages.last.flatMap {
            $0.role == .assistant && $0.isPrefix && $0.toolCalls == nil ? $0.content : nil
        }
        if begun != nil { messages.removeLast() }
        var segments = try template.render(
            messages, addingGenerationPrompt: true, thinking: thinks(question),
            tools: template.listsTools ? tools : [])
        if let begun { segments += (opensThought(question) ? [.template("</think>")] : []) + [.content(begun)] }
        return segments
    }

    private func thinks(_ question: ChatQuestion) -> Bool { question.thinking.isOn ?? false }

    /// Whether the prompt would end inside of the thinking.
    private func opensThought(_ question: ChatQuestion) -> Bool {
        template?.opensThought(thinking: thinks(question)) ?? false
    }

    // MARK: Requests

    /// A question as the engine takes it.
    func prepare(_ question: ChatQuestion) throws -> PreparedQuestion {
        let demanded = try question.demandedCall()
        var request = GenerationRequest(
            prompt: try checked(model.requiredTokenizer().encode(segments(of: question))),
            sampling: try question.options.sampling.settings(over: model.recommendedSampling))
        let isBegun = question.messages.last.map { $0.role == .assistant && $0.isPrefix } ?? false
        request.splitsThinking = template?.thoughtEnd != nil
        request.isThinkingOpen = opensThought(question) && !isBegun
        request.maximumTokens = question.options.maximumTokens
        request.stops = question.options.stops
        request.samples = question.options.samples
        request.alternatives = question.options.alternatives
        request.constraint = try constraints.constraint(
            demanded.map { .schema($0.schema) } ?? question.format, model)
        request.thinkingBudget = question.thinking.budget
        request.showsCalls = !question.offeredTools.isEmpty && demanded == nil
        return PreparedQuestion(request: request, demanded: demanded)
    }

    /// The request that goes on behind `prompt`.
    func prepare(_ prompt: [Int32], _ question: CompletionQuestion) throws -> PreparedQuestion {
        var request = GenerationRequest(
            prompt: prompt, sampling: try question.options.sampling.settings(over: model.recommendedSampling))
        request.maximumTokens = question.options.maximumTokens
        request.stops = question.options.stops
        request.samples = question.options.samples
        request.candidates = question.candidates > question.options.samples ? question.candidates : nil
        request.alternatives = question.options.alternatives
        request.scoresPrompt = question.echoes && question.options.alternatives != nil
        request.ignoresEnd = question.ignoresEnd
        request.constraint = try constraints.constraint(question.format, model)
        return PreparedQuestion(request: request)
    }
}

/// A request for the engine, and how its answer is to be read.
struct PreparedQuestion: Sendable {
    var request: GenerationRequest
    /// The call that the answer has to be.
    var demanded: DemandedCall?

    var prompt: [Int32] { request.prompt }
}
