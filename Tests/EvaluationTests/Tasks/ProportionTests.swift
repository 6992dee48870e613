import Testing

@testable import Evaluation

@Suite struct ProportionTests {
    static let known: [(successes: Int, count: Int, low: Double, high: Double)] = [
        (0, 10, 0, 0.277_533), (5, 10, 0.236_593, 0.763_407), (10, 10, 0.722_467, 1), (1, 1, 0.206_549, 1),
        (98, 100, 0.929_988, 0.994_498), (150, 200, 0.685_659, 0.804_918),
    ]

    /// Values by the formula in Wilson's paper, worked out in another language.
    @Test(arguments: known) func intervalsAreWilsons(_ case: (successes: Int, count: Int, low: Double, high: Double)) {
        let proportion = Proportion(`case`.successes, of: `case`.count)
        #expect(abs(proportion.interval.lowerBound - `case`.low) < 1e-5)
        #expect(abs(proportion.interval.upperBound - `case`.high) < 1e-5)
        #expect(proportion.interval.contains(proportion.share))
    }

    @Test func nothingTriedSaysNothing() {
        #expect(Proportion(0, of: 0).share == 0 && Proportion(0, of: 0).interval == 0...1)
        #expect(Proportion([true, false, true]) == Proportion(2, of: 3))
        #expect(Proportion(2, of: 3) + Proportion(1, of: 4) == Proportion(3, of: 7))
    }
}
