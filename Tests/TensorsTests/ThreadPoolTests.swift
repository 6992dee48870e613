import Foundation
import Synchronization
import Testing

@testable import Tensors

struct ThreadPoolTests {
    /// Many short loops in a row: every index is visited once, whatever the counts, grains and sizes.
    @Test(arguments: [1, 2, 3, 5, 8])
    func visitsEveryIndexOnce(_ threads: Int) {
        let pool = ThreadPool(threads: threads)
        var generator = SeededGenerator(UInt64(threads))
        #expect(pool.threads == threads)
        for round in 0..<2000 {
            let count = round < 20 ? round : Int.random(in: 0...300, using: &generator)
            let grain = Int.random(in: 0...20, using: &generator)
            var visits = [Int](repeating: 0, count: count)
            visits.withUnsafeMutableBufferPointer { visits in
                pool.parallel(count: count, grain: grain) { for index in $0 { visits[index] += 1 } }
            }
            #expect(visits.allSatisfy { $0 == 1 })
        }
    }

    @Test(arguments: [1, 2, 3, 5, 8])
    func visitsEveryChunkOnce(_ threads: Int) {
        let pool = ThreadPool(threads: threads)
        var generator = SeededGenerator(UInt64(threads))
        for round in 0..<2000 {
            let count = round < 20 ? round : Int.random(in: 0...300, using: &generator)
            var visits = [Int](repeating: 0, count: count)
            visits.withUnsafeMutableBufferPointer { visits in
                pool.parallelChunks(count: count, grain: Int.random(in: 0...20, using: &generator)) { visits[$0] += 1 }
            }
            #expect(visits.allSatisfy { $0 == 1 })
        }
    }

    @Test func rangesAreFewContiguousAndEven() {
        let ranges = ranges(ThreadPool(threads: 4), count: 10, grain: 1)
        #expect(ranges == [0..<3, 3..<6, 6..<8, 8..<10])
    }

    @Test func grainLimitsTheParts() {
        let pool = ThreadPool(threads: 4)
        #expect(ranges(pool, count: 10, grain: 10) == [0..<10])
        #expect(ranges(pool, count: 11, grain: 10) == [0..<6, 6..<11])
        #expect(ranges(pool, count: 0, grain: 1).isEmpty)
    }

    @Test func reallyRunsOnSeveralThreads() {
        let pool = ThreadPool(threads: 3)
        let meeting = Atomic<Int>(0)
        // Each part waits for the other two: on fewer threads this would not end.
        pool.parallel(count: 3) { _ in
            meeting.add(1, ordering: .sequentiallyConsistent)
            while meeting.load(ordering: .sequentiallyConsistent) < 3 { usleep(10) }
        }
        #expect(meeting.load(ordering: .relaxed) == 3)
    }

    @Test func nestedLoopsRunOnTheirCaller() {
        let pool = ThreadPool(threads: 3)
        let sum = Atomic<Int>(0)
        pool.parallel(count: 9) { outer in
            for index in outer {
                pool.parallel(count: 100) { inner in
                    #expect(inner == 0..<100)
                    sum.add(index * inner.count, ordering: .relaxed)
                }
            }
        }
        #expect(sum.load(ordering: .relaxed) == 3600)
    }

    @Test func servesManyCallersAtOnce() async {
        let pool = ThreadPool(threads: 3)
        await withTaskGroup(of: Int.self) { group in
            for caller in 1...4 {
                group.addTask {
                    (0..<500).reduce(0) { total, _ in
                        let sum = Atomic<Int>(0)
                        pool.parallel(count: 50) { sum.add($0.reduce(0, +) * caller, ordering: .relaxed) }
                        return total + sum.load(ordering: .relaxed)
                    }
                }
            }
            let total = await group.reduce(0, +)
            #expect(total == 1225 * 500 * (1 + 2 + 3 + 4))
        }
    }

    /// Helpers that have gone to sleep wake up again.
    @Test func wakesAfterAPause() {
        let pool = ThreadPool(threads: 3)
        for _ in 0..<20 {
            usleep(3000)
            #expect(ranges(pool, count: 3, grain: 1) == [0..<1, 1..<2, 2..<3])
        }
    }

    @Test func poolsComeAndGo() {
        for _ in 0..<200 { #expect(ranges(ThreadPool(threads: 3), count: 3, grain: 1).count == 3) }
    }

    @Test func absurdSizesAreClamped() {
        #expect(ThreadPool(threads: 0).threads == 1)
        #expect(ThreadPool(threads: -5).threads == 1)
    }
}

private func ranges(_ pool: ThreadPool, count: Int, grain: Int) -> [Range<Int>] {
    let found = Mutex<[Range<Int>]>([])
    pool.parallel(count: count, grain: grain) { range in found.withLock { $0.append(range) } }
    return found.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
}
