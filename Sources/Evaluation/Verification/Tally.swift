import Files

/// Comparisons as they are made: how many, how far off the worst was, and what failed.
package struct Tally: Sendable {
    /// How often something was compared: "prompts", 2.
    package struct Count: Sendable, Equatable {
        package let noun: String
        package var amount: Int
    }

    /// Single values or tokens that had to be equal.
    package struct Share: Sendable, Equatable {
        package var equal = 0
        package var total = 0
    }

    /// Sentences beyond this number are counted only.
    static let failureLimit = 5

    package private(set) var counts: [Count] = []
    /// The largest error; `nil` if only equality was asked for.
    package private(set) var worstError: Double?
    /// Where the largest error was.
    package private(set) var worstPlace: String?
    /// The largest error that passes; `nil` where values must be equal.
    package let tolerance: Double?
    /// Greedy tokens; `nil` if none were compared.
    package private(set) var greedy: Share?
    /// One sentence for each of the first comparisons that failed.
    package private(set) var failures: [String] = []
    /// Failures of which there is no sentence.
    package private(set) var furtherFailures = 0

    /// Whether errors are those of single values rather than parts of a norm.
    package let isAbsolute: Bool
    /// What the recording says it is of, in a few words.
    package var subject: String?

    init(tolerance: Double? = nil, isAbsolute: Bool = false) {
        self.tolerance = tolerance
        self.isAbsolute = isAbsolute
    }

    /// Counts `amount` more of what `noun`, a plural, says.
    mutating func count(_ amount: Int, _ noun: String) {
        if let index = counts.firstIndex(where: { $0.noun == noun }) {
            counts[index].amount += amount
        } else {
            counts.append(Count(noun: noun, amount: amount))
        }
    }

    /// Counts one more of what `noun`, a plural, says.
    mutating func count(_ noun: String) { count(1, noun) }

    /// Notes a failure with its sentence.
    mutating func fail(_ sentence: String) {
        if failures.count < Tally.failureLimit {
            failures.append(printable(sentence))
        } else {
            furtherFailures += 1
        }
    }

    /// Fails with `sentence` unless `condition` holds.
    mutating func expect(_ condition: Bool, _ sentence: @autoclosure () -> String) {
        if !condition { fail(sentence()) }
    }

    /// Compares by ‖found − expected‖ / ‖expected‖.
    /// - Parameter limit: what passes here, where it is not the tolerance of the whole row.
    mutating func compare(_ found: [Float], _ expected: [Float], _ place: String, limit: Double? = nil) {
        count(expected.count, "values")
        guard found.count == expected.count else {
            return fail("\(place): found \(found.count) values, where \(expected.count) were recorded.")
        }
        note(error: relativeError(found, expected), place, limit: limit)
    }

    /// Takes an error that was computed elsewhere.
    mutating func note(error: Double, _ place: String, limit: Double? = nil) {
        // Written so that NaN becomes the worst error and fails.
        if !(error <= worstError ?? -1) { (worstError, worstPlace) = (error, place) }
        let limit = limit ?? tolerance ?? 0
        expect(error <= limit, "\(place): the error is \(error), where at most \(limit) was expected.")
    }

    /// Compares greedy tokens, of which the first `sure` ones must be equal.
    mutating func compare(greedy found: [Int32], _ expected: [Int32], sure: Int, _ place: String) {
        let expected = Array(expected.prefix(sure))
        let pairs = Array(zip(found, expected))
        var share = greedy ?? Share()
        share.equal += pairs.count { $0 == $1 }
        share.total += expected.count
        greedy = share
        if let index = pairs.firstIndex(where: { $0 != $1 }) {
            fail(
                "\(place): greedy token \(index + 1) is \(found[index]), where \(expected[index]) was recorded.")
        } else {
            expect(pairs.count == expected.count, "\(place): found \(found.count) greedy tokens only.")
        }
    }
}

/// ‖a − b‖ / ‖b‖; infinite for different counts.
func relativeError(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    var difference = 0.0
    var norm = 0.0
    for (x, y) in zip(a, b) {
        difference += Double(x - y) * Double(x - y)
        norm += Double(y) * Double(y)
    }
    return difference.squareRoot() / max(norm.squareRoot(), 1e-30)
}

/// The place of the largest value; of equal ones the first.
func largest(_ values: some Collection<Float>) -> Int32 {
    var best: (place: Int32, value: Float) = (-1, -.infinity)
    for (place, value) in values.enumerated() where value > best.value { best = (Int32(clamping: place), value) }
    return best.place
}
