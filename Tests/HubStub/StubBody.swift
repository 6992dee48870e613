import Foundation
import Hummingbird

/// The bytes of an answer, and what goes wrong while they are sent.
struct StubBody: Sendable {
    let bytes: Data
    let fault: StubFault?
    /// Is told how many bytes were sent.
    let sent: @Sendable (Int) -> Void

    /// Ends a connection in the middle.
    private struct Cut: Error {}

    func responseBody(length: Int?) -> ResponseBody {
        ResponseBody(contentLength: length) { writer in
            if case .silence(let pause)? = fault { try await Task.sleep(for: pause) }
            var rest = shown
            while !rest.isEmpty {
                let piece = rest.prefix(pieceBytes)
                try await writer.write(ByteBuffer(bytes: piece))
                sent(piece.count)
                rest = rest.dropFirst(piece.count)
                if case .slow(_, let pause)? = fault { try await Task.sleep(for: pause) }
            }
            if case .cut? = fault { throw Cut() }
            if case .excess(let count)? = fault { try await writer.write(ByteBuffer(repeating: 7, count: count)) }
            while case .endless? = fault { try await writer.write(ByteBuffer(repeating: 7, count: 1 << 16)) }
            try await writer.finish(nil)
        }
    }

    private var pieceBytes: Int { if case .slow(let count, _)? = fault { count } else { 1 << 16 } }

    private var shown: Data {
        switch fault {
        case .cut(let count): bytes.prefix(count)
        case .damage: Data(bytes.map { ~$0 })
        default: bytes
        }
    }
}
