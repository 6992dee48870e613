import Models

/// What a request had of the memory for experts: how many of those chosen were there, and how much was read.
public struct ExpertTraffic: Sendable, Equatable {
    /// Reading the prompt, or writing the answer.
    public struct Phase: Sendable, Equatable {
        /// Tokens that went through the model.
        public var tokens = 0
        /// Experts that a layer needed, for however many tokens, and that were in memory.
        public var hits = 0
        /// Experts that had to be read.
        public var misses = 0
        /// Bytes that were read for them.
        public var bytesRead = 0
        /// How long computing stood still for them.
        public var waitingSeconds = 0.0

        /// A phase in which nothing happened yet.
        public init() {}

        /// Hits, of all experts that were needed; 0 if none was.
        public var hitRate: Double { hits + misses > 0 ? Double(hits) / Double(hits + misses) : 0 }

        /// Bytes read for each token; 0 without tokens.
        public var bytesPerToken: Double { tokens > 0 ? Double(bytesRead) / Double(tokens) : 0 }

        mutating func count(_ use: ExpertCounts, tokens: Int) {
            self.tokens += tokens
            hits += use.hits
            misses += use.misses
            bytesRead += use.bytesRead
            waitingSeconds += use.waiting / .seconds(1)
        }
    }

    /// Bytes that are kept for experts.
    public var memoryBytes: Int
    /// How many experts fit there.
    public var slots: Int
    /// While the prompt was read.
    public var prompt = Phase()
    /// While the answer was written.
    public var generation = Phase()

    init(_ store: ExpertStore) {
        memoryBytes = store.byteCount
        slots = store.slotCount
    }

    /// Both phases together.
    public var total: Phase {
        var total = prompt
        total.tokens += generation.tokens
        total.hits += generation.hits
        total.misses += generation.misses
        total.bytesRead += generation.bytesRead
        total.waitingSeconds += generation.waitingSeconds
        return total
    }
}
