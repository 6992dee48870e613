import Files
import Foundation
import Testing

@testable import Evaluation

struct CodedLogitsTests {
    private func coded(_ logits: [Float]) throws -> CodedLogits {
        try logits.withUnsafeBufferPointer { CodedLogits($0, try LogitSum($0)) }
    }

    /// Logits of some spread, from a linear congruential generator.
    private func logits(_ count: Int, spread: Float, seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return (Float(state >> 8) / 16_777_216 - 0.5) * spread
        }
    }

    @Test(arguments: [0.001, 1, 20, 200] as [Float]) func codesAreCloseToTheProbabilities(_ spread: Float) throws {
        for count in [1, 2, 255, 1000] {
            let logits = logits(count, spread: spread, seed: UInt32(count))
            let largest = logits.max() ?? 0
            let sum = Double(largest) + log(logits.reduce(0) { $0 + exp(Double($1) - Double(largest)) })
            let coded = try coded(logits)
            for (token, logit) in logits.enumerated() where logit >= largest - CodedLogits.depth {
                // Half a code, and rounding in f32 of numbers up to the spread.
                let bound = Double(coded.scale) * 0.51 + 1e-6 * (Double(spread) + 20)
                #expect(abs(Double(coded.logProbability(token)) - (Double(logit) - sum)) <= bound)
            }
            #expect(coded.bytes.count == CodedLogits.byteCount(vocabularySize: count))
        }
    }

    @Test func whatIsFarBelowIsRaised() throws {
        let coded = try coded([0, -15, -16, -40, -.infinity])
        #expect(coded.codes == [65_535, 4096, 0, 0, 0])
        #expect(coded.minimum == -16 - Float(log(1 + exp(-15.0) + exp(-16.0))))
    }

    @Test func equalLogitsHaveNoScale() throws {
        let coded = try coded([3, 3, 3, 3])
        #expect(coded.scale == 0 && coded.codes == [0, 0, 0, 0] && abs(coded.minimum + Float(log(4.0))) < 1e-6)
    }

    @Test(arguments: [[Float.nan, 1], [1, .infinity], [-.infinity, -.infinity], [], [1, .nan]])
    func logitsThatAreNoNumbersAreRefused(_ logits: [Float]) {
        #expect(throws: InputError.self) { try coded(logits) }
    }
}
