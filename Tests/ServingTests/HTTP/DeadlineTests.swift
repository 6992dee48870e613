import Testing

@testable import Serving

struct DeadlineTests {
    private static let late = APIError(.timeout, "Too late.")

    @Test func workInTimeGivesItsValue() async throws {
        #expect(try await withDeadline(.seconds(3600), Self.late) { 7 } == 7)
    }

    @Test func workBeyondItsTimeIsCancelled() async {
        await #expect(throws: APIError.self) {
            try await withDeadline(.milliseconds(1), Self.late) { try await pause(.seconds(3600)) }
        }
    }

    @Test func errorsOfTheWorkComeThrough() async {
        struct Broken: Error {}
        await #expect(throws: Broken.self) { try await withDeadline(.seconds(3600), Self.late) { throw Broken() } }
    }

    @Test func cancelledBeforeItBegins() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await pause(.seconds(3600))
        }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
    }

    #if os(Linux)
    /// A deadline that was not needed leaves nothing behind; `Task.sleep` left some 400 bytes each until its time.
    @Test func deadlinesLeaveNothingBehind() async {
        await #expect(processExitsWith: .success) {
            func pass(_ count: Int) async throws {
                for _ in 0..<count { try await withDeadline(.seconds(3600), APIError(.timeout, "Late.")) {} }
            }
            try await pass(2_000)
            let before = try #require(residentMemory())
            try await pass(20_000)
            #expect(try #require(residentMemory()) < before + 2 << 20)
        }
    }
    #endif
}
