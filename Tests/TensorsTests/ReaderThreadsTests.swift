import Foundation
import Synchronization
import Testing

@testable import Tensors

@Suite(.timeLimit(.minutes(2))) struct ReaderThreadsTests {
    @Test(arguments: [0, 1, 3, 8])
    func everyJobIsDoneOnce(_ threads: Int) {
        let done = Monitor([Int](repeating: 0, count: 500))
        let readers = ReaderThreads(count: threads)
        for first in stride(from: 0, to: 500, by: 7) {
            readers.submit((first..<min(first + 7, 500)).map { job in { done.change { $0[job] += 1 } } })
        }
        let counts = done.wait { $0.allSatisfy { $0 > 0 } ? $0 : nil }
        #expect(counts.allSatisfy { $0 == 1 })
    }

    @Test func oneThreadKeepsTheOrder() {
        let order = Monitor([Int]())
        let readers = ReaderThreads(count: 1)
        for job in 0..<100 { readers.submit([{ order.change { $0.append(job) } }]) }
        #expect(order.wait { $0.count == 100 ? $0 : nil } == Array(0..<100))
    }

    @Test func severalJobsAreUnderWayAtOnce() {
        let inside = Monitor(0)
        let readers = ReaderThreads(count: 4)
        // Each waits until all four are there.
        readers.submit(
            (0..<4).map { _ in
                {
                    inside.change { $0 += 1 }
                    inside.wait { $0 >= 4 ? () : nil }
                    inside.change { $0 += 100 }
                }
            })
        #expect(inside.wait { $0 == 404 ? $0 : nil } == 404)
    }

    @Test func jobsAreDoneAfterTheThreadsAreLetGo() {
        let done = Monitor(0)
        do {
            let readers = ReaderThreads(count: 2)
            readers.submit((0..<50).map { _ in { done.change { $0 += 1 } } })
        }
        #expect(done.wait { $0 == 50 ? $0 : nil } == 50)
    }
}
