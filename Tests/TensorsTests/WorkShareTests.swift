import Synchronization
import Testing

@testable import Tensors

struct WorkShareTests {
    @Test func numbersGoFromBothEnds() {
        let share = WorkShare()
        #expect(share.takeFirst() == nil && share.takeLast() == nil)
        share.fill(3..<7)
        #expect([share.takeFirst(), share.takeLast(), share.takeLast(), share.takeFirst()] == [3, 6, 5, 4])
        #expect(share.takeFirst() == nil && share.takeLast() == nil)
        share.fill(5..<5)
        #expect(share.takeLast() == nil)
    }

    /// However owner and thieves fight, each number is taken once.
    @Test func everyNumberIsTakenOnce() async {
        let (share, count) = (WorkShare(), 100_000)
        share.fill(0..<count)
        let taken = await withTaskGroup(of: [Int].self) { group in
            for thief in 0..<4 {
                group.addTask {
                    var mine: [Int] = []
                    while let number = thief == 0 ? share.takeFirst() : share.takeLast() { mine.append(number) }
                    return mine
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.sorted() == Array(0..<count))
    }

    /// A thread that has not begun leaves its share to the others, whose numbers come from the end.
    @Test func sharesOfAbsentThreadsAreDone() {
        let pool = ThreadPool(threads: 3)
        for _ in 0..<200 {
            let sum = Atomic<Int>(0)
            pool.parallelChunks(shares: [0..<0, 0..<60, 60..<90]) { sum.add($0, ordering: .relaxed) }
            #expect(sum.load(ordering: .relaxed) == 90 * 89 / 2)
        }
    }
}
