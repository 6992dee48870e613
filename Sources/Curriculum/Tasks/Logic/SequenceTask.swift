import Generation

/// What comes next: equal steps, equal factors, two steps in turn, sums of the last two, and letters.
struct SequenceTask: ExerciseTask {
    let name = "sequences"

    func exercise(_ random: inout RandomSource) -> Exercise {
        switch random.pick(weighted: [(4, 0), (2, 1), (2, 2), (1, 3), (2, 4)]) {
        case 0: return equalSteps(&random)
        case 1: return factors(&random)
        case 2: return growingSteps(&random)
        case 3: return sums(&random)
        default: return letters(&random)
        }
    }

    private func equalSteps(_ random: inout RandomSource) -> Exercise {
        let step = random.number(1...15)
        let length = random.number(4...5)
        let rises = random.chance(0.65)
        let start = random.number(0...50) + (rises ? 0 : step * length)
        let terms = (0..<length).map { start + (rises ? step : -step) * $0 }
        let next = terms[length - 1] + (rises ? step : -step)
        let checks = zip(terms, terms.dropFirst()).map { rises ? "\($1)-\($0)=\(step)" : "\($0)-\($1)=\(step)" }
        let last = "\(terms[length - 1])\(rises ? "+" : "-")\(step)=\(next)"
        return numbers(terms, checks + [last], next, &random)
    }

    private func factors(_ random: inout RandomSource) -> Exercise {
        let factor = random.number(2...5)
        let length = factor == 2 ? random.number(4...5) : 3
        var terms = [random.number(1...9)]
        while terms.count < length { terms.append(terms[terms.count - 1] * factor) }
        let checks = zip(terms, terms.dropFirst()).map { "\($1)/\($0)=\(factor)" }
        var steps = Steps()
        let next = steps.product(terms[length - 1], factor)
        return numbers(terms, checks + steps.lines, next, &random)
    }

    /// Each step one larger than the one before: 2, 3, 5, 8, 12.
    private func growingSteps(_ random: inout RandomSource) -> Exercise {
        let (first, growth) = (random.number(1...6), random.number(1...3))
        var (terms, step) = ([random.number(0...30)], first)
        while terms.count < 5 {
            terms.append(terms[terms.count - 1] + step)
            step += growth
        }
        let checks = zip(terms, terms.dropFirst()).map { "\($1)-\($0)=\($1 - $0)" }
        let next = terms[4] + step
        return numbers(
            terms, checks + ["\(step - growth)+\(growth)=\(step)", "\(terms[4])+\(step)=\(next)"], next, &random)
    }

    private func sums(_ random: inout RandomSource) -> Exercise {
        var terms = [random.number(1...9), random.number(1...9)]
        while terms.count < 5 { terms.append(terms[terms.count - 2] + terms[terms.count - 1]) }
        let checks = (2..<5).map { "\(terms[$0 - 2])+\(terms[$0 - 1])=\(terms[$0])" }
        let next = terms[3] + terms[4]
        return numbers(terms, checks + ["\(terms[3])+\(terms[4])=\(next)"], next, &random)
    }

    private func numbers(_ terms: [Int], _ steps: [String], _ next: Int, _ random: inout RandomSource) -> Exercise {
        let list = Selection.list(terms)
        return Exercise(
            prompt: random.wording(Self.forms(list, "number")), thought: (steps + ["\(next)"]).joined(separator: "\n"),
            answer: "\(next)", judgement: .numeric, content: list)
    }

    private func letters(_ random: inout RandomSource) -> Exercise {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz")
        let step = random.number(1...4)
        let length = random.number(3...4)
        let start = random.below(26 - step * length)
        let isBackward = random.chance(0.3)
        var row = alphabet[start...(start + step * length)].map(String.init)
        if isBackward { row.reverse() }
        let places = Array(stride(from: 0, through: step * length, by: step))
        let terms = places.dropLast().map { row[$0] }
        let next = row[step * length]
        // The whole stretch of the alphabet, with marks at those that count.
        let counted = row.enumerated().map { places.contains($0) ? "\($1)." : $1 }.joined(separator: " ")
        let list = terms.joined(separator: ", ")
        return Exercise(
            prompt: random.wording(Self.forms(list, "letter")), thought: "\(counted)\n\(next)", answer: next,
            content: list)
    }

    private static func forms(_ list: String, _ kind: String) -> [String] {
        [
            "What comes next: \(list), ?", "Which \(kind) comes next: \(list)?", "Continue: \(list), …",
            "What is the next \(kind) in \(list)?", "\(list), ? What comes next?", "Find the next \(kind): \(list).",
            "Which \(kind) follows in the sequence \(list)?", "Complete the sequence: \(list), _",
        ]
    }
}
