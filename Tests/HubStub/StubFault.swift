import Foundation

/// A request that came to the stub.
package struct StubRequest: Sendable {
    package let method: String
    /// Without percent-encoding.
    package let path: String
    package let query: String
    package let headers: [String: String]
    /// Whether it came to the server that holds large files.
    package let isStorage: Bool
    /// How many came to the same path before.
    package let earlier: Int

    /// What the `Range` header asks for.
    package var range: ClosedRange<Int>? {
        guard let text = headers["range"], text.hasPrefix("bytes=") else { return nil }
        let parts = text.dropFirst(6).split(separator: "-")
        guard parts.count == 2, let first = Int(parts[0]), let last = Int(parts[1]), first <= last else { return nil }
        return first...last
    }
}

/// What the stub does instead of what a hub would.
package enum StubFault: Sendable {
    case status(Int, [String: String] = [:])
    /// Headers besides, or instead of, the right ones.
    case headers([String: String])
    /// Closes the connection after so many bytes of the body.
    case cut(Int)
    /// Sends other bytes than the file's.
    case damage
    /// Sends the whole file whatever range was asked for.
    case ignoreRange
    /// Sends so many bytes more than it announced, without saying how many there are.
    case excess(Int)
    /// Sends a body that never ends.
    case endless
    /// Says what it will send, and sends nothing for so long.
    case silence(Duration)
    /// Sends pieces of so many bytes with pauses between them.
    case slow(Int, Duration)
    /// A body of JSON.
    case json(String)
}
