import ArgumentParser
import Files
import Foundation

/// Writes to standard output and standard error; whole pieces at once, flushed at once.
enum StandardOutput {
    static func write(_ text: String) throws { try write(Data(text.utf8)) }

    static func line(_ text: String = "") throws { try write(text + "\n") }

    /// - Throws: `ExitCode` 0 if nobody reads any more: that is no failure of ours; `InputError` if it cannot be written.
    static func write(_ data: Data) throws {
        var rest = Array(data)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            let cause = errno
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if cause == EAGAIN {
                _ = RawTerminal.isReady(STDOUT_FILENO, POLLOUT, milliseconds: 100)
            } else if cause == EPIPE {
                throw ExitCode.success
            } else if cause != EINTR {
                throw unwritable(String(cString: strerror(cause)))
            }
        }
    }

    private static func unwritable(_ reason: String) -> InputError {
        InputError(
            .unreadable, source: "standard output", found: "the system says: \(reason)",
            expected: "an output that can be written", advice: "check what the program's output is connected to")
    }

    /// A remark for the person at the terminal; a closed standard error is no reason to stop.
    static func remark(_ text: String, terminator: String = "\n") {
        try? FileHandle.standardError.write(contentsOf: Data((text + terminator).utf8))
    }

    /// `value` as JSON on one line unless told otherwise, keys in snake case and in order.
    static func json(_ value: some Encodable, pretty: Bool = false) throws {
        try write(try encoded(value, pretty: pretty))
    }

    /// What `json` prints.
    static func encoded(_ value: some Encodable, pretty: Bool) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(value) + Data("\n".utf8)
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Makes writing to a closed pipe an error instead of the end of the program.
func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

/// All bytes of standard input.
func readStandardInput() throws -> Data { try FileHandle.standardInput.readToEnd() ?? Data() }

/// Whether standard input is a pipe or a file rather than a person at a terminal.
var standardInputIsPiped: Bool { isatty(STDIN_FILENO) == 0 }
