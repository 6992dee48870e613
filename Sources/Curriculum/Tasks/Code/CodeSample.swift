import Generation

/// The languages that code is written in.
enum CodeLanguage: String, CaseIterable, Sendable {
    case python = "Python"
    case swift = "Swift"

    func truth(_ value: Bool) -> String {
        switch self {
        case .python: value ? "True" : "False"
        case .swift: value ? "true" : "false"
        }
    }

    var and: String { self == .python ? "and" : "&&" }
    var or: String { self == .python ? "or" : "||" }
    var comment: String { self == .python ? "#" : "//" }
    /// How a value gets a name.
    var naming: String { self == .python ? "" : "let " }
    /// How a name gets values that change.
    var changing: String { self == .python ? "" : "var " }
}

/// A few lines of code that print one value, and how that value comes about.
struct CodeSample {
    let language: CodeLanguage
    /// What stands before the expression that is printed; mostly nothing.
    var setup: [String] = []
    let expression: String
    let steps: [String]
    let value: String

    /// The program that prints the value.
    var program: String { (setup + ["print(\(expression))"]).joined(separator: "\n") }

    static func drawn(_ language: CodeLanguage, _ random: inout RandomSource) -> CodeSample {
        let kind = random.below(12)
        switch kind {
        case 0: return arithmetic(language, &random)
        case 1: return division(language, &random)
        case 2, 3: return list(language, &random)
        case 4: return transformed(language, &random)
        case 5, 6: return text(language, &random)
        case 7: return truth(language, &random)
        case 8: return condition(language, &random)
        case 9: return function(language, &random)
        case 10: return loop(language, &random)
        default: return changes(language, &random)
        }
    }

    static func written(_ numbers: [Int]) -> String { "[" + numbers.map(String.init).joined(separator: ", ") + "]" }
    static func written(_ texts: [String]) -> String { "[" + texts.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }
}
