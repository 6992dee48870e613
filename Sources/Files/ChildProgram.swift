import Foundation

/// A program that judges or runs what a model wrote: started without a shell, given bytes on its standard input, and held to
/// limits of time, memory and output.
///
/// It runs in an empty folder of its own that is removed afterwards, in a process group that is killed whole, with an
/// environment of only `PATH`, `HOME`, `LANG` and what the caller adds. It may still read files and use the network as its user may: whoever runs
/// programs that models write does so in a container.
package struct ChildProgram: Sendable, Equatable {
    package struct Limits: Sendable, Equatable {
        /// By the clock, after which all its processes are killed.
        package var seconds = 10.0
        /// Of address space, each process; Linux only, where it is set right after the start.
        package var memoryBytes = 1 << 30
        /// Of standard output; also the largest file that it may write (Linux).
        package var outputBytes = 1 << 20

        package init() {}
    }

    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
        case tookTooLong
        case wroteTooMuch
    }

    package struct Outcome: Sendable, Equatable {
        package let ending: Ending
        /// What it wrote to standard output, cut at the limit.
        package let output: [UInt8]
    }

    /// The program, a path or a name in `PATH`, and its arguments.
    package let command: [String]
    package let limits: Limits

    /// - Throws: `InputError` if there is no command, or a part of it has a zero byte, which no program can be given.
    package init(_ command: [String], limits: Limits = Limits()) throws {
        guard let program = command.first, !program.isEmpty, !command.contains(where: { $0.utf8.contains(0) }) else {
            throw InputError(
                .invalidValue, source: "a command", found: "found \(command)",
                expected: "a program and its arguments, without zero bytes", advice: "name a program")
        }
        (self.command, self.limits) = (command, limits)
    }

    /// Runs it to its end, or to a limit. Blocks.
    /// - Parameter environment: added to what every program gets; zero bytes are left out.
    /// - Throws: `InputError` if it cannot be started.
    package func run(input: [UInt8], environment: [String: String] = [:]) throws -> Outcome {
        let folder = NSTemporaryDirectory() + "isobath-program-" + UUID().uuidString
        try attempt { mkdir(folder, 0o700) == 0 ? 0 : errno }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = try inputFile(input, in: folder)
        defer { close(source) }
        let output = try OutputPipe()
        let process = try start(in: folder, source, output, environment)
        output.closeWriter()
        return output.collect(from: process, limits)
    }

    /// The input as a file that has no name any more: a program that does not read it cannot stop us.
    private func inputFile(_ input: [UInt8], in folder: String) throws -> Int32 {
        let path = folder + "/input"
        let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(errno) }
        unlink(path)
        var written = 0
        while written < input.count {
            // Safe: the range of the array that is not written yet.
            let count = input.withUnsafeBytes {
                write(file, $0.baseAddress.map { $0 + written }, input.count - written)
            }
            guard count > 0 || errno == EINTR else {
                defer { close(file) }
                throw failure(errno)
            }
            written += max(count, 0)
        }
        lseek(file, 0, SEEK_SET)
        return file
    }

    private func start(
        in folder: String, _ source: Int32, _ output: OutputPipe, _ environment: [String: String]
    ) throws -> pid_t {
        let inherited = ProcessInfo.processInfo.environment
        var variables = ["PATH": inherited["PATH"] ?? "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8"]
        for (name, value) in environment { variables[name] = value.filter { $0 != "\0" } }
        let spawn = SpawnSettings(input: source, output: output.writer, folder: folder)
        defer { spawn.free() }
        var process: pid_t = 0
        let pairs = variables.map { "\($0)=\($1)" }.sorted()
        let status = withTexts(command) { arguments in
            withTexts(pairs) { spawn.start(&process, arguments, $0) }
        }
        try attempt { status }
        try limit(process)
        return process
    }

    /// - Throws: `InputError`, the process being killed, where the system has no such limits.
    private func limit(_ process: pid_t) throws {
        #if os(Linux)
        let seconds = UInt(limits.seconds.rounded(.up)) + 1
        let bounds = [
            (RLIMIT_AS, UInt(limits.memoryBytes)), (RLIMIT_CPU, seconds), (RLIMIT_CORE, 0),
            (RLIMIT_FSIZE, UInt(limits.outputBytes)),
        ]
        guard bounds.allSatisfy({ SystemFunctions.limit(process, $0, $1) }) else {
            kill(-process, SIGKILL)
            waitpid(process, nil, 0)
            throw failure(ENOSYS)
        }
        #endif
    }

    private func attempt(_ action: () -> Int32) throws {
        let code = action()
        if code != 0 { throw failure(code) }
    }

    private func failure(_ code: Int32) -> InputError {
        InputError(
            .unreadable, source: command[0], found: "found that it does not start: \(String(cString: strerror(code)))",
            expected: "a program", advice: "give its path, or put it into a folder of PATH")
    }

    /// The texts as C has them: pointers to bytes that end with 0, and a null.
    private func withTexts<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}
