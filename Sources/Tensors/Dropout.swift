import Synchronization

/// Values that are left out at random while training, the others standing for them: y = x · m / (1 − p), each m being 0 with
/// probability p and 1 otherwise.
///
/// Srivastava et al. (JMLR 15, 2014). Which values those are depends on the key and on their places alone: they are the same for
/// any number of threads, and when a layer is computed a second time for its derivatives.
package struct Dropout: Sendable, Equatable {
    /// p.
    package let rate: Double
    package let key: UInt64

    /// - Precondition: a rate from 0 up to, not including, 1.
    package init(rate: Double, key: UInt64) {
        precondition((0..<1).contains(rate), "some values stay")
        (self.rate, self.key) = (rate, key)
    }

    /// Other draws: those of `word`.
    package func keyed(_ word: UInt64) -> Dropout { Dropout(rate: rate, key: ((key ^ word) &+ .goldenStep).mixed) }

    /// What is left of `x`; remembered where `operations` remember what they do.
    func callAsFunction(_ x: Tensor, _ operations: any Operations) -> Tensor {
        let (y, loops) = (Tensor(zeros: x.shape), operations.loops)
        add(x, to: y, loops)
        guard let tape = operations.recordingTape else { return y }
        let input = x.place
        return tape.record(y) { dy, gradients in add(dy, to: gradients[input], loops) }
    }

    /// sum += x · m / (1 − p).
    private func add(_ x: Tensor, to sum: Tensor, _ loops: DerivativeLoops) {
        precondition(x.shape.count == sum.shape.count)
        let (from, to, factor) = (x.address, sum.mutableAddress, Float(1 / (1 - rate)))
        loops.parallel(x.shape.count, cost: 8) { range in
            // Safe: both have as many values, and their owners keep them alive meanwhile.
            for place in range where keeps(place) { to[place] += factor * from[place] }
        }
    }

    /// The words of SplitMix64 from the key on, of which any can be asked for.
    private func keeps(_ place: Int) -> Bool {
        (key &+ (UInt64(truncatingIfNeeded: place) &+ 1) &* .goldenStep).mixed.unit >= rate
    }
}

/// Dropout whose every use draws anew, in the order in which one thread asks.
final class DropoutDraws: Sendable {
    let dropout: Dropout
    private let uses = Atomic<UInt64>(0)

    init(_ dropout: Dropout) { self.dropout = dropout }

    /// What is left of the rows that go into matrix `number` of an adapter.
    func callAsFunction(_ x: Tensor, of number: Int, _ operations: any Operations) -> Tensor {
        let use = uses.wrappingAdd(1, ordering: .relaxed).oldValue
        return dropout.keyed(UInt64(truncatingIfNeeded: number)).keyed(use)(x, operations)
    }
}
