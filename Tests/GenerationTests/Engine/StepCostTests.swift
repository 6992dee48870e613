@testable import Generation
import Testing

/// What the engine believes that steps cost.
@Suite struct StepCostTests {
    @Test func knowsNothingBeforeAnyRow() {
        var cost = StepCost()
        #expect(cost.secondsPerRow == nil && cost.secondsPerStep == 0)
        cost.add(rows: 0, seconds: 0.5)
        #expect(cost.secondsPerRow == nil && cost.secondsPerStep == 0.5)
    }

    /// Seconds that lie on a line are that line, whatever the order.
    @Test(arguments: [[0, 16, 64, 0, 32], [512, 0, 0, 0], [16, 17, 16, 40, 16, 16]])
    func findsBothParts(_ rows: [Int]) throws {
        var cost = StepCost()
        for count in rows { cost.add(rows: count, seconds: 0.4 + 0.01 * Double(count)) }
        #expect(abs(try #require(cost.secondsPerRow) - 0.01) < 1e-6)
        #expect(abs(cost.secondsPerStep - 0.4) < 1e-6)
    }

    /// Steps of one length cannot be taken apart: the rows are charged with everything.
    @Test func chargesRowsWithEverythingWhereNothingElseIsKnown() throws {
        var cost = StepCost()
        for _ in 0..<20 { cost.add(rows: 16, seconds: 0.56) }
        #expect(abs(try #require(cost.secondsPerRow) - 0.035) < 1e-9)
        #expect(cost.secondsPerStep < 1e-9)
    }

    /// Old steps are forgotten: a machine that became twice as slow is so after some steps.
    @Test func followsTheMachine() throws {
        var cost = StepCost()
        for speed in [1.0, 2.0] {
            for step in 0..<60 { cost.add(rows: step % 3 * 32, seconds: speed * (0.4 + 0.01 * Double(step % 3 * 32))) }
            #expect(abs(try #require(cost.secondsPerRow) / (0.01 * speed) - 1) < 0.05)
            #expect(abs(cost.secondsPerStep / (0.4 * speed) - 1) < 0.05)
        }
    }

    /// Whatever the clock says, a row costs more than nothing and at most all.
    @Test(arguments: 0..<50) func staysWithinBounds(_ seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed))
        var cost = StepCost()
        for _ in 0..<30 {
            cost.add(
                rows: Int.random(in: 0...3, using: &random) * 16, seconds: Double.random(in: 0.001...1, using: &random))
            guard let perRow = cost.secondsPerRow else { continue }
            #expect(perRow > 0 && perRow.isFinite)
            #expect(cost.secondsPerStep >= 0 && cost.secondsPerStep.isFinite)
        }
    }
}
