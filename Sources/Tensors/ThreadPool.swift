import CKernels
import Foundation
import Synchronization

/// Threads that share the work of one loop at a time: the caller and its helpers.
///
/// A loop is split into pieces, always the same for the same numbers; a thread starts with its share of them, but which
/// thread takes which piece is left to chance, and nobody waits for a thread that has not yet begun.
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
        let ran = run((0..<parts).map { $0..<$0 + 1 }) { body(ThreadPool.range(of: $0, parts: parts, count: count)) }
        if !ran { body(0..<count) }
    }

    /// Calls `body` once for every number below `count`; returns when all have returned.
    ///
    /// For work whose pieces should be taken as threads come free: a thread whose core is busy elsewhere holds up the
    /// others by one piece at most.
    /// - Parameter grain: the least number of iterations that are worth a thread of their own.
    package func parallelChunks(count: Int, grain: Int = 1, _ body: (Int) -> Void) {
        guard count > 0 else { return }
        let parts = min(threads, (count - 1) / max(grain, 1) + 1)
        parallelChunks(shares: (0..<parts).map { ThreadPool.range(of: $0, parts: parts, count: count) }, body)
    }

    /// Calls `body` once for every number in `shares`; returns when all have returned.
    ///
    /// A thread takes the numbers of one share in their order, so that it can expect which comes next, and when none is
    /// left, one after another from the end of other threads' shares.
    /// - Parameter shares: no more than there are threads.
    package func parallelChunks(shares: [Range<Int>], _ body: (Int) -> Void) {
        precondition(shares.count <= threads, "a thread has one share")
        if !run(shares, body) { for share in shares { for index in share { body(index) } } }
    }

    /// - Returns: whether the crew was free and more than one thread is worth it; otherwise nothing has been done.
    private func run(_ shares: [Range<Int>], _ body: (Int) -> Void) -> Bool {
        guard shares.count > 1, crew.begin() else { return false }
        defer { crew.end() }
        withoutActuallyEscaping(body) { crew.run(shares, $0) }
        return true
    }

    private static func range(of part: Int, parts: Int, count: Int) -> Range<Int> {
        let (each, extra) = (count / parts, count % parts)
        let start = part * each + min(part, extra)
        return start..<start + each + (part < extra ? 1 : 0)
    }
}

/// The helpers of a pool, and the one job that they share with the caller.
///
/// A job is announced by `signal`: a number that grows by `1 << 16` with every job, plus the number of threads that may
/// take part. A helper that sees it joins through `gate`, which counts the helpers inside and is open as long as the
/// caller finds pieces to take. Helpers that come later find it closed, so that they need not be waited for.
///
/// `@unchecked Sendable`: `body` and `sharesInUse` are written, and shares filled, only by the thread that holds `busy`,
/// while `gate` is 0, before the releasing store that opens it. They are read only by helpers that have entered it (an
/// acquiring exchange that fails unless it is open) and not yet left (a releasing subtraction, which the writer acquires
/// before it writes again). `helpers` and `shares` change in `init` only, and threads enter the gate later. Everything
/// else is constant, atomic, or a lock.
private final class Crew: @unchecked Sendable {
    private static let dismissal = 0xFFFF
    /// Added to `gate` while it is open; more than there can be helpers.
    private static let open = 1 << 16
    /// Some microseconds: about what waking a sleeping thread costs.
    private static let patience = 2000

    /// How many helpers there are: as many as wanted, or fewer if the system grants no more threads.
    private(set) var helpers = 0
    private var body: ((Int) -> Void)?
    /// One for every thread.
    private var shares = [WorkShare()]
    private var sharesInUse = 0
    private let busy = Atomic<Bool>(false)
    private let signal = Atomic<Int>(0)
    private let gate = Atomic<Int>(0)
    private let work = Doorbell()
    private let completion = Doorbell()

    init(helpers wanted: Int) {
        while helpers < wanted, start(part: helpers + 1) {
            helpers += 1
            shares.append(WorkShare())
        }
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

    func dismiss() { announce(threads: Crew.dismissal) }

    /// Calls `body` for every number in `ranges`, on the calling thread, which has `busy`, and on helpers.
    func run(_ ranges: [Range<Int>], _ body: @escaping (Int) -> Void) {
        self.body = body
        sharesInUse = ranges.count
        for (share, range) in zip(shares, ranges) { share.fill(range) }
        gate.store(Crew.open, ordering: .releasing)
        announce(threads: ranges.count)
        take(part: 0)
        gate.subtract(Crew.open, ordering: .sequentiallyConsistent)
        completion.wait(patience: Crew.patience) { gate.load(ordering: .sequentiallyConsistent) == 0 }
        self.body = nil
    }

    private func announce(threads: Int) {
        let next = (signal.load(ordering: .relaxed) >> 16 &+ 1) << 16 | threads
        signal.store(next, ordering: .sequentiallyConsistent)
        work.ring()
    }

    private func serve(part: Int) {
        var seen = 0
        while true {
            work.wait(patience: Crew.patience) { signal.load(ordering: .sequentiallyConsistent) != seen }
            seen = signal.load(ordering: .acquiring)
            let threads = seen & 0xFFFF
            if threads == Crew.dismissal { return }
            guard part < threads, enter() else { continue }
            take(part: part)
            let inside = gate.subtract(1, ordering: .sequentiallyConsistent).newValue
            if inside == 0 { completion.ring() }
        }
    }

    /// - Returns: whether there is a job to take part in.
    private func enter() -> Bool {
        var inside = gate.load(ordering: .relaxed)
        while inside >= Crew.open {
            let (entered, found) = gate.weakCompareExchange(
                expected: inside, desired: inside + 1, ordering: .sequentiallyConsistent)
            if entered { return true }
            inside = found
        }
        return false
    }

    /// Calls `body` for the numbers of share `part`, and then for those that are left of the others.
    ///
    /// A helper that was called for an earlier job, with more shares, finds its own empty: that job ended when all were.
    /// A function of its own, so that its reference to `body` is gone before the helper has left.
    @inline(never)
    private func take(part: Int) {
        guard let body else { return }
        let own = shares[part]
        while let index = own.takeFirst() { body(index) }
        for distance in 1..<max(sharesInUse, 1) {
            let other = shares[(part + distance) % sharesInUse]
            while let index = other.takeLast() { body(index) }
        }
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
