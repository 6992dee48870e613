import Files

/// A condition of a recipe's rule over whole numbers, like `layer < layers / 8 or (layer - layers / 8) % 3 == 2`.
///
/// Numbers, the names of `TensorFacts`, `+ - * / %`, comparisons, `and`, `or`, `not` and parentheses; division and
/// remainder are those of C, and by zero they give zero. True is anything but 0.
struct Condition: Sendable, Equatable {
    /// What was written.
    let text: String
    private let root: Node

    indirect enum Node: Sendable, Equatable {
        case number(Int)
        case fact(String)
        case not(Node)
        case negative(Node)
        case operation(String, Node, Node)
    }

    /// - Throws: `InputError` naming what was not understood, with `source` and `field` as the place.
    init(_ text: String, source: String, field: String) throws {
        var parser = ConditionParser(text: text, source: source, field: field)
        self.text = text
        root = try parser.whole()
    }

    /// Whether the condition holds for a tensor.
    func holds(_ facts: TensorFacts) -> Bool { value(root, facts) != 0 }

    private func value(_ node: Node, _ facts: TensorFacts) -> Int {
        switch node {
        case .number(let number): number
        case .fact(let name): facts[name] ?? 0
        case .not(let node): value(node, facts) == 0 ? 1 : 0
        case .negative(let node): 0 &- value(node, facts)
        case .operation(let symbol, let left, let right):
            Condition.combine(symbol, value(left, facts), value(right, facts))
        }
    }

    private static func combine(_ symbol: String, _ a: Int, _ b: Int) -> Int {
        switch symbol {
        case "or": a != 0 || b != 0 ? 1 : 0
        case "and": a != 0 && b != 0 ? 1 : 0
        case "==": a == b ? 1 : 0
        case "!=": a != b ? 1 : 0
        case "<": a < b ? 1 : 0
        case "<=": a <= b ? 1 : 0
        case ">": a > b ? 1 : 0
        case ">=": a >= b ? 1 : 0
        // Wrapping is safe: the numbers are a recipe's own and only decide which rule holds.
        case "+": a &+ b
        case "-": a &- b
        case "*": a &* b
        case "/": b == 0 || b == -1 ? 0 &- (b == 0 ? 0 : a) : a / b
        default: b == 0 || b == -1 ? 0 : a % b
        }
    }
}

/// Reads a condition by precedence: `or`, `and`, comparisons, sums, products, signs.
private struct ConditionParser {
    let text: String
    let source: String
    let field: String
    private var tokens: [Substring] = []
    private var next = 0
    private var depth = 0

    /// Parentheses and signs within each other; a recipe has no use for more, and the stack has an end.
    private static let mostDepth = 32

    private static let levels: [Set<String>] = [
        ["or"], ["and"], ["==", "!=", "<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"],
    ]

    init(text: String, source: String, field: String) {
        (self.text, self.source, self.field) = (text, source, field)
    }

    mutating func whole() throws -> Condition.Node {
        tokens = try words()
        let node = try level(0)
        guard next == tokens.count else {
            throw defect("found \"\(printable(String(tokens[next]), limit: 40))\" behind it")
        }
        return node
    }

    private mutating func level(_ index: Int) throws -> Condition.Node {
        guard index < ConditionParser.levels.count else { return try term() }
        var node = try level(index + 1)
        while next < tokens.count, ConditionParser.levels[index].contains(String(tokens[next])) {
            let symbol = String(tokens[next])
            next += 1
            node = .operation(symbol, node, try level(index + 1))
        }
        return node
    }

    private mutating func term() throws -> Condition.Node {
        guard next < tokens.count else { throw defect("found the end where a number or a name should stand") }
        depth += 1
        defer { depth -= 1 }
        guard depth <= ConditionParser.mostDepth else {
            throw defect("found more than \(ConditionParser.mostDepth) parentheses or signs within each other")
        }
        let token = tokens[next]
        next += 1
        switch token {
        case "(": return try enclosed()
        case "-": return .negative(try term())
        // As in Python, "not" binds more loosely than comparisons.
        case "not": return .not(try level(2))
        default: return try leaf(token)
        }
    }

    private mutating func enclosed() throws -> Condition.Node {
        let node = try level(0)
        guard next < tokens.count, tokens[next] == ")" else { throw defect("found no closing parenthesis") }
        next += 1
        return node
    }

    private func leaf(_ token: Substring) throws -> Condition.Node {
        if let number = Int(token) { return .number(number) }
        guard TensorFacts.names.contains(String(token)) else {
            throw defect("found \"\(printable(String(token), limit: 40))\"")
        }
        return .fact(String(token))
    }

    /// Names and numbers, and signs of one or two characters.
    private func words() throws -> [Substring] {
        var words: [Substring] = []
        var rest = text[...]
        while let first = rest.first {
            let word: Substring
            if first.isWhitespace {
                rest.removeFirst()
                continue
            } else if first.isLetter || first.isNumber {
                word = rest.prefix { $0.isLetter || $0.isNumber }
            } else if ["==", "!=", "<=", ">="].contains(rest.prefix(2)) {
                word = rest.prefix(2)
            } else {
                word = rest.prefix(1)
            }
            words.append(word)
            rest = rest[word.endIndex...]
        }
        guard words.count <= 200 else { throw defect("found \(words.count) words") }
        return words
    }

    private func defect(_ found: String) -> InputError {
        InputError(
            .invalidValue, source: source, field: field, found: "\(found) in \"\(printable(text, limit: 120))\"",
            expected: "a condition over numbers and \(TensorFacts.names.joined(separator: ", "))",
            advice: "write it like \"layer < layers / 8 or (layer - layers / 8) % 3 == 2\"")
    }
}
