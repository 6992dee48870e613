import Synchronization

/// Where requests wait for an engine, and what it tells about itself: all that other threads see of it.
final class EngineInbox: Sendable {
    private struct State {
        var waiting: [EngineJob] = []
        /// Whether the engine is at work, so that it will look here again.
        var isRunning = false
        var isClosed = false
        var statistics = EngineStatistics()
        var onIdle: [CheckedContinuation<Void, Never>] = []
        /// Seconds that recent requests took, the latest counting most.
        var usualSeconds: Double?
    }

    private let state = Mutex(State())
    /// Whether all that is computed is to end within one step.
    let isCancelling = Atomic(false)
    private let queueLength: Int
    private let slots: Int

    init(_ limits: EngineLimits) { (queueLength, slots) = (limits.queueLength, limits.slots) }

    /// Puts jobs into the queue, all or none.
    /// - Returns: whether the engine has to be woken.
    /// - Throws: `EngineBusy` or `EngineClosed`.
    func submit(_ jobs: [EngineJob]) throws -> Bool {
        try state.withLock { state in
            guard !state.isClosed else { throw EngineClosed() }
            let room = queueLength + slots - state.statistics.active
            // A call with many texts may wait as a whole where nobody else does.
            guard state.waiting.isEmpty || state.waiting.count + jobs.count <= max(room, 0), room > 0 else {
                state.statistics.refused += 1
                throw EngineBusy(waiting: state.waiting.count, retryAfter: retryAfter(state))
            }
            state.waiting += jobs
            state.statistics.waiting = state.waiting.count
            state.statistics.accepted += jobs.count
            defer { state.isRunning = true }
            return !state.isRunning
        }
    }

    /// As long as the requests that are there already will take until one of them is done.
    private func retryAfter(_ state: State) -> Int {
        let seconds = (state.usualSeconds ?? 1) * Double(state.waiting.count + 1) / Double(slots)
        return Int(min(max(seconds.rounded(.up), 1), 600))
    }

    /// The job that waits longest, if `isWelcome`; those that were given up meanwhile are passed over.
    func next(isWelcome: (EngineJob) -> Bool) -> EngineJob? {
        let (job, abandoned): (EngineJob?, [EngineJob]) = state.withLock { state in
            let abandoned = state.waiting.filter { $0.isCancelled }
            if !abandoned.isEmpty { state.waiting.removeAll { $0.isCancelled } }
            state.statistics.cancelled += abandoned.count
            let job = state.waiting.first.flatMap { isWelcome($0) ? $0 : nil }
            if job != nil { state.waiting.removeFirst() }
            state.statistics.waiting = state.waiting.count
            return (job, abandoned)
        }
        for job in abandoned { job.finish(throwing: EngineClosed()) }
        return job
    }

    /// Notes that there is nothing more to do.
    /// - Returns: whether that is so; otherwise something has come in.
    func rest() -> Bool {
        let waiters: [CheckedContinuation<Void, Never>]? = state.withLock { state in
            guard state.waiting.isEmpty else { return nil }
            state.isRunning = false
            defer { state.onIdle = [] }
            return state.onIdle
        }
        for waiter in waiters ?? [] { waiter.resume() }
        return waiters != nil
    }

    /// Returns once there is nothing to do.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.isRunning { state.onIdle.append(continuation) }
                return !state.isRunning
            }
            if isIdle { continuation.resume() }
        }
    }

    /// Takes no more jobs.
    /// - Parameter cancelling: whether those that wait are given up.
    func close(cancelling: Bool) {
        let waiting = state.withLock { state in
            state.isClosed = true
            return cancelling ? state.waiting : []
        }
        guard cancelling else { return }
        isCancelling.store(true, ordering: .relaxed)
        for job in waiting { job.cancel() }
    }

    var statistics: EngineStatistics { state.withLock { $0.statistics } }

    /// Counts something.
    func count(_ change: (inout EngineStatistics) -> Void) { state.withLock { change(&$0.statistics) } }

    /// Counts a request that took so many seconds from its arrival.
    func countRequest(seconds: Double) {
        state.withLock { state in
            state.statistics.requestSeconds.add(seconds)
            state.usualSeconds = state.usualSeconds.map { $0 * 0.9 + seconds * 0.1 } ?? seconds
        }
    }
}
