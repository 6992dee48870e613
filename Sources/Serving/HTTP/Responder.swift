import Files
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The context of a request: Hummingbird's own, and the connection.
struct ServingContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Answers requests: admits them, finds their endpoint, checks them, and turns failures into what the interface calls so.
struct Responder: HTTPResponder {
    typealias Context = ServingContext

    let service: ModelService
    let routes: RouteTable

    private var settings: ServerSettings { service.settings }

    func respond(to request: Request, context: ServingContext) async throws -> Response {
        let record = CallRecord()
        let head = HTTPHead(request)
        do {
            let origin = try admit(request)
            var response = try await answer(request, context, record, head)
            response.headers.allow(origin)
            if request.method == .head { response.body = ResponseBody() }
            return response
        } catch let error as APIError where error.cause == .method && request.method == .options {
            return preflight(request, error)
        } catch {
            return refusal(error, head, context, record)
        }
    }

    /// The origin that is to be named in the answer.
    private func admit(_ request: Request) throws -> String? {
        let admission = Admission(settings: settings)
        try admission.checkHost(request)
        return try admission.checkOrigin(request)
    }

    private func answer(
        _ request: Request, _ context: ServingContext, _ record: CallRecord, _ head: HTTPHead
    ) async throws -> Response {
        let (endpoint, parameter) = try routes.find(request.method, head.path)
        if !endpoint.isOpen { try Admission(settings: settings).checkKey(request) }
        guard !service.isClosing || endpoint.isOpen else {
            throw APIError(.closing, "The server is about to stop; ask again once it is back.")
        }
        let client = service.presences.client(of: context.channel)
        var call = Call(
            parameter: parameter, headers: request.headers, service: service, client: client, record: record)
        if let shape = endpoint.body {
            let limits = settings.limits
            let bytes = try await request.bytes(limit: limits.bodyBytes, within: limits.bodySeconds)
            call.body = try shape.members(of: bytes)
        }
        let reply = try await whilePresent(client) { [call] in try await endpoint.handler(call) }
        return response(reply, head, context.channel, record, endpoint.interface)
    }

    // MARK: Answers

    private func response(
        _ reply: Reply, _ head: HTTPHead, _ channel: any Channel, _ record: CallRecord, _ interface: Interface
    ) -> Response {
        switch reply {
        case .json(let value):
            finish(head, 200, record)
            return Response(.ok, type: "application/json", bytes: Array(value.line.utf8))
        case .bytes(let bytes, let type, let headers):
            finish(head, 200, record)
            return Response(.ok, type: type, bytes: bytes, headers: headers)
        case .notModified(let headers):
            finish(head, 304, record)
            return Response(status: .notModified, headers: headers)
        case .stream(let format, let send):
            let body = ResponseBody { writer in
                defer { finish(head, 200, record) }
                try await stream(format, send, &writer, channel, interface)
            }
            return Response(
                status: .ok, headers: .plain(format.mediaType).adding(.cacheControl, "no-store"), body: body)
        }
    }

    /// Sends events until they end; a failure becomes the last event. A connection whose client does not read is closed, which ends
    /// whatever waits for it.
    private func stream(
        _ format: StreamFormat, _ send: @Sendable (inout EventSink) async throws -> Void,
        _ writer: inout any ResponseBodyWriter, _ channel: any Channel, _ interface: Interface
    ) async throws {
        let watch = WriteWatch(limit: .seconds(settings.limits.writeSeconds))
        let guardian = Task {
            try await watch.waitForStall()
            channel.close(promise: nil)
        }
        defer { guardian.cancel() }
        var sink = EventSink(writer, format, watch)
        do { try await send(&sink) } catch let error as InputError {
            try await sink.send(interface.body(APIError(error)), event: interface.failureEvent)
        } catch let error as APIError {
            try await sink.send(interface.body(error), event: interface.failureEvent)
        }
        try await writer.finish(nil)
    }

    private func refusal(_ error: any Error, _ head: HTTPHead, _ context: ServingContext, _ record: CallRecord)
        -> Response
    {
        let refused = APIError(error)
        if refused.cause == .failure {
            service.logger.error("\(head.line) failed: \(printable(String(describing: error)))")
        }
        finish(head, refused.status.code, record)
        let body = Array(routes.interface(at: head.path).body(refused).line.utf8)
        var response = Response(refused.status, type: "application/json", bytes: body, headers: refused.headers)
        if refused.headers[.connection] == "close" { response.body = lingering(body, context.channel) }
        return response
    }

    /// `bytes`, and then, once the client had time to read them, the end of the connection: what it still sends is not wanted.
    private func lingering(_ bytes: [UInt8], _ channel: any Channel) -> ResponseBody {
        ResponseBody(contentLength: bytes.count) { writer in
            try await writer.write(ByteBuffer(bytes: bytes))
            try await writer.finish(nil)
            try? await Task.sleep(for: .milliseconds(500))
            channel.close(promise: nil)
        }
    }

    /// The answer to a browser that asks what it may ask.
    private func preflight(_ request: Request, _ error: APIError) -> Response {
        var headers = error.headers
        if let origin = request.headers[.origin] {
            headers.allow(origin)
            headers[.accessControlAllowMethods] = "GET, POST"
            headers[.accessControlAllowHeaders] = "authorization, content-type, x-api-key, anthropic-version"
            headers[.accessControlMaxAge] = "600"
        }
        return Response(status: .noContent, headers: headers)
    }

    private func finish(_ head: HTTPHead, _ status: Int, _ record: CallRecord) {
        service.metrics.add(head.method, status)
        let notes = record.summary
        var line = "\(head.line) \(status) \(Int(record.seconds * 1000)) ms"
        if let model = notes.model { line += " \(model) \(notes.promptTokens)+\(notes.answerTokens) tokens" }
        service.logger.info("\(line)")
    }
}

/// The first line of a request, as the log shows it: without the query, which could hold anything.
struct HTTPHead: Sendable {
    let method: String
    let path: String

    init(_ request: Request) {
        method = request.method.rawValue
        path = request.uri.path
    }

    var line: String { "\(method) \(printable(path, limit: 100))" }
}

extension Interface {
    /// The name of the event in which a stream tells that it failed.
    fileprivate var failureEvent: String? { self == .anthropic ? "error" : nil }
}

extension Response {
    init(
        _ status: HTTPResponse.Status, type: String, bytes: [UInt8], headers: HTTPFields = HTTPFields()
    ) {
        var fields = HTTPFields.plain(type)
        for field in headers { fields[field.name] = field.value }
        self.init(status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension HTTPFields {
    /// What every answer says of itself: its type, and that browsers must not guess another.
    static func plain(_ type: String) -> HTTPFields {
        [.contentType: type, .xContentTypeOptions: "nosniff"]
    }

    func adding(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }

    mutating func allow(_ origin: String?) {
        guard let origin else { return }
        self[.accessControlAllowOrigin] = origin
        self[.vary] = "Origin"
    }
}
