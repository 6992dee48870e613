import Files
import Hummingbird
import NIOCore

/// How a stream's events are parted.
enum StreamFormat: Sendable, Equatable {
    /// Server-sent events (HTML Living Standard, §9.2): `data: …` and an empty line.
    case serverSentEvents
    /// One JSON value a line.
    case lines

    /// The media type.
    var mediaType: String { self == .lines ? "application/x-ndjson" : "text/event-stream" }

    /// The bytes of one event. JSON on one line holds no line break, so that nothing in it can end the event early.
    func bytes(of value: JSONValue, event: String? = nil) -> [UInt8] {
        switch self {
        case .lines: value.lineBytes + "\n".utf8
        case .serverSentEvents:
            Array((event.map { "event: \($0)\n" } ?? "").utf8) + "data: ".utf8 + value.lineBytes + "\n\n".utf8
        }
    }
}

/// Where the events of one answer go.
struct EventSink {
    private var writer: any ResponseBodyWriter
    let format: StreamFormat
    private let watch: WriteWatch

    init(_ writer: any ResponseBodyWriter, _ format: StreamFormat, _ watch: WriteWatch) {
        self.writer = writer
        self.format = format
        self.watch = watch
    }

    /// Sends one event, and waits while the client does not read.
    /// - Throws: if the client is gone, or did not read for too long.
    mutating func send(_ value: JSONValue, event: String? = nil) async throws {
        try await send(format.bytes(of: value, event: event))
    }

    /// The mark that ends OpenAI's streams.
    mutating func sendDone() async throws { try await send(Array("data: [DONE]\n\n".utf8)) }

    private mutating func send(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        watch.begin()
        defer { watch.end() }
        try await writer.write(ByteBuffer(bytes: bytes))
    }
}
