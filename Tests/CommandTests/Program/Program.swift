import Files
import Foundation
import Synchronization
import TestSupport
import Testing

/// The built program, run as a person or a script runs it.
final class Program {
    /// How a run ended and what it printed.
    struct Result {
        var status: Int32
        var wasSignalled: Bool
        var output: Data
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }

        func json() throws -> JSONValue { try JSONParser.parse(Array(output), source: "the program's output") }
    }

    /// No run takes longer than this; one that would is ended and its test fails.
    private static let seconds = 120.0

    private let process = Process()
    private let input = Pipe()
    private let output = Collected()
    private let errors = Collected()
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the program. Its standard input stays open until `finish()`.
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = try Program.location()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (outputPipe, errorPipe) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        process.terminationHandler = { [ended] _ in ended.signal() }
        try Program.unblockingSignals { try process.run() }
        output.collect(outputPipe)
        errors.collect(errorPipe)
    }

    /// Runs to the end with `input` on standard input.
    static func run(
        _ arguments: [String], input: Data = Data(), environment: [String: String] = [:]
    ) throws -> Result {
        let program = try Program(arguments, environment: environment)
        program.type(input)
        return try program.finish()
    }

    static func run(_ arguments: [String], input: String) throws -> Result {
        try run(arguments, input: Data(input.utf8))
    }

    /// Writes to the program's standard input. A program that does not read it is no failure of the test's.
    func type(_ data: Data) {
        signal(SIGPIPE, SIG_IGN)
        let handle = input.fileHandleForWriting
        let written = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            try? handle.write(contentsOf: data)
            written.signal()
        }
        _ = written.wait(timeout: .now() + Program.seconds)
    }

    func type(_ text: String) { type(Data(text.utf8)) }

    /// Waits until standard output holds `text`.
    func waitForOutput(_ text: String) throws {
        let deadline = Date(timeIntervalSinceNow: Program.seconds)
        while !String(decoding: output.bytes, as: UTF8.self).contains(text) {
            try #require(Date() < deadline, "no \(text) in \(String(decoding: output.bytes, as: UTF8.self))")
            usleep(2000)
        }
    }

    /// Waits until standard error holds `text`.
    func waitForErrors(_ text: String) throws {
        let deadline = Date(timeIntervalSinceNow: Program.seconds)
        while !errorsSoFar.contains(text) {
            try #require(Date() < deadline, "no \(text) in \(errorsSoFar)")
            usleep(2000)
        }
    }

    var outputSoFar: String { String(decoding: output.bytes, as: UTF8.self) }
    var errorsSoFar: String { String(decoding: errors.bytes, as: UTF8.self) }

    /// What Ctrl-C does on a terminal.
    func interrupt() { Foundation.kill(process.processIdentifier, SIGINT) }

    /// What nothing can prepare for.
    func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

    /// Ends standard input and waits for the program to end.
    func finish() throws -> Result {
        try? input.fileHandleForWriting.close()
        if ended.wait(timeout: .now() + Program.seconds) == .timedOut {
            kill()
            ended.wait()
            Issue.record("\(process.arguments ?? []) took longer than \(Program.seconds) seconds")
        }
        output.waitForEnd()
        errors.waitForEnd()
        return Result(
            status: process.terminationStatus, wasSignalled: process.terminationReason == .uncaughtSignal,
            output: output.bytes, errors: String(decoding: errors.bytes, as: UTF8.self))
    }

    // MARK: The program's file

    /// `isobath` in the folder into which the tests were built.
    static func location() throws -> URL {
        let candidates = folders.map { $0.appending(path: "isobath") }
        let manager = FileManager.default
        return try #require(
            candidates.first { manager.isExecutableFile(atPath: $0.path(percentEncoded: false)) },
            "no program in \(candidates.map(\.path))")
    }

    private static var folders: [URL] {
        // On Linux the tests are a program beside it; on macOS they are a bundle beside it that another program loads.
        let program = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
        let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
        return [program].compactMap(\.self) + bundles.map { $0.deletingLastPathComponent() }
    }

    /// Threads of a pool block signals, and a new program inherits that from the thread that starts it.
    private static func unblockingSignals(_ start: () throws -> Void) rethrows {
        var none = sigset_t()
        var former = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &former)
        defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
        try start()
    }
}

/// What came out of a pipe so far.
private final class Collected: Sendable {
    private let content = Mutex(Data())
    private let ended = DispatchSemaphore(value: 0)

    var bytes: Data { content.withLock { $0 } }

    func collect(_ pipe: Pipe) {
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                // Other tests send signals to this process, and one may come while this waits.
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                content.withLock { $0 += buffer[..<count] }
            }
            withExtendedLifetime(pipe) {}
            ended.signal()
        }
    }

    func waitForEnd() { ended.wait() }
}

extension Program.Result {
    /// A failure as it must be: one sentence on standard error, a status that is not 0, and nothing on standard output.
    func expectFailure(status expected: Int32 = 1, _ location: SourceLocation = #_sourceLocation) {
        #expect(status == expected && !wasSignalled, sourceLocation: location)
        #expect(output.isEmpty, sourceLocation: location)
        #expect(errors.hasPrefix("Error: "), sourceLocation: location)
        if expected == 1 {
            #expect(errors.hasSuffix(".\n") && errors.filter { $0 == "\n" }.count == 1, sourceLocation: location)
        }
    }

    func expectSuccess(_ location: SourceLocation = #_sourceLocation) {
        #expect(status == 0 && !wasSignalled, "\(errors)", sourceLocation: location)
    }
}

/// What the tests run the program on.
enum Given {
    static let firstLight = Fixture.path("../../Sources/Hub/Resources/first-light")
    static let v3 = Fixture.path("text/v3")

    struct Example {
        let question: String
        let prompt: [Int]
        let tokens: [Int]
        let text: String
        let expected: String
    }

    /// First Light's recorded answers.
    static func examples() throws -> [Example] {
        let file = try MappedFile(path: firstLight + "/golden.json")
        return try #require(try JSONParser.parse(file)["examples"]?.array).map { example in
            Example(
                question: try #require(example["question"]?.string), prompt: try ids(example["prompt_ids"]),
                tokens: try ids(example["greedy_ids"]), text: try #require(example["text"]?.string),
                expected: try #require(example["expected"]?.string))
        }
    }

    /// A recorded prompt of a model without vocabulary, and its greedy continuation.
    static func prompt(_ model: String, _ name: String) throws -> (tokens: [Int], greedy: [Int]) {
        let file = try MappedFile(path: Fixture.path("text/\(model)/golden.json"))
        let prompt = try #require(try JSONParser.parse(file)["prompts"]?[name])
        return (try ids(prompt["ids"]), try ids(prompt["greedy"]))
    }

    static func ids(_ value: JSONValue?) throws -> [Int] {
        try #require(value?.array).map { try #require($0.integer) }
    }
}

extension [Int] {
    /// As `--tokens` takes them.
    var list: String { map(String.init).joined(separator: ",") }
}
