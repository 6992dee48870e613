import CKernels
import Foundation
import Synchronization

/// Threads that share the work of one loop at a time: the caller and its helpers.
///
/// A loop is split into contiguous ranges of nearly equal length, one a thread, always the same for the same numbers.
/// A loop that is started while another one runs, from inside it or from another thread, runs on its caller alone.
package final class ThreadPool: Sendable {
    private static let configured = Mutex<Int?>(nil)

    /// The pool of the program: a thread for every core, or as many as `configure` said.
    package static let shared = ThreadPool(
        threads: configured.withLock { $0 } ?? ProcessInfo.processInfo.activeProcessorCount)

    /// Sets the size of `shared`; has no effect once `shared` has been used.
    package static func configure(threads: Int) { configured.withLock { $0 = threads } }

    /// How many threads take part, the caller's among them.
    package let threads: Int
    private let crew: Crew

    /// - Parameter threads: at least 1 is taken, at most 1024.
    package init(threads: Int) {
        let wanted = min(max(threads, 1), 1024)
        self.crew = Crew(helpers: wanted - 1)
        self.threads = crew.helpers + 1
    }

    deinit { crew.dismiss() }

    /// Calls `body` with ranges that cover `0..<count` once; returns when all have returned.
    ///
    /// `body` runs on several threads at once and must write only what belongs to its range.
    /// - Parameter grain: the least number of iterations that are worth a thread of their own.
    package func parallel(count: Int, grain: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > 0 else { return }
        let parts = min(threads, (count - 1) / max(grain, 1) + 1)
        guard parts > 1, crew.begin() else { return body(0..<count) }
        defer { crew.end() }
        withoutActuallyEscaping(body) { crew.run(count: count, parts: parts, $0) }
    }

    /// Calls `body` once for every number below `count`; returns when all have returned.
    ///
    /// Threads take one number after another, in order, so that a thread whose core is busy elsewhere holds up the
    /// others by one iteration at most. Which thread takes which number is left to chance.
    /// - Parameter grain: the least number of iterations that are worth a thread of their own.
    package func parallelChunks(count: Int, grain: Int = 1, _ body: (Int) -> Void) {
        let next = Atomic<Int>(0)
        let parts = min(threads, count == 0 ? 0 : (count - 1) / max(grain, 1) + 1)
        parallel(count: parts) { range in
            for _ in range {
                while true {
                    let taken = next.add(1, ordering: .relaxed).oldValue
                    guard taken < count else { break }
                    body(taken)
                }
            }
        }
    }
}

/// The helpers of a pool, and the one job that they share with the caller.
///
/// A job is announced by `signal`: a number that grows by `1 << 16` with every job, plus the job's number of parts. A
/// helper reads that one word and knows whether it takes part, so that helpers without a part need not be waited for.
///
/// `@unchecked Sendable`: `body` and `count` are written only by the thread that holds `busy`, before the releasing
/// store to `signal`, and read only by helpers whose part `signal` announced, after their acquiring load of it. The
/// writer changes them no more until each of those helpers has decremented `unfinished` (released, and acquired by the
/// writer), and after that they do not read them. `helpers` changes
/// in `init` only, and helpers do not read it. Everything else is constant, atomic, or a lock.
private final class Crew: @unchecked Sendable {
    private static let dismissal = 0xFFFF
    /// Some microseconds: about what waking a sleeping thread costs.
    private static let patience = 2000

    /// How many helpers there are: as many as wanted, or fewer if the system grants no more threads.
    private(set) var helpers = 0
    private var body: ((Range<Int>) -> Void)?
    private var count = 0
    private let busy = Atomic<Bool>(false)
    private let signal = Atomic<Int>(0)
    private let unfinished = Atomic<Int>(0)
    private let work = Doorbell()
    private let completion = Doorbell()

    init(helpers wanted: Int) {
        while helpers < wanted, start(part: helpers + 1) { helpers += 1 }
    }

    /// Starts the helper for one part; it keeps the crew alive until it is dismissed.
    private func start(part: Int) -> Bool {
        let seat = Unmanaged.passRetained(Seat(crew: self, part: part))
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        guard pthread_create(&thread, nil, { Crew.sit($0) }, seat.toOpaque()) == 0 else {
            seat.release()
            return false
        }
        #if canImport(Darwin)
        if let thread { pthread_detach(thread) }
        #else
        pthread_detach(thread)
        #endif
        return true
    }

    private static func sit(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        // Safe: the one reference that `start` retained for this thread.
        let seat = Unmanaged<Seat>.fromOpaque(argument).takeRetainedValue()
        seat.crew.serve(part: seat.part)
        return nil
    }

    func begin() -> Bool { busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged }

    func end() { busy.store(false, ordering: .releasing) }

    func dismiss() { announce(parts: Crew.dismissal) }

    /// Runs part 0 on the calling thread, which has `busy`, and the others on helpers.
    func run(count: Int, parts: Int, _ body: @escaping (Range<Int>) -> Void) {
        self.body = body
        self.count = count
        unfinished.store(parts - 1, ordering: .relaxed)
        announce(parts: parts)
        body(Crew.range(of: 0, parts: parts, count: count))
        completion.wait(patience: Crew.patience) { unfinished.load(ordering: .sequentiallyConsistent) == 0 }
        self.body = nil
    }

    private func announce(parts: Int) {
        let next = (signal.load(ordering: .relaxed) >> 16 &+ 1) << 16 | parts
        signal.store(next, ordering: .sequentiallyConsistent)
        work.ring()
    }

    private func serve(part: Int) {
        var seen = 0
        while true {
            work.wait(patience: Crew.patience) { signal.load(ordering: .sequentiallyConsistent) != seen }
            seen = signal.load(ordering: .acquiring)
            let parts = seen & 0xFFFF
            if parts == Crew.dismissal { return }
            guard part < parts else { continue }
            perform(part: part, parts: parts)
            let left = unfinished.subtract(1, ordering: .sequentiallyConsistent).newValue
            if left == 0 { completion.ring() }
        }
    }

    /// A function of its own, so that its reference to `body` is gone before the part counts as finished.
    @inline(never)
    private func perform(part: Int, parts: Int) { body?(Crew.range(of: part, parts: parts, count: count)) }

    private static func range(of part: Int, parts: Int, count: Int) -> Range<Int> {
        let (each, extra) = (count / parts, count % parts)
        let start = part * each + min(part, extra)
        return start..<start + each + (part < extra ? 1 : 0)
    }
}

/// A helper's place: whose it is and which part it does.
private final class Seat: Sendable {
    let crew: Crew
    let part: Int

    init(crew: Crew, part: Int) {
        self.crew = crew
        self.part = part
    }
}

/// A place to wait until a condition holds: a short while awake, then asleep.
///
/// Whoever makes the condition true must do so by a sequentially consistent store and then ring. Either the ringer sees
/// the sleeper counted, or the sleeper, which counts itself before it looks again, sees the condition true.
///
/// `@unchecked Sendable`: `lock` is only used as the lock that it is, and the counter is atomic.
private final class Doorbell: @unchecked Sendable {
    private let lock = NSCondition()
    private let sleepers = Atomic<Int>(0)

    func wait(patience: Int, until condition: () -> Bool) {
        for _ in 0..<patience {
            if condition() { return }
            isobath_spin_hint()
        }
        sleepers.add(1, ordering: .sequentiallyConsistent)
        lock.lock()
        while !condition() { lock.wait() }
        lock.unlock()
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
    }

    func ring() {
        guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
        lock.lock()
        lock.broadcast()
        lock.unlock()
    }
}
