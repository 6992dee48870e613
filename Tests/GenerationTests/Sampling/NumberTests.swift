import Foundation
import Testing

@testable import Generation

@Suite struct NumberTests {
    /// The first words of the published xoshiro256** for the state 1, 2, 3, 4 (as in the rand_xoshiro crate's test).
    @Test func xoshiroEqualsItsReference() {
        var random = RandomSource(words: (1, 2, 3, 4))
        let expected: [UInt64] = [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ]
        #expect(expected.map { _ in random.next() } == expected)
    }

    /// SplitMix64's published first words for the seed 1234567.
    @Test func splitMixEqualsItsReference() {
        var state: UInt64 = 1_234_567
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        #expect(expected.map { _ in RandomSource.splitMix(&state) } == expected)
    }

    @Test func unitNumbersStayBelowOne() {
        var random = RandomSource(seed: 0)
        for _ in 0..<10_000 { #expect((0..<1).contains(random.nextUnit())) }
    }

    @Test func exponentialIsWithinTwoUnits() {
        var random = RandomSource(seed: 5)
        var worst = 0.0
        for _ in 0..<200_000 {
            let x = -708 * pow(random.nextUnit(), 4)
            worst = max(worst, abs(exponential(x) - exp(x)) / exp(x).ulp)
        }
        #expect(worst <= 2, "\(worst) units in the last place")
    }

    @Test func exponentialAtItsEdges() {
        #expect(exponential(0) == 1)
        #expect(exponential(-708) > 0)
        #expect(exponential(-708.0001) == 0)
        #expect(exponential(-.infinity) == 0)
        #expect(exponential(.nan).isNaN)
    }

    @Test func radixKeysAreOrderedAsFloats() {
        let values: [Float] = [
            -.infinity, -.greatestFiniteMagnitude, -1.5, -1, -.leastNonzeroMagnitude, 0, .leastNonzeroMagnitude, 1, 1.5,
            .greatestFiniteMagnitude, .infinity,
        ]
        let keys = values.map(RadixSelection.key)
        #expect(keys == keys.sorted() && Set(keys).count == keys.count)
        #expect(RadixSelection.key(-0.0) == RadixSelection.key(0.0))
    }

    @Test func logProbabilitiesSumToOne() throws {
        let logits: [Float] = [2, -1, 0.5, 80, 79.5, -.infinity]
        let probabilities = try LogProbabilities(logits)
        let sum = (0..<6).compactMap { probabilities[Int32($0)] }.map { exp($0) }.reduce(0, +)
        #expect(abs(sum - 1) < 1e-12)
        #expect(probabilities[5] == -.infinity)
        #expect(probabilities[6] == nil && probabilities[-1] == nil)
        let first = try #require(probabilities[3])
        #expect(abs(first + log(1 + exp(-0.5))) < 1e-12)
    }

    @Test func topEntriesAreSortedAndTiesGoByIdentifier() throws {
        let probabilities = try LogProbabilities([1, 3, 2, 3, 0, 3])
        #expect(probabilities.top(2).map(\.token) == [1, 3])
        #expect(probabilities.top(4).map(\.token) == [1, 3, 5, 2])
        #expect(probabilities.top(100).count == 6)
        #expect(probabilities.top(0).isEmpty && probabilities.top(-1).isEmpty)
        #expect(probabilities.top(1)[0].logProbability == probabilities[1])
    }
}
