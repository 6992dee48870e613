import Files
import Foundation
import Generation
import HTTPTypes
import Hub
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import Serving

/// First Light behind a server, for tests.
enum ServedFixture {
    /// Opened once for all tests.
    static let model = Result {
        let model = try LanguageModel(path: try ShippedModel.firstLight.path())
        return try OpenModel(id: "first-light", model, engine: Engine(model))
    }

    static let question = "What is 347 + 586?"

    /// A server with these settings, the page left out.
    static func server(_ change: (inout ServerSettings) -> Void = { _ in }) throws -> Server {
        var settings = ServerSettings()
        settings.port = 0
        change(&settings)
        return try Server(service(settings), page: nil)
    }

    static func service(_ settings: ServerSettings = ServerSettings()) throws -> ModelService {
        try ModelService(
            [model.get()], settings, version: "0", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// What came back.
struct Answered: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    /// The body as JSON.
    func json() throws -> JSONValue { try JSONParser.parse(text, source: "answer") }

    /// The JSON of each event of a stream; the mark that ends OpenAI's is left out.
    func events() throws -> [JSONValue] {
        try text.split(separator: "\n").filter { $0.hasPrefix("data: ") && $0 != "data: [DONE]" }
            .map { try JSONParser.parse(String($0.dropFirst(6)), source: "event") }
    }

    /// The JSON of each line.
    func lines() throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONParser.parse(String($0), source: "line") }
    }
}

extension TestClientProtocol {
    /// Asks with a body of JSON; with none it is a GET.
    func ask(
        _ path: String, _ body: JSONValue? = nil, method: HTTPRequest.Method? = nil, headers: HTTPFields = [:]
    ) async throws -> Answered {
        try await ask(path, text: body?.line, method: method, headers: headers)
    }

    /// Asks with a body of any text.
    func ask(
        _ path: String, text: String?, method: HTTPRequest.Method? = nil, headers: HTTPFields = [:]
    ) async throws -> Answered {
        try await execute(
            uri: path, method: method ?? (text == nil ? .get : .post), headers: headers,
            body: text.map { ByteBuffer(string: $0) }
        ) { response in
            Answered(
                status: response.status.code, headers: response.headers, text: String(buffer: response.body))
        }
    }
}

extension JSONValue {
    /// The element of a list.
    subscript(index: Int) -> JSONValue? { array.flatMap { $0.indices.contains(index) ? $0[index] : nil } }
}
