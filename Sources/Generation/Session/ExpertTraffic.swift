import Models

/// What a request had of the memory for experts: how many of those chosen were there, and how much was read.
public struct ExpertTraffic: Sendable, Equatable {
    /// Reading the prompt, or writing the answer.
    public struct Phase: Sendable, Equatable {
        /// Tokens that went through the model.
        public var tokens = 0
        /// Experts that a layer needed, for however many tokens, and that were in memory.
        public var hits = 0
        /// Experts that were read before they were needed.
        public var foreseen = 0
        /// Experts that had to be read when they were needed.
        public var misses = 0
        /// Bytes that were read: for them, and for experts that were expected.
        public var bytesRead = 0
        /// Those of them that were read before the expert was needed, or for one that was not needed then.
        public var bytesReadAhead = 0
        /// How long computing stood still for them.
        public var waitingSeconds = 0.0

        /// A phase in which nothing happened yet.
        public init() {}

        /// Hits, of all experts that were needed; 0 if none was.
        public var hitRate: Double { share(hits) }

        /// Experts foreseen, of all that were needed; 0 if none was.
        public var foreseenRate: Double { share(foreseen) }

        private func share(_ part: Int) -> Double {
            let all = hits + foreseen + misses
            return all > 0 ? Double(part) / Double(all) : 0
        }

        /// Bytes read for each token; 0 without tokens.
        public var bytesPerToken: Double { tokens > 0 ? Double(bytesRead) / Double(tokens) : 0 }

        mutating func count(_ use: ExpertCounts, tokens: Int) {
            self.tokens += tokens
            hits += use.hits
            foreseen += use.foreseen
            misses += use.misses
            bytesRead += use.bytesRead
            bytesReadAhead += use.bytesReadAhead
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
        total.foreseen += generation.foreseen
        total.misses += generation.misses
        total.bytesRead += generation.bytesRead
        total.bytesReadAhead += generation.bytesReadAhead
        total.waitingSeconds += generation.waitingSeconds
        return total
    }
}
