import Files
import Hummingbird
import NIOCore

extension Request {
    /// The whole body.
    /// - Throws: `APIError` if it is larger than `limit` bytes or does not come within `seconds`.
    func bytes(limit: Int, within seconds: Double) async throws -> [UInt8] {
        if let announced = headers[.contentLength].flatMap({ Int($0) }), announced > limit {
            throw APIError.tooLarge(limit)
        }
        let body = body
        let late = APIError(.timeout, "The request did not arrive within \(Int(seconds)) s; send it again, and faster.")
        return try await withDeadline(.seconds(seconds), late) {
            var bytes: [UInt8] = []
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else { throw APIError.tooLarge(limit) }
                bytes.append(contentsOf: part.readableBytesView)
            }
            return bytes
        }
    }
}

extension APIError {
    fileprivate static func tooLarge(_ limit: Int) -> APIError {
        APIError(.tooLarge, "The body has more than \(limit) bytes, which is the limit; send less.")
    }
}

extension Shape {
    /// The members of a body of this shape.
    /// - Throws: `InputError` for what is no JSON, no object, or has another shape.
    func members(of bytes: [UInt8]) throws -> JSONObject {
        guard !bytes.isEmpty else {
            throw InputError.request("body", .missing, found: "found nothing", expected: words)
        }
        let value = try JSONParser.parse(bytes, source: "request")
        try check(value, at: "")
        guard let object = value.object else {
            throw InputError.request("body", .wrongType, found: "found \(value.kindName)", expected: "an object")
        }
        return object
    }
}
