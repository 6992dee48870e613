/// How much the server takes from anybody. What exceeds a limit is refused with a sentence that names it.
package struct ServerLimits: Sendable {
    /// Bytes of a request's body.
    package var bodyBytes = 4 << 20
    /// Bytes of a request's header fields in all.
    package var headerBytes = 32 << 10
    /// Header fields of a request.
    package var headerFields = 100
    /// Seconds in which a body must be there.
    package var bodySeconds = 30.0
    /// Seconds that a connection may be silent between requests, or within the header of one.
    package var idleSeconds = 60.0
    /// Seconds that a client may take to read what was sent.
    package var writeSeconds = 30.0
    /// Seconds that the answer to one request may take, waiting included.
    package var answerSeconds = 3_600.0
    /// Seconds that answers in progress have when the server is asked to stop.
    package var closingSeconds = 10.0
    /// Connections at a time; more wait for a place.
    package var connections = 512
    /// Answers to one prompt.
    package static let samples = 16
    /// Stop strings of a request.
    package static let stops = 16
    /// Characters of a stop string.
    package static let stopLength = 256
    /// Biased tokens of a request.
    package static let biases = 1_024
    /// Messages of a conversation.
    package static let messages = 4_096
    /// Tools of a request.
    package static let tools = 128
    /// Texts in one request for completions or embeddings.
    package static let inputs = 256
    /// Alternatives that are reported for a token.
    package static let alternatives = 20
    /// Bytes of a JSON Schema or a grammar.
    package static let schemaBytes = 256 << 10

    /// Limits that no ordinary request comes near.
    package init() {}
}
