import Foundation
import Synchronization
import Testing

@testable import Command

/// The parts that touch descriptors and signals, on pipes and on a terminal of the test's own. One at a time: the mode
/// of the terminal and the signals belong to the process.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TerminalInputTests {
    // MARK: Pipes

    private func lines(_ bytes: [UInt8]) throws -> [String] {
        let pipe = Pipe()
        // A thread and not a task: this test blocks, and a pool of tasks may have no thread left to write.
        Thread.detachNewThread {
            try? pipe.fileHandleForWriting.write(contentsOf: Data(bytes))
            try? pipe.fileHandleForWriting.close()
        }
        // The pipe's end would close its descriptors, for others to get their numbers.
        defer { withExtendedLifetime(pipe) {} }
        var editor = LineEditor(input: pipe.fileHandleForReading.fileDescriptor)
        #expect(!editor.isInteractive)
        var lines: [String] = []
        while case .line(let line) = try editor.readLine(prompt: "never shown") { lines.append(line) }
        return lines
    }

    @Test func pipesGiveLinesAsTheyAre() throws {
        #expect(try lines(Array("one\r\n\ntwo \\\n日本\nlast".utf8)) == ["one", "", "two \\", "日本", "last"])
        #expect(try lines([]) == [])
        #expect(try lines([0x0A]) == [""])
        #expect(try lines([0x61, 0xFF, 0x0A]) == ["a\u{FFFD}"])
        #expect(try lines(Array("\u{3}\u{1B}[A\n".utf8)) == ["\u{3}\u{1B}[A"])
    }

    @Test func longLinesCrossReads() throws {
        let long = String(repeating: "x", count: 300_000)
        #expect(try lines(Array("\(long)\nb\n\(long)".utf8)) == [long, "b", long])
    }

    // MARK: A terminal

    private struct Terminal {
        let keyboard: FileHandle
        let screen: FileHandle

        init?() {
            guard let (first, name) = Terminal.open() else { return nil }
            let second = Foundation.open(name, O_RDWR | O_NOCTTY)
            guard second >= 0 else { return nil }
            keyboard = FileHandle(fileDescriptor: first, closeOnDealloc: true)
            screen = FileHandle(fileDescriptor: second, closeOnDealloc: true)
        }

        private static func open() -> (descriptor: Int32, name: String)? {
            #if canImport(Darwin)
            let descriptor = posix_openpt(O_RDWR | O_NOCTTY)
            guard descriptor >= 0, grantpt(descriptor) == 0, unlockpt(descriptor) == 0,
                let name = ptsname(descriptor)
            else { return nil }
            return (descriptor, String(cString: name))
            #else
            // What posix_openpt and its kin do, which the Glibc module does not show: TIOCSPTLCK and TIOCGPTN.
            let descriptor = Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY)
            var locked: Int32 = 0
            var number: UInt32 = 0
            guard descriptor >= 0, ioctl(descriptor, 0x4004_5431, &locked) == 0,
                ioctl(descriptor, 0x8004_5430, &number) == 0
            else { return nil }
            return (descriptor, "/dev/pts/\(number)")
            #endif
        }

        var isCooked: Bool {
            var mode = termios()
            return tcgetattr(screen.fileDescriptor, &mode) == 0 && mode.c_lflag & tcflag_t(ICANON) != 0
                && mode.c_lflag & tcflag_t(ECHO) != 0 && mode.c_lflag & tcflag_t(ISIG) != 0
        }
    }

    /// What the program wrote, read while it writes as a terminal does.
    private final class Shown: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        init(_ descriptor: Int32) {
            Thread.detachNewThread { [self] in
                var block = [UInt8](repeating: 0, count: 4096)
                while let count = try? readBytes(from: descriptor, into: &block), count > 0 {
                    bytes.withLock { $0 += block[..<count] }
                }
            }
        }

        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    private func answers(_ keys: String, count: Int) throws -> (answers: [LineEditor.Answer], shown: String) {
        let terminal = try #require(Terminal())
        defer { withExtendedLifetime(terminal) {} }
        let descriptor = terminal.screen.fileDescriptor
        let shown = Shown(dup(terminal.keyboard.fileDescriptor))
        var editor = LineEditor(input: descriptor, output: descriptor, environment: ["TERM": "xterm"])
        #expect(editor.isInteractive && terminal.isCooked)
        // Raw before the keys are typed, so that the terminal itself acts on none of them; each line leaves it so.
        try RawTerminal.enter(input: descriptor, output: descriptor)
        #expect(!terminal.isCooked)
        try terminal.keyboard.write(contentsOf: Data(keys.utf8))
        var answers: [LineEditor.Answer] = []
        for _ in 0..<count { try answers.append(editor.readLine(prompt: "> ")) }
        for _ in 0..<30_000 where !shown.text.hasSuffix("\u{1B}[?2004l") { usleep(1000) }
        return (answers, shown.text)
    }

    @Test func terminalLinesAreEdited() throws {
        let result = try answers("helo\u{1B}[Dl\r\u{1B}[200~a\nb\u{1B}[201~\rx\u{3}\u{1B}[A!\r\u{4}", count: 5)
        #expect(result.answers == [.line("hello"), .line("a\nb"), .interrupted, .line("a\nb!"), .end])
        #expect(result.shown.contains("> ") && result.shown.contains("\u{1B}[?2004h"))
    }

    @Test func modeComesBack() throws {
        let terminal = try #require(Terminal())
        defer { withExtendedLifetime(terminal) {} }
        let descriptor = terminal.screen.fileDescriptor
        try RawTerminal.enter(input: descriptor, output: descriptor)
        #expect(!terminal.isCooked)
        RawTerminal.leave()
        #expect(terminal.isCooked)
        RawTerminal.leave()
        #expect(RawTerminal.size(of: -1) == (24, 80))
        #expect(throws: (any Error).self) { try RawTerminal.enter(input: -1, output: -1) }
    }

    @Test func terminationIsNoticedWhileRaw() throws {
        let terminal = try #require(Terminal())
        defer { withExtendedLifetime(terminal) {} }
        let descriptor = terminal.screen.fileDescriptor
        try RawTerminal.enter(input: descriptor, output: descriptor)
        #expect(!RawTerminal.isTerminated)
        // The signal is made harmless before leaving, which would obey it.
        try send(SIGTERM) { RawTerminal.isTerminated }
        signal(SIGTERM, SIG_IGN)
        RawTerminal.leave()
        #expect(terminal.isCooked && !RawTerminal.isTerminated)
        signal(SIGTERM, SIG_DFL)
    }

    // MARK: Ctrl-C

    /// Sends a signal to this process and waits until it has its effect, which the system promises no time for.
    private func send(_ number: Int32, until isNoticed: () -> Bool) throws {
        #expect(!isNoticed())
        _ = kill(getpid(), number)
        for _ in 0..<30_000 where !isNoticed() { usleep(1000) }
        try #require(isNoticed(), "signal \(number) never arrived")
    }

    @Test func interruptIsCountedAndNotDeadly() async throws {
        let interrupt = InterruptSignal()
        #expect(!interrupt.isRaised)
        try send(SIGINT) { interrupt.count == 1 }
        #expect(interrupt.isRaised)
        await interrupt.wait()
        interrupt.reset()
        #expect(!interrupt.isRaised)
        try send(SIGINT) { interrupt.count == 1 }
        try send(SIGINT) { interrupt.count == 2 }
        interrupt.cancel()
        interrupt.cancel()
    }

    @Test func formerHandlerComesBack() {
        let before = signal(SIGINT, SIG_IGN)
        InterruptSignal().cancel()
        let after = signal(SIGINT, before)
        #expect(unsafeBitCast(after, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self))
    }

    @Test func waitingEndsWithTheSignalOrTheTask() async throws {
        let interrupt = InterruptSignal()
        let waiting = Task { await interrupt.wait() }
        try send(SIGINT) { interrupt.isRaised }
        await waiting.value
        interrupt.reset()
        let cancelled = Task { await interrupt.wait() }
        cancelled.cancel()
        await cancelled.value
        #expect(!interrupt.isRaised)
        interrupt.cancel()
    }
}
