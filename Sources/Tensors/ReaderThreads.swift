import Foundation

/// Threads that wait for disks, so that others need not: they carry out what is handed to them, first come, first served.
///
/// They are no part of the thread pool: they sleep nearly always, and a disk wants several requests at a time whatever
/// the number of cores.
package final class ReaderThreads: Sendable {
    package typealias Job = @Sendable () -> Void

    private struct Queue {
        var jobs: [Job] = []
        var isClosed = false
    }

    private let queue = Monitor(Queue())

    /// - Parameter count: how many jobs are under way at a time.
    package init(count: Int) {
        for _ in 0..<max(count, 1) {
            Thread.detachNewThread { [queue] in
                while let job = ReaderThreads.next(of: queue) { job() }
            }
        }
    }

    deinit { queue.change { $0.isClosed = true } }

    /// Adds jobs. All of them will be done, even if the threads are let go meanwhile.
    package func submit(_ jobs: [Job]) {
        guard !jobs.isEmpty else { return }
        queue.change { $0.jobs += jobs }
    }

    private static func next(of queue: Monitor<Queue>) -> Job? {
        queue.wait { queue -> Job?? in
            if !queue.jobs.isEmpty { return .some(queue.jobs.removeFirst()) }
            return queue.isClosed ? .some(nil) : nil
        }
    }
}
