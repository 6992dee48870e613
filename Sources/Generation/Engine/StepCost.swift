/// What steps have cost lately: a part that every step pays, whatever it reads, and a part for each row of a prompt in it.
///
/// A line of least squares through the rows and seconds of steps, of which older ones count for less and less: whatever
/// sequences that are written cost, and unpacking weights once a step, is in the first part. Steps that all read the same
/// number of rows say nothing about the parts; then all of their time is the rows', which errs on the side of short steps.
struct StepCost {
    /// How much a step counts for once another has followed.
    private static let memory = 0.9
    /// The least share of a step's time that is laid to its rows: what seems free is only not measured yet.
    private static let leastShare = 0.25

    // Sums over steps, each with its weight.
    private var weight = 0.0
    private var rows = 0.0
    private var seconds = 0.0
    private var squares = 0.0
    private var products = 0.0

    /// Notes a step that read `count` rows of prompts.
    mutating func add(rows count: Int, seconds taken: Double) {
        let count = Double(count)
        weight = weight * StepCost.memory + 1
        rows = rows * StepCost.memory + count
        seconds = seconds * StepCost.memory + taken
        squares = squares * StepCost.memory + count * count
        products = products * StepCost.memory + count * taken
    }

    /// Seconds for a row of a prompt; `nil` before any was read.
    var secondsPerRow: Double? {
        guard squares > 0, products > 0 else { return nil }
        let whole = products / squares
        let spread = weight * squares - rows * rows
        guard spread > 1e-3 * weight * squares else { return whole }
        let slope = (weight * products - rows * seconds) / spread
        return min(max(slope, StepCost.leastShare * whole), whole)
    }

    /// Seconds for a step without a row of a prompt; 0 before any step.
    var secondsPerStep: Double {
        guard weight > 0 else { return 0 }
        return max((seconds - rows * (secondsPerRow ?? 0)) / weight, 0)
    }
}
