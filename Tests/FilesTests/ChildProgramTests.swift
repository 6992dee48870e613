import Foundation
import Testing

@testable import Files

@Suite struct ChildProgramTests {
    private func run(
        _ command: [String], _ input: String = "", seconds: Double = 20, output: Int = 1 << 16, memory: Int = 1 << 30,
        environment: [String: String] = [:]
    ) throws -> ChildProgram.Outcome {
        var limits = ChildProgram.Limits()
        (limits.seconds, limits.outputBytes, limits.memoryBytes) = (seconds, output, memory)
        return try ChildProgram(command, limits: limits).run(input: Array(input.utf8), environment: environment)
    }

    @Test func whatIsWrittenComesBack() throws {
        let text = "quotes \" ' ` $(id) \\ \0 end"
        #expect(try run(["cat"], text) == .init(ending: .exited(0), output: Array(text.utf8)))
        #expect(try run(["cat", "-", "--"], "").output.isEmpty)
    }

    @Test func argumentsAreNoShellText() throws {
        let outcome = try run(["/bin/echo", "$HOME; echo `id`", "a  b"])
        #expect(String(decoding: outcome.output, as: UTF8.self) == "$HOME; echo `id` a  b\n")
    }

    @Test func endingsAreTold() throws {
        #expect(try run(["/bin/sh", "-c", "exit 3"]).ending == .exited(3))
        #expect(try run(["/bin/sh", "-c", "kill -9 $$"]).ending == .killed(signal: 9))
    }

    @Test func aProgramThatReadsNothingDoesNotStopUs() throws {
        #expect(try run(["true"], String(repeating: "x", count: 1 << 20)).ending == .exited(0))
    }

    @Test func slowProgramsAreKilledWithTheirChildren() throws {
        let start = ContinuousClock.now
        // The child of the shell holds the pipe as well.
        let outcome = try run(["/bin/sh", "-c", "echo begun; sleep 60 & wait"], seconds: 0.3)
        #expect(outcome.ending == .tookTooLong && outcome.output == Array("begun\n".utf8))
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func childrenThatStayBehindAreKilled() throws {
        let start = ContinuousClock.now
        #expect(try run(["/bin/sh", "-c", "sleep 60 & echo done"]).ending == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func aProgramThatClosesItsOutputIsWaitedFor() throws {
        #expect(try run(["/bin/sh", "-c", "exec >&-; sleep 0.1; exit 5"]).ending == .exited(5))
    }

    @Test func endlessOutputIsCut() throws {
        let outcome = try run(["yes"], output: 1000)
        #expect(outcome.ending == .wroteTooMuch && outcome.output.count == 1000)
        #expect(try run(["/bin/echo", "123"], output: 4) == .init(ending: .exited(0), output: Array("123\n".utf8)))
        #expect(try run(["/bin/echo", "123"], output: 3).ending == .wroteTooMuch)
    }

    @Test func theFolderIsItsOwnAndGoesAway() throws {
        let outcome = try run(["/bin/sh", "-c", "pwd; ls -a; echo 1 > file; env"], environment: ["ISOBATH_A": "x\0y"])
        let text = String(decoding: outcome.output, as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(!FileManager.default.fileExists(atPath: try #require(lines.first)))
        #expect(Array(lines[1...2]) == [".", ".."])
        #expect(lines.contains("ISOBATH_A=xy"))
    }

    #if os(Linux)
    @Test func memoryIsLimited() throws {
        // The shell waits for the input's end before it asks for memory, which gives time for the limit to be set.
        let outcome = try run(["/bin/sh", "-c", "sleep 0.2; ulimit -v"], memory: 1 << 28)
        #expect(String(decoding: outcome.output, as: UTF8.self) == "262144\n")
    }
    #endif

    @Test func whatCannotStartIsAnError() throws {
        #expect(throws: InputError.self) { try run(["/nonexistent/program"]) }
        #expect(throws: InputError.self) { try ChildProgram([]) }
        #expect(throws: InputError.self) { try ChildProgram(["echo", "a\0b"]) }
    }
}
