import Files
import HTTPTypes

/// One thing that can be asked of the server: where, with what, and what comes back.
///
/// Requests are checked against `body`, and the OpenAPI document is written from all of it.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Reply

    /// What a successful answer is.
    enum Answer: Sendable {
        case json(Shape)
        /// JSON, or events where the request's `stream` asks for them.
        case jsonOrStream(Shape, StreamFormat)
        /// Text of a media type.
        case text(String)
    }

    let method: HTTPRequest.Method
    /// The path; `{name}` at its end takes all that follows, slashes included.
    let path: String
    let interface: Interface
    /// What it does, in a few words.
    let summary: String
    /// What its body must be; `nil` where it takes none.
    var body: Shape?
    let answer: Answer
    /// Whether it answers without a key: the page, and what watches over the server.
    var isOpen = false
    let handler: Handler

    static func get(
        _ path: String, _ interface: Interface, _ summary: String, _ answer: Answer, isOpen: Bool = false,
        handler: @escaping Handler
    ) -> Endpoint {
        Endpoint(
            method: .get, path: path, interface: interface, summary: summary, answer: answer, isOpen: isOpen,
            handler: handler)
    }

    static func post(
        _ path: String, _ interface: Interface, _ summary: String, _ body: Shape, _ answer: Answer,
        handler: @escaping Handler
    ) -> Endpoint {
        Endpoint(
            method: .post, path: path, interface: interface, summary: summary, body: body, answer: answer,
            handler: handler)
    }

    /// The path without its parameter, and the parameter's name.
    var pathParts: (fixed: String, parameter: String?) {
        guard path.hasSuffix("}"), let open = path.lastIndex(of: "{") else { return (path, nil) }
        return (String(path[..<open]), String(path[path.index(after: open)...].dropLast()))
    }
}

/// One request, checked as far as its endpoint's description goes.
struct Call: Sendable {
    /// The members of the body; empty where there is none.
    var body = JSONObject()
    /// What stood in place of the path's parameter.
    var parameter = ""
    /// The header fields.
    var headers = HTTPFields()
    let service: ModelService
    /// Whoever waits for the answer; `nil` where that cannot be told.
    var client: ClientPresence?
    /// What is noted about the request for the log and the metrics.
    let record: CallRecord
}

/// What a handler answers.
enum Reply: Sendable {
    case json(JSONValue)
    /// A text or file of this media type.
    case bytes([UInt8], type: String, headers: HTTPFields = HTTPFields())
    /// Nothing has changed since the client asked last.
    case notModified(HTTPFields)
    /// Events, sent as the closure makes them.
    case stream(StreamFormat, @Sendable (inout EventSink) async throws -> Void)
}
