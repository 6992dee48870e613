import Foundation

/// 1 if the reply has the form that is asked for; DeepSeek-R1 (arXiv 2501.12948) §2.2.2.
package struct FormatReward: Reward {
    package enum Form: Sendable, Equatable {
        /// One closed block of thinking, and something behind it. It may have been opened by the prompt.
        case thinking
        /// The same, and behind it one <answer>…</answer> and nothing else: R1-Zero's template.
        case thinkingAndAnswer
        /// A regular expression that matches the whole reply.
        case pattern(String)
    }

    package let form: Form

    package init(_ form: Form) { self.form = form }

    init(_ section: RecipeSection) throws {
        if section.has("pattern") {
            let pattern = try section.text("pattern")
            do { _ = try Regex(pattern) } catch {
                throw section.invalid("pattern", "found \(pattern)", "a regular expression")
            }
            form = .pattern(pattern)
        } else {
            let names = ["thinking", "thinkingAndAnswer"]
            let name = try section.text("form", default: names[1])
            guard names.contains(name) else {
                throw section.invalid("form", "found \(name)", names.joined(separator: ", "))
            }
            form = name == names[0] ? .thinking : .thinkingAndAnswer
        }
    }

    /// Longer replies are not matched with patterns, whose time may grow faster than the text.
    private static let longestMatched = 1 << 16

    package func score(_ reply: Reply) -> Double {
        let isGood: Bool
        switch form {
        case .thinking: isGood = Self.behindThinking(reply.text).map { !$0.isEmpty } ?? false
        case .thinkingAndAnswer: isGood = Self.behindThinking(reply.text).map(Self.isAnswer) ?? false
        case .pattern(let pattern):
            guard reply.text.utf8.count <= Self.longestMatched, let regex = try? Regex(pattern) else { return 0 }
            isGood = (try? regex.wholeMatch(in: reply.text)) != nil
        }
        return isGood ? 1 : 0
    }

    /// What stands behind the thinking, trimmed; `nil` unless there is one block of it, closed, at the beginning.
    private static func behindThinking(_ text: String) -> String? {
        var text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.hasPrefix("<think>") { text.removeFirst(7) }
        let parts = text.components(separatedBy: "</think>")
        guard parts.count == 2, !text.contains("<think>") else { return nil }
        return parts[1].trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func isAnswer(_ text: String) -> Bool {
        text.hasPrefix("<answer>") && text.hasSuffix("</answer>") && text.count >= 17
            && text.components(separatedBy: "answer>").count == 3
    }
}

/// Costs by length.
package struct LengthReward: Reward, Equatable {
    package enum Rule: Sendable, Equatable {
        /// −tokens / maximum.
        case linear
        /// DAPO's soft over-long punishment (arXiv 2503.14476) eq. 13: 0 up to maximum − buffer, falling to −1 at maximum.
        case overlong(buffer: Int)
    }

    package let maximum: Int
    package let rule: Rule

    package init(maximum: Int, rule: Rule) { (self.maximum, self.rule) = (maximum, rule) }

    init(_ section: RecipeSection) throws {
        maximum = try section.integer("maximum", in: 1...(1 << 24))
        let name = try section.text("rule", default: "linear")
        switch name {
        case "linear": rule = .linear
        // The paper's 4096 of 20480.
        case "overlong":
            rule = .overlong(buffer: try section.integer("buffer", in: 1...maximum, default: max(maximum / 5, 1)))
        default: throw section.invalid("rule", "found \(name)", "linear or overlong")
        }
    }

    package func score(_ reply: Reply) -> Double {
        let count = Double(reply.tokenCount)
        switch rule {
        case .linear: return -count / Double(maximum)
        case .overlong(let buffer): return -min(max((count - Double(maximum - buffer)) / Double(buffer), 0), 1)
        }
    }
}
