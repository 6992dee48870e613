import Generation

/// Tokens that mean nothing: what matters to speed is that experts are chosen as if by chance.
struct RandomTokens {
    private var source: RandomSource
    private let vocabularySize: Int

    init(seed: UInt64, vocabularySize: Int) {
        self.source = RandomSource(seed: seed)
        self.vocabularySize = vocabularySize
    }

    mutating func next(_ count: Int) -> [Int32] {
        (0..<count).map { _ in Int32.random(in: 0..<Int32(clamping: max(vocabularySize, 1)), using: &source) }
    }
}
