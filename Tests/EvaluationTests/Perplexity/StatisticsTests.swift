import Foundation
import Testing

@testable import Evaluation

struct StatisticsTests {
    private func estimate(_ values: [Double]) -> Estimate {
        var sums = Sums()
        sums.add(values)
        return Estimate(sums)
    }

    @Test func errorsAreThoseOfTheMean() {
        let values = (0..<100).map(Double.init)
        #expect(estimate(values).value == 49.5)
        // √(variance / (n − 1)), with the variance over n: (n² − 1) / 12.
        #expect(isClose(estimate(values).error, (9999.0 / 12 / 99).squareRoot(), 1e-12))
        #expect(estimate(Array(values.prefix(10))).error == 0 && estimate(Array(values.prefix(11))).error > 0)
        #expect(estimate([]) == Estimate(value: 0, error: 0) && estimate([7]).value == 7)
        #expect(estimate(Array(repeating: 0.1, count: 50)).error < 1e-9)
    }

    @Test func derivedErrorsAreToFirstOrder() {
        let estimate = Estimate(value: 2, error: 0.01)
        #expect(isClose(estimate.exponential.error, exp(2) * 0.01, 1e-12))
        #expect(isClose(estimate.squareRoot.error, 0.01 / (2 * 2.0.squareRoot()), 1e-12))
        #expect(Estimate(value: 0, error: 1).squareRoot == Estimate(value: 0, error: 0))
    }

    @Test func textsHaveBothNumbersAlike() {
        let estimate = Estimate(value: 98.38712, error: 0.8021)
        #expect(estimate.text(digits: 3) == "98.387 ± 0.802" && estimate.shortText == "98.39 ± 0.80")
        #expect(Estimate(value: 0.9838, error: 0.0080).percentText(digits: 1) == "98.4 ± 0.8 %")
        #expect(Estimate(value: 1234.5, error: 56).shortText == "1234 ± 56")
        for error in [0, Double.nan, .infinity] { #expect(Estimate(value: 1, error: error).shortText == nil) }
    }

    @Test func percentilesAreInterpolated() {
        let values = Percentiles([4, 1, 3, 2].map(Double.init))
        #expect(values.minimum == 1 && values.maximum == 4 && values.median == 2.5)
        #expect(isClose(values[10], 1.3, 1e-12) && values[0] == 1 && values[100] == 4)
        #expect(values[-5] == 1 && values[200] == 4 && Percentiles([5])[99.9] == 5)
    }

    /// One token is a text too: no figure is NaN.
    @Test(arguments: [1, 2, 9, 10, 11, 500]) func figuresAreFinite(_ count: Int) {
        let token = TokenDivergence(
            negativeLogProbability: 1.5, baseNegativeLogProbability: 1.25, divergence: 0.01, probabilityChange: -0.06,
            agrees: true)
        let statistics = DivergenceStatistics(Array(repeating: token, count: count))
        for estimate in [
            statistics.perplexity, statistics.ratio, statistics.logRatio, statistics.difference, statistics.agreement,
            statistics.probabilityChangeRootMeanSquare,
        ] {
            #expect(estimate.value.isFinite && estimate.error.isFinite)
        }
        #expect(isClose(statistics.logRatio.value, 0.25, 1e-12) && statistics.agreement.value == 1)
    }
}
