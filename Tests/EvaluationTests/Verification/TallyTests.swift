import Testing

@testable import Evaluation

struct TallyTests {
    @Test func relativeErrors() {
        #expect(relativeError([3, 4], [3, 4]) == 0)
        #expect(relativeError([0, 0], [3, 4]) == 1)
        #expect(abs(relativeError([3, 4.5], [3, 4]) - 0.1) < 1e-12)
        #expect(relativeError([1], [1, 2]) == .infinity)
        #expect(relativeError([.nan], [1]).isNaN)
    }

    @Test func firstOfEqualValuesIsTheLargest() {
        #expect(largest([1, 3, 3, 2] as [Float]) == 1)
        #expect(largest([] as [Float]) == -1)
        #expect(largest([.nan, -.infinity] as [Float]) == -1)
    }

    @Test func worstErrorIsKeptWithItsPlace() {
        var tally = Tally(tolerance: 0.5)
        tally.compare([1], [1], "first")
        tally.compare([1.25], [1], "second")
        tally.compare([1.125], [1], "third")
        #expect(tally.worstError == 0.25 && tally.worstPlace == "second" && tally.failures.isEmpty)
        #expect(tally.counts == [Tally.Count(noun: "values", amount: 3)])
        tally.compare([.nan], [1], "fourth")
        #expect(tally.worstPlace == "fourth" && tally.failures.count == 1)
    }

    @Test func toleranceIncludesItself() {
        var tally = Tally(tolerance: 0.25)
        tally.compare([1.25], [1], "at the limit")
        #expect(tally.failures.isEmpty)
        tally.compare([1.25], [1], "beyond a limit of its own", limit: 0.125)
        #expect(tally.failures.count == 1)
        tally.compare([1, 1], [1], "another count")
        #expect(tally.failures.count == 2)
    }

    @Test func manyFailuresAreCounted() {
        var tally = Tally()
        for number in 0..<12 { tally.fail("failure \(number)") }
        #expect(tally.failures.count == Tally.failureLimit && tally.furtherFailures == 12 - Tally.failureLimit)
    }

    @Test func greedyTokens() {
        var tally = Tally()
        tally.compare(greedy: [1, 2, 3], [1, 2, 4], sure: 2, "only sure ones count")
        #expect(tally.greedy == Tally.Share(equal: 2, total: 2) && tally.failures.isEmpty)
        tally.compare(greedy: [1, 2, 3], [1, 5, 3], sure: 3, "a wrong one")
        #expect(tally.greedy == Tally.Share(equal: 4, total: 5))
        #expect(tally.failures == ["a wrong one: greedy token 2 is 2, where 5 was recorded."])
        tally.compare(greedy: [1], [1, 2], sure: 2, "too few")
        #expect(tally.greedy == Tally.Share(equal: 5, total: 7) && tally.failures.count == 2)
    }
}
