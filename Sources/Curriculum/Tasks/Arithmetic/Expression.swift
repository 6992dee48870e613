import Generation

/// Whole numbers joined by + - * and brackets.
indirect enum Expression {
    case number(Int)
    case operation(Character, Expression, Expression)

    var value: Int {
        switch self {
        case .number(let value): value
        case .operation(let sign, let left, let right): Self.apply(sign, left.value, right.value)
        }
    }

    /// Without spaces; in brackets is what binds less, or as much and stands on the right, so that each text has one order of steps.
    var text: String {
        switch self {
        case .number(let value): "\(value)"
        case .operation(let sign, let left, let right):
            Self.side(left, inBrackets: left.rank < rank) + "\(sign)"
                + Self.side(right, inBrackets: right.rank <= rank)
        }
    }

    /// The next operation that has numbers on both sides, from the left, and what is left when it is done; `nil` for a number.
    var reduced: (step: String, rest: Expression)? {
        guard case .operation(let sign, let left, let right) = self else { return nil }
        if case .number(let a) = left, case .number(let b) = right {
            let value = Self.apply(sign, a, b)
            return ("\(a)\(sign)\(b)=\(value)", .number(value))
        }
        if let (step, rest) = left.reduced { return (step, .operation(sign, rest, right)) }
        return right.reduced.map { ($0.step, .operation(sign, left, $0.rest)) }
    }

    /// Steps to the value: each operation, and what is left behind it.
    var steps: [String] {
        var (lines, rest) = ([text], self)
        while let (step, next) = rest.reduced {
            // What is left is the operation itself: written once.
            if case .number = next, lines.count > 1 { lines.removeLast() }
            lines.append(step)
            if case .operation = next { lines.append(next.text) }
            rest = next
        }
        return lines
    }

    private static func side(_ side: Expression, inBrackets: Bool) -> String {
        inBrackets ? "(\(side.text))" : side.text
    }

    /// How strongly it holds together.
    private var rank: Int {
        switch self {
        case .number: 3
        case .operation(let sign, _, _): sign == "*" ? 2 : 1
        }
    }

    private static func apply(_ sign: Character, _ a: Int, _ b: Int) -> Int {
        switch sign {
        case "+": a + b
        case "-": a - b
        default: a * b
        }
    }

    /// Whether no value on the way is below 0 or above 100, and no factor above 12.
    var isEasy: Bool {
        switch self {
        case .number: true
        case .operation(let sign, let left, let right):
            left.isEasy && right.isEasy && (0...100).contains(value)
                && (sign != "*" || max(left.value, right.value) <= 12)
        }
    }

    /// A drawn one with so many operations.
    static func drawn(operations: Int, _ random: inout RandomSource) -> Expression {
        while true {
            let expression = unchecked(operations, &random)
            // Ends: about a third of all are easy.
            if expression.isEasy { return expression }
        }
    }

    private static func unchecked(_ operations: Int, _ random: inout RandomSource) -> Expression {
        guard operations > 0 else {
            return .number(random.chance(0.85) ? random.number(1...9) : random.number(10...20))
        }
        let left = random.below(operations)
        return .operation(
            random.pick(["+", "+", "-", "*"]), unchecked(left, &random), unchecked(operations - 1 - left, &random))
    }
}
