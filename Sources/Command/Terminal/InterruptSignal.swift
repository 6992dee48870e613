import Foundation
import Synchronization

/// How often Ctrl-C arrived. The handler does little but count: little else is allowed in one.
private let interruptCount = Atomic<Int>(0)
/// At which count the program ends at once.
private let interruptLimit = Atomic<Int>(.max)

/// Makes Ctrl-C stop an answer and not the program, for as long as this object lives.
///
/// While a model answers, its loop asks `isRaised` between tokens, or another task awaits `wait()`. What SIGINT did
/// before is in force again after `cancel()` or when the object goes away. Objects may overlap but must end in the
/// reverse order of their making.
final class InterruptSignal: Sendable {
    private let base: Atomic<Int>
    private let isCancelled = Atomic<Bool>(false)
    private let previous: (@convention(c) (Int32) -> Void)?

    /// - Parameter patience: which Ctrl-C ends the program at once, for work that may be long in getting to where it asks;
    ///   none unless given.
    init(patience: Int? = nil) {
        // This touches the counters, so that the handler never is the one to initialize them.
        let count = interruptCount.load(ordering: .sequentiallyConsistent)
        base = Atomic(count)
        interruptLimit.store(patience.map { count + $0 } ?? .max, ordering: .sequentiallyConsistent)
        previous = signal(SIGINT) { _ in
            let count = interruptCount.add(1, ordering: .sequentiallyConsistent).newValue
            guard count >= interruptLimit.load(ordering: .sequentiallyConsistent) else { return }
            signal(SIGINT, SIG_DFL)
            raise(SIGINT)
        }
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
        guard !isCancelled.exchange(true, ordering: .sequentiallyConsistent) else { return }
        interruptLimit.store(.max, ordering: .sequentiallyConsistent)
        signal(SIGINT, previous)
    }
}
