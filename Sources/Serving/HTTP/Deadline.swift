import NIOCore
import NIOPosix

/// What `work` gives, unless it takes longer than `limit`: it is cancelled then.
/// - Throws: what `work` throws, and `late` when the time is over.
func withDeadline<Value: Sendable>(
    _ limit: Duration, _ late: APIError, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await pause(limit)
            throw late
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}

/// Waits for `duration`, like `Task.sleep`, and leaves nothing behind when it is cancelled before.
///
/// What `Task.sleep` starts stays in memory until its time has come even when nobody waits for it any more: with limits
/// of minutes, as requests have, those are thousands of them in a busy server, and its memory seems to grow without end.
/// - Throws: `EventLoopError.cancelled` if the task is cancelled.
func pause(_ duration: Duration) async throws {
    let alarm = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: TimeAmount(duration)) {}
    try await withTaskCancellationHandler {
        try await alarm.futureResult.get()
    } onCancel: {
        alarm.cancel()
    }
}
