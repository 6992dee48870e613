import Foundation

/// How a child process starts: its files, its folder, a process group of its own.
struct SpawnSettings {
    #if os(Linux)
    private let actions = UnsafeMutablePointer<posix_spawn_file_actions_t>.allocate(capacity: 1)
    private let attributes = UnsafeMutablePointer<posix_spawnattr_t>.allocate(capacity: 1)
    #else
    private let actions = UnsafeMutablePointer<posix_spawn_file_actions_t?>.allocate(capacity: 1)
    private let attributes = UnsafeMutablePointer<posix_spawnattr_t?>.allocate(capacity: 1)
    #endif

    private let hasFolder: Bool

    init(input: Int32, output: Int32, folder: String) {
        // Safe: both are initialized before they are used, and freed by `free()`.
        posix_spawn_file_actions_init(actions)
        posix_spawn_file_actions_adddup2(actions, input, 0)
        posix_spawn_file_actions_adddup2(actions, output, 1)
        posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0)
        hasFolder = SystemFunctions.changeFolder(actions, folder) == 0
        posix_spawnattr_init(attributes)
        posix_spawnattr_setpgroup(attributes, 0)
        #if os(Linux)
        posix_spawnattr_setflags(attributes, Int16(POSIX_SPAWN_SETPGROUP))
        #else
        posix_spawnattr_setflags(attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_CLOEXEC_DEFAULT))
        #endif
    }

    func start(
        _ process: inout pid_t, _ arguments: [UnsafeMutablePointer<CChar>?],
        _ environment: [UnsafeMutablePointer<CChar>?]
    ) -> Int32 {
        // Safe: both lists end with a null, and the first has a program.
        guard hasFolder, let program = arguments[0] else { return ENOSYS }
        return posix_spawnp(&process, program, actions, attributes, arguments, environment)
    }

    func free() {
        posix_spawn_file_actions_destroy(actions)
        posix_spawnattr_destroy(attributes)
        actions.deallocate()
        attributes.deallocate()
    }
}

/// What a child process writes, read until it ends or reaches a limit.
final class OutputPipe {
    private let reader: Int32
    private(set) var writer: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw InputError(
                .excessive, source: "a pipe", found: "found \(String(cString: strerror(errno)))",
                expected: "a free file descriptor", advice: "close other files, or raise the limit of open files")
        }
        (reader, writer) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    deinit {
        closeWriter()
        close(reader)
    }

    /// Leaves the writing end to the child alone.
    func closeWriter() {
        if writer >= 0 { close(writer) }
        writer = -1
    }

    /// Reads until `process` has ended; kills its whole group then, or when it takes too long or writes too much.
    func collect(from process: pid_t, _ limits: ChildProgram.Limits) -> ChildProgram.Outcome {
        let start = ContinuousClock.now
        var (output, forced) = ([UInt8](), ChildProgram.Ending?.none)
        while !hasEnded(process), forced == nil {
            // An end of file is told at once; the process may live on, so that waiting needs a sleep then.
            if !read(into: &output, upTo: limits.outputBytes, milliseconds: 5) { usleep(1000) }
            if output.count > limits.outputBytes { forced = .wroteTooMuch }
            if ContinuousClock.now - start > .seconds(limits.seconds) { forced = .tookTooLong }
        }
        // The leader is not waited for yet, so that its number is still its own.
        kill(-process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        while output.count <= limits.outputBytes, read(into: &output, upTo: limits.outputBytes, milliseconds: 0) {}
        if output.count > limits.outputBytes { forced = forced ?? .wroteTooMuch }
        return .init(ending: forced ?? ending(status), output: Array(output.prefix(limits.outputBytes)))
    }

    private func hasEnded(_ process: pid_t) -> Bool {
        var information = siginfo_t()
        let code = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
        return code == 0 ? information.si_signo == SIGCHLD : errno != EINTR
    }

    /// - Returns: whether anything was read.
    private func read(into output: inout [UInt8], upTo limit: Int, milliseconds: Int32) -> Bool {
        var question = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        guard poll(&question, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: min(1 << 16, limit - min(output.count, limit) + 1))
        // Safe: reads at most as many bytes as the buffer has.
        let count = buffer.withUnsafeMutableBytes { Foundation.read(reader, $0.baseAddress, $0.count) }
        if count > 0 { output += buffer[..<count] }
        return count > 0
    }

    private func ending(_ status: Int32) -> ChildProgram.Ending {
        // As WIFEXITED, WEXITSTATUS and WTERMSIG have it, which are macros.
        status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: status & 0x7F)
    }
}

/// Functions of the system that Swift's module of the C library does not declare on Linux (GNU extensions), by name.
enum SystemFunctions {
    #if os(Linux)
    typealias Actions = UnsafeMutablePointer<posix_spawn_file_actions_t>
    private typealias ChangeFolder = @convention(c) (Actions, UnsafePointer<CChar>) -> Int32
    private typealias Limit =
        @convention(c) (pid_t, Int32, UnsafePointer<rlimit>, UnsafeMutablePointer<rlimit>?) -> Int32

    static func changeFolder(_ actions: Actions, _ folder: String) -> Int32 {
        guard let found = dlsym(nil, "posix_spawn_file_actions_addchdir_np") else { return ENOSYS }
        // Safe: the function's type, as glibc and musl document it.
        return unsafeBitCast(found, to: ChangeFolder.self)(actions, folder)
    }

    /// Sets a limit of another process, which has to be a child.
    /// - Returns: whether there is such a function; that the process has ended already is no failure.
    static func limit(_ process: pid_t, _ kind: __rlimit_resource, _ most: UInt) -> Bool {
        guard let found = dlsym(nil, "prlimit") else { return false }
        var bound = rlimit(rlim_cur: most, rlim_max: most)
        // Safe: as above.
        _ = unsafeBitCast(found, to: Limit.self)(process, Int32(kind.rawValue), &bound, nil)
        return true
    }
    #else
    static func changeFolder(_ actions: UnsafeMutablePointer<posix_spawn_file_actions_t?>, _ folder: String) -> Int32 {
        posix_spawn_file_actions_addchdir_np(actions, folder)
    }
    #endif
}
