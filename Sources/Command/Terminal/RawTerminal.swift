import Files
import Foundation
import Synchronization

/// The signal that asked the program to end while the terminal was raw; 0 for none.
private let terminationSignal = Atomic<Int32>(0)

/// A terminal that hands over every key at once, for as long as one line is edited.
///
/// The former mode comes back in every case: when `leave()` is called, when the program exits meanwhile, and when
/// SIGTERM, SIGHUP or SIGQUIT asks it to end, which happens in `leave()`; the reader asks `isTerminated` meanwhile.
enum RawTerminal {
    private struct Saved: Sendable {
        let mode: termios
        let input: Int32
        let output: Int32
    }

    private static let saved = Mutex<Saved?>(nil)
    private static let restoresAtExit: Void = { _ = atexit { RawTerminal.leave() } }()
    private static let terminations = [SIGTERM, SIGHUP, SIGQUIT]

    /// Rows and columns of the terminal; 24 and 80 where it does not say.
    static func size(of descriptor: Int32) -> (rows: Int, columns: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (24, 80) }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Makes `input` raw and asks `output` to mark pasted text.
    static func enter(input: Int32, output: Int32) throws {
        var mode = termios()
        guard tcgetattr(input, &mode) == 0 else { throw failure() }
        _ = restoresAtExit
        saved.withLock { $0 = Saved(mode: mode, input: input, output: output) }
        terminationSignal.store(0, ordering: .sequentiallyConsistent)
        for number in terminations {
            // One that is ignored, as under nohup, stays so.
            let previous = signal(number) { terminationSignal.store($0, ordering: .sequentiallyConsistent) }
            if isIgnoring(previous) { signal(number, SIG_IGN) }
        }
        var raw = mode
        cfmakeraw(&raw)
        // Another thread may print meanwhile; its newlines shall stay newlines.
        raw.c_oflag = mode.c_oflag
        guard tcsetattr(input, TCSADRAIN, &raw) == 0 else {
            leave()
            throw failure()
        }
        write("\u{1B}[?2004h", to: output)
    }

    /// Brings the former mode back, then obeys a signal to end; does nothing if the terminal is not raw.
    static func leave() {
        saved.withLock { saved in
            guard var former = saved?.mode, let input = saved?.input, let output = saved?.output else { return }
            saved = nil
            write("\u{1B}[?2004l", to: output)
            while tcsetattr(input, TCSADRAIN, &former) != 0, errno == EINTR {}
            for number in terminations {
                let current = signal(number, SIG_DFL)
                if isIgnoring(current) { signal(number, SIG_IGN) }
            }
            let number = terminationSignal.exchange(0, ordering: .sequentiallyConsistent)
            if number != 0 { _ = kill(getpid(), number) }
        }
    }

    private static func isIgnoring(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Whether a signal asked the program to end since `enter(input:output:)`.
    static var isTerminated: Bool { terminationSignal.load(ordering: .sequentiallyConsistent) != 0 }

    /// Writes all of `text`; a terminal that has gone away is noticed when it is read.
    static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                _ = isReady(descriptor, POLLOUT, milliseconds: 100)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Waits until `descriptor` can be read or written.
    /// - Returns: `false` if the time ran out or a signal arrived first.
    static func isReady(_ descriptor: Int32, _ event: some BinaryInteger, milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }

    private static func failure() -> InputError {
        InputError(
            .unreadable, source: "the terminal", found: "the system says: \(String(cString: strerror(errno)))",
            expected: "a terminal whose mode can be set", advice: "give the input through a pipe instead")
    }
}
