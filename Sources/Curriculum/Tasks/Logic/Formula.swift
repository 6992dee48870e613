import Generation

/// A proposition: names joined by not, and, or, if … then.
indirect enum Formula {
    case variable(Int)
    case value(Bool)
    case not(Formula)
    case and(Formula, Formula)
    case or(Formula, Formula)
    case implies(Formula, Formula)

    /// Written with these names; values are T and F.
    func text(_ names: [String]) -> String {
        switch self {
        case .variable(let index): names[index]
        case .value(let isTrue): isTrue ? "T" : "F"
        case .not(let inner): "not " + inner.part(names)
        case .and(let left, let right): "\(left.part(names)) and \(right.part(names))"
        case .or(let left, let right): "\(left.part(names)) or \(right.part(names))"
        case .implies(let left, let right): "if \(left.part(names)) then \(right.part(names))"
        }
    }

    private func part(_ names: [String]) -> String {
        switch self {
        case .variable, .value: text(names)
        case .not(let inner) where inner.isSimple: text(names)
        default: "(\(text(names)))"
        }
    }

    private var isSimple: Bool {
        switch self {
        case .variable, .value: true
        default: false
        }
    }

    /// With values in the place of variables.
    func assigned(_ values: [Bool]) -> Formula {
        switch self {
        case .variable(let index): .value(values[index])
        case .value: self
        case .not(let inner): .not(inner.assigned(values))
        case .and(let left, let right): .and(left.assigned(values), right.assigned(values))
        case .or(let left, let right): .or(left.assigned(values), right.assigned(values))
        case .implies(let left, let right): .implies(left.assigned(values), right.assigned(values))
        }
    }

    func value(_ values: [Bool]) -> Bool {
        switch self {
        case .variable(let index): values[index]
        case .value(let isTrue): isTrue
        case .not(let inner): !inner.value(values)
        case .and(let left, let right): left.value(values) && right.value(values)
        case .or(let left, let right): left.value(values) || right.value(values)
        case .implies(let left, let right): !left.value(values) || right.value(values)
        }
    }

    /// With the first operation done whose parts are values; `nil` for a value.
    var reduced: Formula? {
        switch self {
        case .variable, .value: return nil
        case .not(.value(let isTrue)): return .value(!isTrue)
        case .not(let inner): return inner.reduced.map { .not($0) }
        case .and(let left, let right): return Self.reduced(left, right, { .and($0, $1) }) { $0 && $1 }
        case .or(let left, let right): return Self.reduced(left, right, { .or($0, $1) }) { $0 || $1 }
        case .implies(let left, let right): return Self.reduced(left, right, { .implies($0, $1) }) { !$0 || $1 }
        }
    }

    private static func reduced(
        _ left: Formula, _ right: Formula, _ join: (Formula, Formula) -> Formula, _ apply: (Bool, Bool) -> Bool
    ) -> Formula? {
        if case .value(let a) = left, case .value(let b) = right { return .value(apply(a, b)) }
        if let left = left.reduced { return join(left, right) }
        return right.reduced.map { join(left, $0) }
    }

    /// The formula with values put in, then one operation less a line, down to T or F.
    static func steps(_ formula: Formula, _ values: [Bool]) -> [String] {
        var (lines, rest) = ([String](), Optional(formula.assigned(values)))
        while let current = rest {
            lines.append(current.text([]))
            rest = current.reduced
        }
        return lines
    }

    /// A drawn one with so many operations that join two parts, over the first `variables` names.
    static func drawn(joints: Int, variables: Int, _ random: inout RandomSource) -> Formula {
        guard joints > 0 else {
            let variable = Formula.variable(random.below(variables))
            return random.chance(0.3) ? .not(variable) : variable
        }
        let left = random.below(joints)
        let (first, second) = (
            drawn(joints: left, variables: variables, &random),
            drawn(joints: joints - 1 - left, variables: variables, &random)
        )
        switch random.below(8) {
        case 0, 1, 2: return .and(first, second)
        case 3, 4, 5: return .or(first, second)
        case 6: return .implies(first, second)
        default: return random.chance(0.5) ? .not(.and(first, second)) : .not(.or(first, second))
        }
    }
}
