import Generation

/// Reads what an engine tells of the answers to several questions, and gives on what it means.
struct AnswerReader: Sendable {
    typealias Stream = AsyncThrowingStream<EngineEvent, any Error>

    let questions: [PreparedQuestion]
    /// How many answers each question has.
    let width: Int
    let engine: Engine
    /// Takes an answer's number and what happened to it.
    let emit: @Sendable (Int, AnswerEvent) -> Void

    /// Reads until all answers have ended or the time is over.
    /// - Parameter first: the streams of those questions that the engine has taken on already.
    /// - Returns: what went wrong; `nil` if nothing did.
    func run(_ first: [Stream], within seconds: Double) async -> (any Error)? {
        let late = APIError(
            .timeout, "The answer took longer than \(Int(seconds)) s, the server's limit; ask for fewer tokens.")
        do {
            try await withDeadline(.seconds(seconds), late) { try await readAll(first) }
            return nil
        } catch {
            return error
        }
    }

    private func readAll(_ first: [Stream]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, stream) in first.enumerated() { group.addTask { try await read(stream, index) } }
            for index in questions.indices.dropFirst(first.count) {
                try await group.next()
                let stream = try await submitPatiently(questions[index])
                group.addTask { try await read(stream, index) }
            }
            try await group.waitForAll()
        }
        try Task.checkCancellation()
    }

    /// A request that was begun is not refused for the others that wait: it waits like them.
    private func submitPatiently(_ question: PreparedQuestion) async throws -> Stream {
        while true {
            do { return try engine.submit(question.request) } catch is EngineBusy {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func read(_ stream: Stream, _ index: Int) async throws {
        var readings = [AnswerReading](repeating: AnswerReading(questions[index]), count: width)
        for try await event in stream {
            if case .promptScores(let scores) = event.event {
                let reports = scores.map { TokenReport($0) }
                for sample in 0..<width { emit(index * width + sample, .prompt(reports)) }
            } else if event.sample < width {
                for made in readings[event.sample].read(event.event) { emit(index * width + event.sample, made) }
            }
        }
    }
}
