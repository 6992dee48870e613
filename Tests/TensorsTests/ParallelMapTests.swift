import Testing

@testable import Tensors

struct ParallelMapTests {
    private struct Stop: Error, Equatable { let place: Int }

    @Test(arguments: [0, 1, 2, 7, 1000]) func valuesAreInOrder(_ count: Int) {
        for threads in [1, 3] {
            #expect(ThreadPool(threads: threads).map(count: count) { "\($0)" } == (0..<count).map(String.init))
        }
    }

    @Test func lowestErrorIsThrown() {
        #expect(throws: Stop(place: 11)) {
            try ThreadPool(threads: 3).map(count: 100) { place in
                if place > 10 { throw Stop(place: place) }
                return place
            }
        }
    }
}
