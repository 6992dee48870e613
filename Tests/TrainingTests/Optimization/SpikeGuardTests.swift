import Files
import Foundation
import Testing

@testable import Training

@Suite struct SpikeGuardTests {
    /// A guard that has seen a run fall from 5 in small waves.
    private func experienced(_ settings: SpikeGuard.Settings = .init()) -> SpikeGuard {
        var spikes = SpikeGuard(settings)
        for step in 0..<60 {
            let verdict = spikes.judge(loss: loss(step), gradientNorm: 1 + 0.2 * sin(Double(step)))
            #expect(verdict == .keep, "step \(step)")
        }
        return spikes
    }

    private func loss(_ step: Int) -> Double { 5 - 0.02 * Double(step) + 0.1 * cos(Double(step) * 1.7) }

    private func isDropped(_ verdict: SpikeGuard.Verdict) -> Bool {
        if case .drop = verdict { true } else { false }
    }

    private func isStop(_ verdict: SpikeGuard.Verdict) -> Bool {
        if case .stop = verdict { true } else { false }
    }

    @Test func spikesAreDroppedAndForgotten() {
        var spikes = experienced()
        let before = spikes
        #expect(isDropped(spikes.judge(loss: 30, gradientNorm: 1)))
        #expect(isDropped(spikes.judge(loss: 4, gradientNorm: 50)))
        #expect(spikes.dropped == 2)
        #expect(spikes.judge(loss: loss(60), gradientNorm: 1) == .keep)
        var calm = before
        _ = calm.judge(loss: loss(60), gradientNorm: 1)
        #expect(spikes.judge(loss: 9, gradientNorm: 1) == calm.judge(loss: 9, gradientNorm: 1))
    }

    @Test func aNewLevelIsAccepted() {
        var settings = SpikeGuard.Settings()
        settings.mostInARow = 3
        var spikes = experienced(settings)
        #expect((0..<3).allSatisfy { _ in isDropped(spikes.judge(loss: 30, gradientNorm: 1)) })
        #expect((0..<40).allSatisfy { _ in spikes.judge(loss: 30, gradientNorm: 1) == .keep })
    }

    @Test func nothingIsJudgedAtFirst() {
        var spikes = SpikeGuard()
        #expect((0..<16).allSatisfy { spikes.judge(loss: pow(10, Double($0)), gradientNorm: 1) == .keep })
    }

    @Test func brokenNumbersEndTheRun() {
        var spikes = experienced()
        #expect(isStop(spikes.judge(loss: .nan, gradientNorm: 1)))
        #expect(isStop(spikes.judge(loss: 1, gradientNorm: .infinity)))
        var settings = SpikeGuard.Settings()
        (settings.onNaN, settings.mostInARow) = (.drop, 2)
        var patient = experienced(settings)
        let verdicts = (0..<3).map { _ in patient.judge(loss: .nan, gradientNorm: 1) }
        #expect(isDropped(verdicts[0]) && isDropped(verdicts[1]) && isStop(verdicts[2]))
    }

    @Test func whatIsOffKeepsAllButBrokenNumbers() {
        var settings = SpikeGuard.Settings()
        settings.isOn = false
        var spikes = experienced(settings)
        #expect(spikes.judge(loss: 1e9, gradientNorm: 1e9) == .keep)
        #expect(isStop(spikes.judge(loss: .nan, gradientNorm: 1)))
    }

    @Test func aCopyFromJSONGoesOnTheSame() throws {
        var spikes = experienced()
        _ = spikes.judge(loss: 30, gradientNorm: 1)
        var copy = try JSONDecoder().decode(SpikeGuard.self, from: JSONEncoder().encode(spikes))
        #expect(copy == spikes)
        for value in [3.9, 5.2, 4.9, 100, 4.1] {
            #expect(copy.judge(loss: value, gradientNorm: 1) == spikes.judge(loss: value, gradientNorm: 1))
        }
    }

    @Test func settingsAreRead() throws {
        let section = try RecipeSection(yaml: "window: 8\nonNaN: drop\ntolerance: 5", source: "r")
        let settings = try SpikeGuard.Settings(section)
        try section.finish()
        #expect(settings.window == 8 && settings.patience == 8 && settings.onNaN == .drop && settings.tolerance == 5)
        #expect(throws: InputError.self) { try SpikeGuard.Settings(RecipeSection(yaml: "window: 1", source: "r")) }
    }
}
