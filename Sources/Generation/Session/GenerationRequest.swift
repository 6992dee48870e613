import Tensors
import Tokenizers

/// What to generate, and when to stop.
public struct GenerationRequest: Sendable {
    /// The prompt as token ids, marks of the sequence's beginning included.
    public var prompt: [Int32]
    /// How tokens are chosen.
    public var sampling: SamplingSettings
    /// The most tokens to generate; up to the end of the context where `nil`.
    public var maximumTokens: Int?
    /// Strings that end the answer and are no part of it.
    public var stops: [String] = []
    /// Goes on after the tokens that end an answer.
    public var ignoresEnd = false
    /// Whether to tell thinking from answer; otherwise all text is answer.
    public var splitsThinking = false
    /// Whether the prompt ended inside of the thinking.
    public var isThinkingOpen = false
    /// The most tokens of thinking, where that is told apart: then its closing mark is written in place of what the model
    /// would have written. `nil` for no limit.
    public var thinkingBudget: Int?
    /// Whether the marks around calls of tools are part of the answer's text, for `ToolCallSplitter`. Otherwise those that are
    /// special tokens are left out like others.
    public var showsCalls = false
    /// What the answer must follow; `nil` if it is free. Thinking that the request tells apart is free in any case.
    ///
    /// An answer that the token limit, a stop string or the reader ends early is only the beginning of such a text.
    public var constraint: Constraint?
    /// How many answers are wanted. Sample i is the answer that the seed plus i gives. Sessions write one only.
    public var samples = 1
    /// How many answers are written to choose `samples` of them by the mean log-probability of their tokens; `nil` for
    /// no more than are wanted. Nothing of an answer is known before all are complete. Engines only.
    public var candidates: Int?
    /// How many of the likeliest tokens are reported beside each token that was chosen; `nil` to report no
    /// probabilities.
    ///
    /// They are those of the model's own logits, before anything in `sampling` changes them.
    public var alternatives: Int?
    /// Whether the prompt's tokens are scored too, as `alternatives` says. Engines only.
    public var scoresPrompt = false

    /// A request for a plain continuation of `prompt`.
    public init(prompt: [Int32], sampling: SamplingSettings) {
        self.prompt = prompt
        self.sampling = sampling
    }

    /// The place before the answer's first token in what it must follow.
    func beginConstraint() throws -> ConstraintProgress? {
        try constraint?.begin(splitsThinking ? (isThinkingOpen ? .thought : .thoughtOrAnswer) : .answer)
    }
}

/// What a session reports while it generates.
public enum GenerationEvent: Sendable {
    /// Prompt tokens done, of all that were not remembered from before.
    case prompt(done: Int, total: Int)
    /// A token was chosen; its text may come with a later one.
    case token(Int32)
    /// How likely the model found the token that was just chosen; where the request asks for it.
    case score(TokenScore)
    /// How likely the model found the prompt's tokens; where the request asks for it, once the prompt has been read.
    case promptScores([TokenScore])
    /// Text that is certain.
    case text(ReplyPart)
    /// The last event.
    case finished(GenerationSummary)
}

/// Why an answer ended.
public enum FinishReason: String, Sendable, Codable {
    /// The model ended it, or a stop string did.
    case stop
    /// The token limit or the end of the context was reached.
    case length
    /// The reader asked to stop.
    case cancelled
}

/// What came out of a request, in numbers.
public struct GenerationSummary: Sendable {
    /// A summary of nothing yet.
    public init() {}

    /// All tokens that the model chose, the one that ended the answer included.
    public var tokens: [Int32] = []
    /// All text of the answer as the model wrote it: thinking and its marks included, the end token and what follows a
    /// stop string not. Empty without a vocabulary.
    public var text = ""
    /// What the model said to itself, without the marks; empty if the request does not tell it apart.
    public var thinking = ""
    /// What it said to the reader.
    public var answer = ""
    /// Why the answer ended.
    public var finishReason = FinishReason.stop
    /// The stop string that ended it; `nil` if none did.
    public var stop: String?
    /// Tokens of the prompt.
    public var promptTokens = 0
    /// Prompt tokens whose keys and values were remembered from an earlier request.
    public var rememberedTokens = 0
    /// Those of them that were found on disk.
    public var restoredTokens = 0
    /// The sum of the log-probabilities of all tokens; `nil` where the request did not ask for any.
    public var logProbability: Double?
    /// Seconds that the request waited before anything was computed for it.
    public var queueSeconds = 0.0
    /// Seconds until the first token could be chosen.
    public var promptSeconds = 0.0
    /// Seconds from there to the end.
    public var generationSeconds = 0.0
    /// What became of guesses ahead; `nil` in a session without speculation.
    public var speculation: SpeculationSummary?
    /// What really ran.
    public var paths = ExecutionPaths()
    /// What the memory for experts held and what was read; `nil` where all experts are mapped.
    public var experts: ExpertTraffic?

    /// Prompt tokens a second, remembered ones not counted.
    public var promptRate: Double { rate(promptTokens - rememberedTokens, promptSeconds) }

    /// Generated tokens a second. The first one comes with the prompt.
    public var generationRate: Double { rate(tokens.count - 1, generationSeconds) }

    private func rate(_ count: Int, _ seconds: Double) -> Double {
        count > 0 && seconds > 0 ? Double(count) / seconds : 0
    }
}

/// Which kernels, weights and forms of attention a request went through.
public struct ExecutionPaths: Sendable, Equatable {
    /// The operations and the processor's instruction set: "cpu (avx2)".
    public var kernels = ""
    /// How many weights of each element type the decoder multiplies by.
    public var weights: [String: Int] = [:]
    /// Forms of attention that the prompt's chunks took, in order of first use.
    public var promptAttention: [String] = []
    /// The form of attention that single tokens took; empty if there were none.
    public var decodingAttention = ""
    /// The element type of the key-value cache.
    public var cache = ""
    /// Threads that the operations used.
    public var threads = 0

    /// Nothing yet.
    public init() {}

    /// What every request to `model` goes through.
    init(of model: LanguageModel) {
        kernels = model.operations.name
        weights = model.weightCounts
        cache = model.settings.cacheElementType.rawValue
        threads = model.settings.engine == .cpu ? ThreadPool.shared.threads : 1
    }
}
