import Generation

/// Choices that stay the same in every release, which the standard library's do not promise.
extension RandomSource {
    /// A number from 0 up to, not including, `bound`.
    /// - Precondition: `bound` is positive.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// A number with as many decimal digits as one of `counts`, each count equally likely; 0 has one.
    mutating func number(digits counts: ClosedRange<Int>) -> Int {
        let count = number(counts)
        let power = (1..<max(count, 1)).reduce(1) { product, _ in product * 10 }
        return count <= 1 ? below(10) : number(power...10 * power - 1)
    }

    mutating func chance(_ probability: Double) -> Bool { nextUnit() < probability }

    /// - Precondition: there are choices.
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[below(choices.count)] }

    /// One of `choices`, each as likely as its weight says.
    mutating func pick<Choice>(weighted choices: [(weight: Int, choice: Choice)]) -> Choice {
        var place = below(choices.reduce(0) { $0 + $1.weight })
        for (weight, choice) in choices {
            if place < weight { return choice }
            place -= weight
        }
        preconditionFailure("the place lies below the sum of the weights")
    }

    /// Fisher and Yates.
    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var elements = elements
        for place in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(place, below(place + 1)) }
        return elements
    }

    /// Different elements of `elements`, in any order.
    mutating func sample<Element>(_ count: Int, of elements: [Element]) -> [Element] {
        Array(shuffled(elements).prefix(count))
    }

    /// One of `forms` as people type it: sometimes without a capital letter or the mark at its end.
    mutating func wording(_ forms: [String]) -> String {
        var text = pick(forms)
        if chance(0.2), let first = text.first { text = first.lowercased() + text.dropFirst() }
        if chance(0.2), let last = text.last, "?.".contains(last), !text.hasSuffix(" ?") { text.removeLast() }
        return text
    }
}
