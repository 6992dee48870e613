/// Which tokens of a vocabulary are allowed: a bit each.
struct TokenMask: Sendable, Equatable {
    private var words: [UInt64]
    /// How many are allowed.
    private(set) var count = 0

    /// A mask that allows none of `size` tokens.
    init(size: Int) { words = [UInt64](repeating: 0, count: (size + 63) / 64) }

    var byteCount: Int { words.count * 8 }

    /// Allows a token, which was not allowed before.
    @inline(__always)
    mutating func insert(_ token: Int32) {
        words[Int(token) >> 6] |= 1 << UInt64(token & 63)
        count += 1
    }

    @inline(__always)
    func contains(_ token: Int32) -> Bool {
        let word = Int(token) >> 6
        return token >= 0 && word < words.count && words[word] >> UInt64(token & 63) & 1 != 0
    }

    /// Sets the logits of all tokens to -∞ that are neither allowed nor among `others`.
    func apply(to logits: inout [Float], allowing others: [Int32]) {
        let kept = others.map { logits.indices.contains(Int($0)) ? logits[Int($0)] : 0 }
        for start in stride(from: 0, to: logits.count, by: 64) {
            let word = start >> 6 < words.count ? words[start >> 6] : 0
            if word == .max { continue }
            for place in start..<min(start + 64, logits.count) where word >> UInt64(place - start) & 1 == 0 {
                logits[place] = -.infinity
            }
        }
        for (token, logit) in zip(others, kept) where logits.indices.contains(Int(token)) { logits[Int(token)] = logit }
    }
}
