import Files
import Foundation

/// Reads lines from a pipe or a file as they are, with no editing and no prompt.
struct PlainLineReader {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Bytes of `buffer` already handed out, and bytes known to hold no newline after them.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// The next line without its end, LF or CR LF; `nil` at the end of the input. What is no UTF-8 becomes U+FFFD.
    mutating func next() throws -> String? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) { return take(upTo: end, skipping: 1) }
            searched = buffer.count
            if isAtEnd { return start < buffer.count ? take(upTo: buffer.count, skipping: 0) : nil }
            try fill()
        }
    }

    private mutating func take(upTo end: Int, skipping newline: Int) -> String {
        var line = buffer[start..<end]
        if newline > 0, line.last == UInt8(ascii: "\r") { line.removeLast() }
        defer {
            start = end + newline
            searched = start
        }
        return String(decoding: line, as: UTF8.self)
    }

    private mutating func fill() throws {
        // Only what is left of the last block moves, so the whole input costs linear time.
        buffer.removeFirst(start)
        (start, searched) = (0, searched - start)
        var block = [UInt8](repeating: 0, count: 1 << 16)
        let count = try readBytes(from: descriptor, into: &block)
        isAtEnd = count == 0
        buffer += block[..<count]
    }
}

/// Reads what there is, waiting for at least one byte.
/// - Returns: how many bytes came; 0 at the end of the input or where a terminal has gone away.
func readBytes(from descriptor: Int32, into block: inout [UInt8]) throws -> Int {
    while true {
        let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        switch errno {
        case EINTR: continue
        case EAGAIN: _ = RawTerminal.isReady(descriptor, POLLIN, milliseconds: 1000)
        case EIO: return 0
        default:
            throw InputError(
                .unreadable, source: "the input", found: "the system says: \(String(cString: strerror(errno)))",
                expected: "lines of text", advice: "check what the program's input is connected to")
        }
    }
}
