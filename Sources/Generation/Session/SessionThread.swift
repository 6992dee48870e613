import Dispatch

/// Where a session runs: a queue of its own.
///
/// A model keeps its thread busy for as long as it answers. On one of the threads that all tasks share it would keep
/// others, such as the reader of its own answer, from running at all where cores are few.
final class SessionThread: SerialExecutor {
    private let queue = DispatchQueue(label: "isobath.session", qos: .userInitiated)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}
