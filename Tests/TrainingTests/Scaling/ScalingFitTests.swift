import Files
import Foundation
import Generation
import Testing

@testable import Training

/// Laws that are known, from runs that were made up by them.
@Suite struct ScalingFitTests {
    /// Runs whose loss is least at 0.3 · C^0.52, where it is 20 · C^-0.05.
    private func points(noise: Double = 0, runs: Int = 7, seed: UInt64 = 1) -> [ScalingPoint] {
        var random = RandomSource(seed: seed)
        return [1e13, 3e13, 1e14, 3e14].flatMap { compute in
            (0..<runs).map { index in
                let best = 0.3 * pow(compute, 0.52)
                let distance = 3 * (Double(index) / Double(runs - 1) - 0.4)
                let wave = noise * (2 * random.nextUnit() - 1)
                let loss = 20 * pow(compute, -0.05) + 0.08 * distance * distance + wave
                let scale = best * exp(distance)
                return ScalingPoint(name: "run", scale: scale, tokens: compute / scale, loss: loss)
            }
        }
    }

    @Test func exponentsAreFound() throws {
        let fit = try ScalingFit(points().shuffledForTest())
        #expect(fit.budgets.count == 4 && fit.budgets.allSatisfy(\.isInside))
        #expect(abs(fit.scale.exponent - 0.52) < 1e-9 && abs(fit.scale.factor / 0.3 - 1) < 1e-6)
        #expect(abs(fit.tokens.exponent - 0.48) < 1e-9 && abs(fit.loss.exponent + 0.05) < 1e-9)
        let best = fit.optimum(compute: 1e20)
        #expect(abs(best.scale.value / (0.3 * pow(1e20, 0.52)) - 1) < 1e-6)
        #expect(abs(best.scale.value * best.tokens.value / 1e20 - 1) < 1e-9)
        #expect(abs(best.loss.value - 2) < 1e-6)
    }

    @Test func intervalsHoldTheTruth() throws {
        let fit = try ScalingFit(points(noise: 0.01))
        let (low, high) = try (#require(fit.scaleExponent.low), #require(fit.scaleExponent.high))
        #expect(low < 0.52 && 0.52 < high && high - low < 0.3 && low < high, "\(low), \(high)")
        let other = try ScalingFit(points(noise: 0.01))
        #expect(other.scaleExponent == fit.scaleExponent)
        let wider = try ScalingFit(points(noise: 0.03)).scaleExponent
        #expect(try #require(wider.high) - #require(wider.low) > high - low)
    }

    @Test func threeRunsHaveNoResiduals() throws {
        let fit = try ScalingFit(points(runs: 3))
        #expect(fit.scaleExponent.low == nil && abs(fit.scaleExponent.value - 0.52) < 1e-9)
    }

    @Test func whatCannotBeFittedIsRefused() throws {
        #expect(throws: InputError.self) { try ScalingFit([]) }
        #expect(throws: InputError.self) { try ScalingFit(points().filter { $0.compute < 2e13 }) }
        #expect(throws: InputError.self) { try ScalingFit(points(runs: 2)) }
        let upside = points().map {
            ScalingPoint(name: "run", scale: $0.scale, tokens: $0.tokens, loss: 5 - $0.loss)
        }
        #expect(throws: InputError.self) { try ScalingFit(upside) }
        let broken = points().map { ScalingPoint(name: "run", scale: $0.scale, tokens: $0.tokens, loss: .nan) }
        #expect(throws: InputError.self) { try ScalingFit(broken) }
    }

    /// The table and the choices of DeepSeek LLM (arXiv 2401.02954) §3.
    @Test func publishedNumbersComeOut() {
        let table: [(layers: Int, width: Int, scale: Double)] = [
            (8, 512, 352e6), (12, 768, 963e6), (24, 1024, 3.02e9), (24, 2048, 9.66e9), (32, 4096, 45.1e9),
            (40, 5120, 85.6e9), (80, 8192, 419e9),
        ]
        for row in table {
            let found = ModelScale(layers: row.layers, width: row.width, sequenceLength: 4096).operationsPerToken
            #expect(abs(found / row.scale - 1) < 0.003)
        }
        let large = ModelScale(layers: 95, width: 8192, sequenceLength: 4096).operationsPerToken * 2e12
        #expect(abs(PublishedLaw.rate(large) / 3.12e-4 - 1) < 0.005)
        #expect(abs(PublishedLaw.batch(large) / 2.065e7 - 1) < 0.005)
        #expect(abs(PublishedLaw.scale(1e20) * PublishedLaw.tokens(1e20) / 1e20 - 1) < 0.001)
    }

    @Test func parabolasAreExactThroughThreePoints() throws {
        let parabola = try #require(LogParabola(fitting: [(1, 5), (10, 2), (1000, 4)]))
        #expect(abs(parabola(1) - 5) < 1e-12 && abs(parabola(10) - 2) < 1e-12 && abs(parabola(1000) - 4) < 1e-12)
        #expect(LogParabola(fitting: [(1, 5), (10, 2), (10, 3)]) == nil)
        #expect(LogParabola(fitting: [(1, 5), (2, 2)]) == nil)
        #expect(PowerLaw(fitting: [(3, 4)]) == nil && PowerLaw(fitting: [(3, 4), (4, -1)]) == nil)
    }
}

extension [ScalingPoint] {
    /// In another order.
    fileprivate func shuffledForTest() -> [ScalingPoint] {
        var random = RandomSource(seed: 9)
        return shuffled(using: &random)
    }
}
