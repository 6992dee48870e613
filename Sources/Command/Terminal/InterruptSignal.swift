import Foundation
import Synchronization

/// How often Ctrl-C arrived. The handler does nothing but count: little else is allowed in one.
private let interruptCount = Atomic<Int>(0)

/// Makes Ctrl-C stop an answer and not the program, for as long as this object lives.
///
/// While a model answers, its loop asks `isRaised` between tokens, or another task awaits `wait()`. What SIGINT did
/// before is in force again after `cancel()` or when the object goes away. Objects may overlap but must end in the
/// reverse order of their making.
final class InterruptSignal: Sendable {
    private let base: Atomic<Int>
    private let isCancelled = Atomic<Bool>(false)
    private let previous: (@convention(c) (Int32) -> Void)?

    init() {
        // This touches the counter, so that the handler never is the one to initialize it.
        base = Atomic(interruptCount.load(ordering: .sequentiallyConsistent))
        previous = signal(SIGINT) { _ in interruptCount.add(1, ordering: .sequentiallyConsistent) }
    }

    deinit { cancel() }

    /// How often Ctrl-C arrived since `init` or the last `reset`.
    var count: Int {
        interruptCount.load(ordering: .sequentiallyConsistent) - base.load(ordering: .sequentiallyConsistent)
    }

    /// Whether Ctrl-C arrived since `init` or the last `reset`.
    var isRaised: Bool { count > 0 }

    /// Forgets what arrived so far.
    func reset() {
        base.store(interruptCount.load(ordering: .sequentiallyConsistent), ordering: .sequentiallyConsistent)
    }

    /// Returns once Ctrl-C arrived, within a time no person notices, or once the task is cancelled.
    func wait() async {
        while !isRaised, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
    }

    /// Gives SIGINT back what it did before; later calls do nothing.
    func cancel() {
        if !isCancelled.exchange(true, ordering: .sequentiallyConsistent) { signal(SIGINT, previous) }
    }
}
