/// How the states of a text's tokens become one vector.
public enum Pooling: String, Sendable, CaseIterable, Codable {
    /// The mean of all tokens' states.
    case mean
    /// The state of the last token, which has seen all others.
    case last
}

/// The sum of states so far, on the way to an embedding.
struct PooledStates {
    private let pooling: Pooling
    private var sums: [Double] = []
    private var count = 0

    init(_ pooling: Pooling) { self.pooling = pooling }

    /// Takes in states of further tokens, row by row.
    mutating func add(_ states: [Float], width: Int) {
        guard width > 0 else { return }
        if sums.isEmpty { sums = Array(repeating: 0, count: width) }
        for start in stride(from: 0, to: states.count, by: width) {
            if pooling == .last { sums = Array(repeating: 0, count: width) }
            for column in 0..<width { sums[column] += Double(states[start + column]) }
            count += 1
        }
    }

    /// The vector, of length 1 if it is to be normalized and is not all zero.
    func vector(normalized: Bool) -> [Float] {
        let divisor = pooling == .mean ? Double(max(count, 1)) : 1
        let length = normalized ? sums.reduce(0) { $0 + $1 * $1 }.squareRoot() / divisor : 1
        return sums.map { Float($0 / divisor / (length > 0 ? length : 1)) }
    }
}
