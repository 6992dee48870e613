import Files
import Tensors

/// The decoder of every checkpoint of the family: embeddings, layers, norm, head.
///
/// Running, training and measuring execute this one description; what differs is the step's operations and caches.
package struct Decoder: Sendable {
    package let configuration: DecoderConfiguration
    let embedding: Weight
    let layers: [DecoderLayer]
    let finalNorm: RMSNorm
    let head: Weight
    let predictions: [MultiTokenPrediction]
    let rotary: RotaryEmbedding
    /// Where experts come from that do not all fit into memory; `nil` if everything is mapped.
    package let expertStore: ExpertStore?
    /// Whether some weights have what an adapter adds.
    package let isAdapted: Bool

    init(
        configuration: DecoderConfiguration, embedding: Weight, layers: [DecoderLayer], finalNorm: RMSNorm,
        head: Weight, predictions: [MultiTokenPrediction], expertStore: ExpertStore?, isAdapted: Bool = false
    ) {
        self.configuration = configuration
        self.embedding = embedding
        self.layers = layers
        self.finalNorm = finalNorm
        self.head = head
        self.predictions = predictions
        self.rotary = RotaryEmbedding(configuration.rotary)
        self.expertStore = expertStore
        self.isAdapted = isAdapted
    }

    /// Frequencies of the rotary embedding after scaling, for comparison with recorded ones.
    package var inverseFrequencies: [Float] { rotary.inverseFrequencies }

    /// The state of every row after the final norm, [n, hidden]. Extends the caches of the step's sequences.
    /// - Throws: `InputError` if experts have to be read, and cannot be; the caches then hold what they held before.
    package func callAsFunction(_ step: Step) throws -> Tensor {
        var x = step.operations.rows(step.tokens, of: embedding)
        step.trace?.record("hidden.0", x)
        for layer in layers {
            x = try step.operations.segment(x) { try layer($0, step.with($1)) }
            step.trace?.record("hidden.\(layer.index + 1)", x)
        }
        x = finalNorm(x, step.operations)
        step.trace?.record("final_norm", x)
        for span in step.spans { span.cache?.advance(span.rows.count) }
        return x
    }

    /// The prediction layers that the checkpoint really has; converters may drop them.
    package var predictionDepth: Int { predictions.count }

    /// [n, hidden] → [n, vocabulary].
    package func logits(_ hidden: Tensor, _ operations: any Operations) -> Tensor {
        adapted(operations).linear(hidden, head)
    }

    /// The states from which prediction layer `depth` guesses the token after the step's tokens, [n, hidden].
    /// - Parameter hidden: the main decoder's states one token earlier.
    /// - Throws: `InputError` if experts have to be read, and cannot be.
    package func predict(depth: Int, after hidden: Tensor, _ step: Step) throws -> Tensor {
        step.trace?.prefix = "mtp."
        defer { step.trace?.prefix = "" }
        let normed = try predictions[depth](hidden, step)
        step.trace?.record("normed", normed)
        return normed
    }

    /// Logits of prediction layer `depth`.
    package func predictionLogits(depth: Int, _ states: Tensor, _ operations: any Operations) -> Tensor {
        adapted(operations).linear(states, predictions[depth].head)
    }

    /// Operations that add what adapters do, around those that are given: so whoever brings operations, to run or to record,
    /// need not know of adapters.
    private func adapted(_ operations: any Operations, dropout: Dropout? = nil) -> any Operations {
        isAdapted && !(operations is AdaptedOperations)
            ? AdaptedOperations(operations, dropout: dropout) : operations
    }

    /// What the path reports say about attention for `rows` new tokens a sequence.
    package func attentionPath(rows: Int, form: LatentForm) -> String {
        guard case .latent(let latent) = layers.first?.attention else { return "grouped" }
        return latent.isAbsorbed(rows, form) ? "latent, absorbed" : "latent, expanded"
    }

    /// The form that `form` is for a single token: steps over several tokens that take it give the bits of single ones.
    package func formOfSingleTokens(_ form: LatentForm) -> LatentForm { self.form(form, rows: 1) }

    /// The form that `form` is for `rows` new tokens of a sequence. Steps over some of them that take it give the same bits.
    package func form(_ form: LatentForm, rows: Int) -> LatentForm {
        guard case .latent(let latent) = layers.first?.attention else { return form }
        return latent.isAbsorbed(rows, form) ? .absorbed : .expanded
    }

    /// The layout of a cache page for this decoder, prediction layers included.
    package func cacheLayout(elementType: ElementType, rowsPerPage: Int = 64) -> KeyValueLayout {
        let layer: CachedLayer
        switch configuration.attention {
        case .grouped(let grouped):
            layer = CachedLayer(
                keyHeads: grouped.keyValueHeadCount, keySize: grouped.headSize, valueSize: grouped.headSize,
                sharesRow: false)
        case .latent(let latent):
            layer = CachedLayer(
                keyHeads: 1, keySize: latent.latentRank + latent.rotarySize, valueSize: latent.latentRank,
                sharesRow: true)
        }
        let count = layers.count + predictions.count
        return KeyValueLayout(
            layers: Array(repeating: layer, count: count), elementType: elementType, rowsPerPage: rowsPerPage)
    }
}

// MARK: - Layer by layer

/// For looking into a model: layers on states of one's own choice.
extension Decoder {
    /// What the first layer reads, [n, hidden].
    package func embeddings(_ step: Step) -> Tensor { step.operations.rows(step.tokens, of: embedding) }

    /// What layer `index` makes of `states`, [n, hidden] → [n, hidden].
    /// - Precondition: the step's sequences have no caches, which must be filled by whole passes only.
    /// - Throws: `InputError` if experts have to be read, and cannot be.
    package func output(ofLayer index: Int, _ states: Tensor, _ step: Step) throws -> Tensor {
        precondition(step.spans.allSatisfy { $0.cache == nil })
        return try layers[index](states, step)
    }

    /// The states after the final norm, from those after the last layer.
    package func normalized(_ states: Tensor, _ operations: any Operations) -> Tensor { finalNorm(states, operations) }
}

// MARK: - Steps

extension Decoder {
    /// New tokens of one sequence.
    package struct Continuation {
        package let tokens: [Int32]
        package let cache: KeyValueCache?
        /// The position of the first token; where the cache ends, unless given.
        package let firstPosition: Int
        /// Which form latent attention takes for them; `nil` for that of the step.
        package let form: LatentForm?

        package init(
            tokens: [Int32], cache: KeyValueCache?, firstPosition: Int? = nil, form: LatentForm? = nil
        ) {
            self.tokens = tokens
            self.cache = cache
            self.firstPosition = firstPosition ?? cache?.count ?? 0
            self.form = form
        }
    }

    /// A step over new tokens of one or more sequences. Makes room in their caches.
    /// - Parameter dropout: of what goes into an adapter's pairs, while they are trained.
    /// - Throws: `InputError` if a token is not in the vocabulary, a sequence is empty, or the cache is full.
    package func step(
        _ continuations: [Continuation], operations: any Operations, form: LatentForm = .automatic, trace: Trace? = nil,
        routing: (any RoutingObserver)? = nil, dropout: Dropout? = nil
    ) throws -> Step {
        var tokens: [Int32] = []
        var positions: [Int] = []
        var spans: [Step.Span] = []
        for continuation in continuations {
            try check(continuation.tokens)
            let (first, count) = (continuation.firstPosition, continuation.tokens.count)
            try continuation.cache?.reserve(rows: first..<first + count)
            let span = Step.Span(
                rows: tokens.count..<tokens.count + count, firstPosition: first, cache: continuation.cache,
                form: continuation.form)
            spans.append(span)
            tokens += continuation.tokens
            positions += first..<first + count
        }
        return Step(
            tokens: tokens, spans: spans, rotation: rotary.rotation(positions: positions),
            operations: adapted(operations, dropout: dropout),
            latentForm: form, trace: trace, expertUse: expertStore == nil ? nil : ExpertUse(), routing: routing)
    }

    /// - Throws: `InputError` if there are no tokens, or one is not in the vocabulary.
    package func check(_ tokens: [Int32]) throws {
        let range = 0..<Int32(clamping: configuration.vocabularySize)
        if let stray = tokens.first(where: { !range.contains($0) }) {
            throw InputError(
                .invalidValue, source: "tokens", field: nil, found: "found the id \(stray)",
                expected: "an id from 0 to \(range.upperBound - 1)", advice: "use the tokenizer of this checkpoint")
        }
        guard !tokens.isEmpty else {
            throw InputError(
                .missing, source: "tokens", found: "found none", expected: "at least one token",
                advice: "give a prompt that is not empty")
        }
    }
}
