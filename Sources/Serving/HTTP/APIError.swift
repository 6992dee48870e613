import Files
import Generation
import HTTPTypes

/// Why a request is not answered, in the terms of HTTP.
struct APIError: Error, Sendable {
    /// The class of the failure; the interfaces call them differently.
    enum Cause: Sendable {
        case invalid, authentication, forbidden, missing, method, timeout, tooLarge, limit, failure, closing
    }

    let cause: Cause
    /// One full sentence.
    let message: String
    /// The part of the request that is wrong.
    var field: String?
    /// Seconds after which it may be tried again.
    var retryAfter: Int?
    /// What a method may be instead.
    var allowed: [HTTPRequest.Method] = []

    init(_ cause: Cause, _ message: String, field: String? = nil) {
        self.cause = cause
        self.message = message
        self.field = field
    }

    /// What `error` is to the one who asked. What is wrong with the server itself is not told in detail.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as InputError where error.isOwnFault:
            self.init(.failure, "The model cannot be read any more; the server's log says why.")
        case let error as InputError: self.init(.invalid, error.description, field: error.field)
        case let error as EngineBusy:
            self.init(.limit, error.description)
            retryAfter = error.retryAfter
        case let error as EngineClosed: self.init(.closing, error.description)
        default: self.init(.failure, "The request could not be answered; the server's log says why.")
        }
    }

    /// The status code.
    var status: HTTPResponse.Status {
        switch cause {
        case .invalid: .badRequest
        case .authentication: .unauthorized
        case .forbidden: .forbidden
        case .missing: .notFound
        case .method: .methodNotAllowed
        case .timeout: .requestTimeout
        case .tooLarge: .contentTooLarge
        case .limit: .tooManyRequests
        case .failure: .internalServerError
        case .closing: .serviceUnavailable
        }
    }

    /// The header fields that go with it.
    var headers: HTTPFields {
        var fields = HTTPFields()
        if let retryAfter { fields[.retryAfter] = String(retryAfter) }
        if !allowed.isEmpty { fields[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
        if cause == .authentication { fields[.wwwAuthenticate] = "Bearer" }
        // The rest of a body that was not read cannot be told from the next request.
        if cause == .tooLarge || cause == .timeout { fields[.connection] = "close" }
        return fields
    }
}

extension InputError {
    /// Whether the files of the model are at fault, and not the request.
    fileprivate var isOwnFault: Bool { [.unreadable, .truncated, .unrecognized].contains(kind) && source != "request" }

    /// What is wrong in the request itself.
    static func request(
        _ field: String, _ kind: Kind = .invalidValue, found: String, expected: String,
        advice: String = "correct it and ask again"
    ) -> InputError {
        InputError(kind, source: "request", field: field, found: found, expected: expected, advice: advice)
    }
}
