import Models
import Tensors

/// Guesses tokens before the model computes them.
///
/// Every guess is checked: a drafter can be wrong at the cost of time, never of the answer.
package protocol Drafter {
    /// Takes in tokens that have become part of the sequence.
    /// - Parameter states: the decoder's states of these tokens after its final norm, [n, hidden].
    mutating func read(_ tokens: [Int32], states: Tensor) throws

    /// Forgets all tokens from `length` on.
    /// - Returns: how many tokens are remembered; the caller lets the drafter read those up to `length` again.
    mutating func truncate(to length: Int) -> Int

    /// Guesses up to `count` tokens that follow `token`, which itself follows all tokens that were read.
    /// - Parameter choose: called once for each guess, with its logits; gives the guess.
    mutating func draft(after token: Int32, count: Int, choose: ([Float]) throws -> Int32) throws

    /// What its layers have had of the expert store; `nil` if they use none.
    var expertUse: ExpertUse? { get }
}

extension Drafter {
    package var expertUse: ExpertUse? { nil }
}
