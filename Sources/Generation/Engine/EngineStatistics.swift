/// What an engine is doing, and has done since it was made.
public struct EngineStatistics: Sendable, Equatable {
    // MARK: Now

    /// Requests that wait for a slot.
    public var waiting = 0
    /// Sequences that are read or written.
    public var active = 0
    /// Bytes of keys and values of active sequences and of those kept for later.
    public var cacheBytes = 0
    /// Those of them that are kept for later requests, whether an active sequence shares them or not.
    public var keptBytes = 0
    /// The most bytes there may be.
    public var cacheByteLimit = 0
    /// Bytes of keys and values on disk.
    public var storedBytes = 0

    // MARK: Since the beginning

    /// Requests that were taken on.
    public var accepted = 0
    /// Requests that were refused because too many were waiting.
    public var refused = 0
    /// Requests that ended by themselves.
    public var completed = 0
    /// Requests that were given up by whoever asked.
    public var cancelled = 0
    /// Requests that ended with an error.
    public var failed = 0
    /// Steps of the model.
    public var steps = 0
    /// Prompt tokens of all requests.
    public var promptTokens = 0
    /// Prompt tokens that were found in memory, and so not computed.
    public var rememberedTokens = 0
    /// Prompt tokens that were found on disk, and so not computed.
    public var restoredTokens = 0
    /// Tokens written.
    public var generatedTokens = 0
    /// Tokens guessed ahead, and those of them that were right.
    public var guessedTokens = 0
    /// Guesses that became part of an answer.
    public var rightGuesses = 0
    /// Times that a sequence had to make room for older ones and was computed again later.
    public var displaced = 0
    /// Pages of keys and values that were forgotten to make room.
    public var forgottenPages = 0
    /// Files on disk that were damaged or foreign, and so were not used.
    public var rejectedFiles = 0

    /// Seconds that requests waited for a slot.
    public var queueSeconds = Histogram.seconds
    /// Seconds from a request's arrival to its first token.
    public var firstTokenSeconds = Histogram.seconds
    /// Seconds from each token of a sequence to its next one.
    public var tokenSeconds = Histogram.seconds
    /// Seconds from a request's arrival to its end.
    public var requestSeconds = Histogram.seconds
    /// Sequences written in a step.
    public var sequencesPerStep = Histogram.rows

    /// Of an engine that has done nothing yet.
    public init() {}
}
