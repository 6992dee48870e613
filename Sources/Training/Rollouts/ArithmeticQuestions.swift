import Generation

/// Sums, differences and products with answers that can be verified: question number i depends on the settings and i alone.
package struct ArithmeticQuestions: QuestionSource, Equatable {
    package enum Operation: String, Sendable, CaseIterable, Codable {
        case add, subtract, multiply

        var sign: String {
            switch self {
            case .add: "+"
            case .subtract: "-"
            case .multiply: "*"
            }
        }

        func callAsFunction(_ a: Int, _ b: Int) -> Int {
            switch self {
            case .add: a + b
            case .subtract: a - b
            case .multiply: a * b
            }
        }
    }

    /// Which of all pairs of operands occur: a tenth, chosen by their hash, can be kept for measuring.
    package enum Part: String, Sendable, CaseIterable, Codable {
        case all, training, heldOut
    }

    /// Operands have 1 to this many decimal digits.
    package var digits = 2
    package var operations: [Operation] = [.add]
    /// With {a}, {b} and {sign}; one is drawn for each question.
    package var templates = ["{a}{sign}{b}="]
    package var part = Part.all
    package var seed: UInt64 = 0

    package init() {}

    package init(_ section: RecipeSection) throws {
        digits = try section.integer("digits", in: 1...9, default: digits)
        let names = try section.texts("operations", default: operations.map(\.rawValue))
        operations = try names.map { name in
            guard let operation = Operation(rawValue: name) else {
                throw section.invalid(
                    "operations", "found \(name)",
                    "any of \(Operation.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return operation
        }
        templates = try section.texts("templates", default: templates)
        let isWhole = templates.allSatisfy { $0.contains("{a}") && $0.contains("{b}") && $0.contains("{sign}") }
        guard !operations.isEmpty, !templates.isEmpty, isWhole else {
            throw section.invalid("templates", "found \(templates)", "texts with {a}, {sign} and {b}")
        }
        part = try section.choice("part", default: part)
        seed = UInt64(try section.integer("seed", in: 0...Int.max, default: 0))
    }

    package subscript(index: Int) -> Question {
        // Whoever draws the wrong part draws again; the limit only keeps a defect from hanging.
        for attempt in 0..<1000 {
            var random = RandomSource(
                seed: DerivedSeed.seed(seed, UInt64(bitPattern: Int64(index)), UInt64(attempt)))
            let operation = operations[Int(random.next() % UInt64(operations.count))]
            let (a, b) = (operand(&random), operand(&random))
            let template = templates[Int(random.next() % UInt64(templates.count))]
            guard attempt == 999 || isIn(part, operation, a, b) else { continue }
            return question(template, operation, a, b)
        }
        preconditionFailure("the last attempt is taken")
    }

    /// As likely to have few digits as many: otherwise nine of ten numbers would have the most.
    private func operand(_ random: inout RandomSource) -> Int {
        let length = Int(random.next() % UInt64(digits)) + 1
        let bound = (0..<length).reduce(UInt64(1)) { power, _ in power * 10 }
        return Int(random.next() % bound)
    }

    private func isIn(_ part: Part, _ operation: Operation, _ a: Int, _ b: Int) -> Bool {
        let kind = UInt64(Operation.allCases.firstIndex(of: operation) ?? 0)
        // The seed takes no part: what is held out is held out from every run.
        let isHeldOut = DerivedSeed.seed(kind, UInt64(a), UInt64(b)) % 10 == 0
        return part == .all || isHeldOut == (part == .heldOut)
    }

    private func question(_ template: String, _ operation: Operation, _ a: Int, _ b: Int) -> Question {
        let prompt = template.replacing("{a}", with: String(a)).replacing("{b}", with: String(b))
            .replacing("{sign}", with: operation.sign)
        return Question(prompt: prompt, answer: String(operation(a, b)))
    }
}
