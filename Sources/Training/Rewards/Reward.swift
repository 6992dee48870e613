import Foundation

/// An answer to a question, to be judged.
package struct Reply: Sendable, Equatable {
    package let question: Question
    /// As the model wrote it, without the token that ended it; possibly no UTF-8.
    package let bytes: [UInt8]
    /// Bytes of text that each token stands for, the ending one included (0).
    package let tokenBytes: [Int]
    /// Whether the model ended it; otherwise it was cut off.
    package let isFinished: Bool

    package init(question: Question, bytes: [UInt8], tokenBytes: [Int], isFinished: Bool) {
        (self.question, self.bytes, self.tokenBytes, self.isFinished) = (question, bytes, tokenBytes, isFinished)
    }

    /// The bytes as text; what is no UTF-8 becomes U+FFFD.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package var tokenCount: Int { tokenBytes.count }
}

/// A rule that says how good a reply is.
///
/// Replies are what a model wrote: a rule takes any text, of any length and with any bytes, and judges in time that is linear in
/// it or limited.
package protocol Reward: Sendable {
    /// - Throws: `InputError` if the rule itself cannot be applied, such as a program that does not start; never because of what
    ///   the reply says.
    func score(_ reply: Reply) throws -> Double
}

/// A rule for the steps of a reply, for learning with process supervision; DeepSeekMath (arXiv 2402.03300) §4.1.3.
package protocol ProcessReward: Sendable {
    /// The steps in their order: the place of each one's last token, and its score.
    func scores(_ reply: Reply) throws -> [StepScore]
}

package struct StepScore: Sendable, Equatable, Codable {
    package let lastToken: Int
    package let score: Double

    package init(lastToken: Int, score: Double) { (self.lastToken, self.score) = (lastToken, score) }
}

/// Several rules, weighted; DeepSeek-R1 (arXiv 2501.12948) §2.2.2 adds accuracy and format.
package struct WeightedRewards: Sendable {
    package struct Part: Sendable {
        package let name: String
        package let weight: Double
        package let reward: any Reward

        package init(name: String, weight: Double = 1, reward: any Reward) {
            (self.name, self.weight, self.reward) = (name, weight, reward)
        }
    }

    package let parts: [Part]

    package init(_ parts: [Part]) { self.parts = parts }

    /// Each part's score, unweighted.
    package func scores(_ reply: Reply) throws -> [Double] { try parts.map { try $0.reward.score(reply) } }

    /// Σ weight · score.
    package func total(_ scores: [Double]) -> Double { zip(parts, scores).reduce(0) { $0 + $1.0.weight * $1.1 } }
}
