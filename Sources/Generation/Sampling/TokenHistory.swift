/// The tokens so far, counted such that a penalty costs time by distinct tokens, not by the length of the text.
struct TokenHistory: Sendable {
    private let window: Int?
    private var recent: [Int32] = []
    /// Where the window begins in `recent`.
    private var start = 0
    private var counts: [Int32: Int] = [:]
    /// How often the answer holds each token.
    private(set) var generated: [Int32: Int] = [:]

    /// - Parameter window: how many of the latest tokens `seen` covers; `nil` for all.
    init(window: Int?) { self.window = window }

    /// The distinct tokens among the latest ones of prompt and answer.
    var seen: Dictionary<Int32, Int>.Keys { counts.keys }

    mutating func append(prompt token: Int32) {
        counts[token, default: 0] += 1
        guard let window else { return }
        recent.append(token)
        if recent.count - start > window { forgetOldest() }
    }

    mutating func append(generated token: Int32) {
        append(prompt: token)
        generated[token, default: 0] += 1
    }

    private mutating func forgetOldest() {
        let oldest = recent[start]
        start += 1
        if let count = counts[oldest] { counts[oldest] = count > 1 ? count - 1 : nil }
        // Moving the rest only when half of it is stale keeps the cost constant a token.
        guard start > 64, start * 2 > recent.count else { return }
        recent.removeFirst(start)
        start = 0
    }
}
